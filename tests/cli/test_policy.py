"""``attest policy eval``: one policy, one document; unsigned is fine, and said so."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from fixtures.making.evidence import SLSA, about, provenance, scan
from fixtures.making.policies import SOURCES
from tests.cli.command import Ran, assert_refused, attest, snapshot
from tests.gate import FAILS, PASSES, SKIPS, chainloop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A document, and policies that say each thing that a policy can say."""
    (tmp_path / "scan.sarif").write_text(json.dumps(scan("py/debug-left-in")))
    for name, text in {
        "allow": "allow := true",
        "refuse": "allow := false",
        "deny": 'deny contains {"msg": "old", "severity": "high", "code": "R1"} if input.runs',
        "undefined": "allow if input.nothing",
        "syntax": "allow if {",
        "prints": 'allow if print("seen", input.version)',
        "two": "allow := true\n\ndeny contains input.version",
        "argument": 'allow if input.args.name == "value"',
        "data": "allow if data.known",
        "loops": (
            "allow if {\n\tsome i in numbers.range(1, 100000)\n"
            "\tsome j in numbers.range(1, 100000)\n\ti * j == -1\n}"
        ),
    }.items():
        (tmp_path / f"{name}.rego").write_text(f"package p\n\n{text}\n")
    for name, text in {"passes": PASSES, "fails": FAILS, "skips": SKIPS}.items():
        (tmp_path / name).mkdir()
        for path, content in chainloop(text).items():
            (tmp_path / name / path).write_bytes(content)
    return tmp_path


def ask(folder: Path, policy: str, *words: str) -> Ran:
    return attest("policy", "eval", policy, "scan.sarif", *words, "-o", "json", cwd=folder)


@pytest.mark.parametrize(
    ("policy", "exit_code", "outcome", "code"),
    [
        ("allow.rego", 0, "passed", None),
        ("refuse.rego", 1, "failed", None),
        ("deny.rego", 1, "failed", None),
        ("undefined.rego", 6, "error", "UNDEFINED_RESULT"),
        ("syntax.rego", 6, "error", "POLICY_PARSE"),
        ("passes", 0, "passed", None),
        ("passes/policy.yaml", 0, "passed", None),
        ("dir:passes", 0, "passed", None),
        ("fails", 1, "failed", None),
        ("skips", 3, "skipped", None),
    ],
)
def test_every_answer(
    folder: Path, policy: str, exit_code: int, outcome: str, code: str | None
) -> None:
    before = snapshot(folder)
    ran = ask(folder, policy)
    shown = ran.document
    assert (ran.code, shown["outcome"]) == (exit_code, outcome)
    assert (shown["error"] and shown["error"]["code"]) == code
    assert shown["skipped"] == (outcome == "skipped")
    assert shown.keys() >= {
        *("outcome", "skipped", "skip_reasons", "ignored", "violations", "findings"),
        *("result", "engine", "usage", "error"),
    }
    assert snapshot(folder) == before


def test_findings(folder: Path) -> None:
    shown = ask(folder, "deny.rego").document
    assert shown["violations"] == ["old"]
    (finding,) = shown["findings"]
    assert (finding["rule_id"], finding["severity"], finding["message"]) == ("R1", "high", "old")
    assert ask(folder, "skips").document["skip_reasons"] == ["no idea"]


def test_text_says_that_the_policy_is_not_verified(folder: Path) -> None:
    words = ("policy", "eval", "deny.rego", "scan.sarif")
    ran = attest(*words, cwd=folder)
    assert ran.code == 1
    assert ran.out.startswith("FAILED  ")
    assert "the policy is not verified" in ran.out
    assert "[high] old" in ran.out
    assert "\x1b" not in ran.out
    assert "\x1b[31" in attest(*words, "--color", "always", cwd=folder).out


def test_the_document_from_an_option_and_from_standard_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = attest("policy", "eval", "allow.rego", "--material", "scan.sarif", cwd=folder)
    assert ran.code == 0
    content = (folder / "scan.sarif").read_bytes()
    for words in (("-",), ()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert attest("policy", "eval", "deny.rego", *words, cwd=folder).code == 1
    monkeypatch.setattr(sys, "stdin", None)
    assert_refused(attest("policy", "eval", "deny.rego", cwd=folder), 2, "OPTION_INVALID")


def test_two_documents_are_a_mistake(folder: Path) -> None:
    words = ("policy", "eval", "deny.rego", "scan.sarif", "--material", "deny.rego")
    assert_refused(attest(*words, cwd=folder), 2, "OPTION_CONFLICT")


def test_options_reach_the_policy(folder: Path) -> None:
    assert ask(folder, "two.rego").code == 1
    assert ask(folder, "two.rego", "--entrypoint", "p/allow").code == 0
    assert ask(folder, "argument.rego", "--input", "name=value").code == 0
    assert ask(folder, "argument.rego", "--input", "name=other").code == 6
    (folder / "known.json").write_text('{"known": true}')
    assert ask(folder, "data.rego", "--data", "known.json").code == 0
    assert ask(folder, "data.rego").code == 6
    (folder / "old.rego").write_text("package p\n\nallow { input.runs }\n")
    assert ask(folder, "old.rego").code == 6
    assert ask(folder, "old.rego", "--v0-compatible").code == 0
    assert "seen 2.1.0" in ask(folder, "prints.rego").document["logs"][0]
    printed = attest("policy", "eval", "prints.rego", "scan.sarif", "--print", cwd=folder)
    assert "| seen 2.1.0" in printed.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fuel", "100000000"), "OUT_OF_FUEL"),
        (("--timeout", "1s"), "TIMEOUT"),
    ],
)
def test_limits(folder: Path, words: tuple[str, ...], code: str) -> None:
    ran = ask(folder, "loops.rego", *words)
    assert (ran.code, ran.document["error"]["code"]) == (6, code)


def test_the_engine_must_agree(folder: Path) -> None:
    assert ask(folder, "allow.rego", "--engine", "rego").code == 0
    ran = ask(folder, "allow.rego", "--engine", "extism")
    assert (ran.code, ran.document["error"]["code"]) == (6, "ENGINE_MISMATCH")


def test_a_second_opinion(folder: Path) -> None:
    shown = ask(folder, "deny.rego", "--cross-check").document
    assert shown["cross_check"]["agrees"] is True
    assert ask(folder, "deny.rego").document["cross_check"] is None


def test_the_kind_picks_one_of_several_policies(folder: Path) -> None:
    built = folder / "statement.json"
    built.write_bytes(about(SLSA, provenance()))
    several = (chainloop(PASSES, "SARIF", "SLSA_PROVENANCE"),)[0]
    (folder / "several").mkdir()
    for path, content in several.items():
        (folder / "several" / path).write_bytes(content)
    assert_refused(ask(folder, "several"), 2, "POLICY_AMBIGUOUS")
    assert ask(folder, "several", "--kind", "SARIF").code == 0
    assert_refused(ask(folder, "several", "--kind", "TEST_RESULT"), 2, "POLICY_AMBIGUOUS")


def test_the_policies_of_the_fixtures(folder: Path) -> None:
    scans = str(SOURCES / "scan-findings")
    assert ask(folder, scans).code == 0
    assert ask(folder, scans, "--input", "severity=low").code == 1
    ran = ask(folder, str(SOURCES / "built-by-ci"))
    assert ran.code in {2, 6}
    licences = str(SOURCES / "sbom-policy")
    assert ask(folder, licences, "--input", "forbidden=GPL-3.0-only").document["engine"][
        "name"
    ] == ("extism")


def test_an_empty_folder_is_no_policy(folder: Path) -> None:
    (folder / "empty").mkdir()
    ran = ask(folder, "empty")
    assert ran.code not in {0, 1, 3, 70}
    assert "Traceback" not in ran.err
