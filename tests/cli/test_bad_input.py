"""Bad input: one line with a code, one with a hint, the right exit code, and nothing written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.making.case import pinned
from fixtures.making.policies import rego
from tests.cli.command import Ran, assert_refused, attest, snapshot
from tests.gate import ALLOW, CLEAN, SUBJECT, Gate

DEEP = b"[" * 100_000 + b"]" * 100_000
BINARY = bytes(range(256)) * 8
LARGE = 200 << 20
"""Bytes of a sparse file: larger than anything that is read whole."""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate that would pass."""
    gate = Gate(tmp_path)
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(ALLOW)
    return gate


def run(gate: Gate, *words: str, spoil: Callable[[Path], None] = lambda _: None) -> Ran:
    """Write the gate, spoil its folder, run it; check that nothing else was written."""
    folder = gate.write().parent
    spoil(folder)
    before = snapshot(folder)
    ran = attest("gate", "-c", "attest.yaml", "-o", "json", *words, cwd=folder)
    assert snapshot(folder) == before
    assert "Traceback" not in ran.err
    return ran


def judged(ran: Ran, exit_code: int, code: str) -> None:
    """Check a refusal that stands in a report."""
    assert (ran.code, ran.document["reason"]["code"]) == (exit_code, code), ran.document["reason"]
    assert ran.document["reason"]["hint"]
    assert "\n" not in ran.document["reason"]["message"]
    assert [line["exit_code"] for line in ran.document["subjects"]] == [exit_code]


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGE)


# The plan


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


PLANS: list[tuple[str, Callable[[Path], object], str]] = [
    ("missing", Path.unlink, "CONFIG_NOT_FOUND"),
    ("a folder", _folder, "CONFIG_NOT_FOUND"),
    ("a pipe", _pipe, "CONFIG_NOT_FOUND"),
    ("empty", lambda path: path.write_bytes(b""), "CONFIG_SYNTAX"),
    ("binary", lambda path: path.write_bytes(BINARY), "CONFIG_SYNTAX"),
    ("not UTF-8", lambda path: path.write_bytes(b"kind: \xff"), "CONFIG_SYNTAX"),
    ("deep", lambda path: path.write_bytes(DEEP), "CONFIG_SYNTAX"),
    ("large", sparse, "CONFIG_TOO_LARGE"),
    ("anchors", lambda path: path.write_text("a: &a [*a]"), "CONFIG_SYNTAX"),
    ("a list", lambda path: path.write_text("[]"), "CONFIG_TYPE"),
]


@pytest.mark.parametrize(("name", "spoil", "code"), PLANS, ids=[name for name, _, _ in PLANS])
def test_a_plan_that_cannot_be_read(
    gate: Gate, name: str, spoil: Callable[[Path], object], code: str
) -> None:
    ran = run(gate, spoil=lambda folder: void(spoil(folder / "attest.yaml")))
    assert_refused(ran, 2, code)


def void(_: object) -> None:
    """Drop a value."""


def _set(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(plan: dict[str, Any]) -> None:
        place: Any = plan
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


SIGNER = ("trust", "signers", "scanner")
WRONG: list[tuple[Callable[[dict[str, Any]], None], int, str]] = [
    (_set("polices", value=[1]), 2, "CONFIG_UNKNOWN_KEY"),
    (_set("evidence", "acept", value=[1]), 2, "CONFIG_UNKNOWN_KEY"),
    (_set("apiVersion", value="attest/v2"), 2, "CONFIG_VALUE"),
    (_set("subjects", value="dist/app.tar.gz"), 2, "CONFIG_TYPE"),
    (_set("subjects", value=["sha256:abc"]), 2, "DIGEST_INVALID"),
    (_set("subjects", value=["md5:d41d8cd98f00b204e9800998ecf8427e"]), 2, "DIGEST_INVALID"),
    (_set("subjects", value=[]), 2, "NO_SUBJECT"),
    (_set("subjects", value=["dist/none"]), 2, "FILE_NOT_FOUND"),
    (_set("subjects", value=["dist"]), 2, "FILE_NOT_REGULAR"),
    (_set("trust", "roots", "example", "path", value="none.json"), 2, "CONFIG_NOT_FOUND"),
    (_set("trust", "roots", "example", "sha256", value="0" * 64), 4, "FILE_PIN_MISMATCH"),
    (_set("trust", "roots", "example", "sha256", value="abc"), 2, "DIGEST_INVALID"),
    (_set("trust", "signers", value={}), 2, "TRUST_EMPTY"),
    (_set("policies", 0, "signed_by", value=["nobody"]), 2, "SIGNER_UNKNOWN"),
    (_set(*SIGNER, "identity", value={"pattern": ".*"}), 2, "PATTERN_TOO_WIDE"),
    (_set(*SIGNER, "identity", value={"pattern": "(a+)+"}), 2, "PATTERN_MALFORMED"),
    (_set(*SIGNER, "issuer", value={"pattern": "https://.*"}), 2, "PATTERN_TOO_WIDE"),
    (_set("policies", 0, "source", value="oci:registry.test/p:stable"), 2, "TAG_UNPINNED"),
    (_set("policies", 0, "source", value="oci:registry.test/p"), 2, "DIGEST_REQUIRED"),
    (_set("policies", 0, "source", value="oci-layout:policies@sha256:abc"), 2, "DIGEST_INVALID"),
    (_set("policies", 0, "source", value="none.rego"), 2, "DIGEST_REQUIRED"),
    (_set("policies", 0, "signed_by", value=[]), 2, "TRUST_EMPTY"),
    (_set("policies", 0, "limits", value={"timeout": "soon"}), 2, "DURATION_INVALID"),
    (_set("evidence", "sources", value=["dir:none"]), 2, "FILE_NOT_FOUND"),
    (_set("evidence", "sources", value=["dir:dist/app.tar.gz"]), 2, "FILE_NOT_FOUND"),
    (_set("evidence", "accept", value=[]), 2, "TRUST_EMPTY"),
    (_set("evidence", "required", 0, "kind", value="SARF"), 2, "CONFIG_VALUE"),
    (_set("evidence", "required", 0, "at_least", value=0), 2, "CONFIG_VALUE"),
    (_set("baseline", value={}), 2, "CONFIG_MISSING_KEY"),
    (_set("extends", value="parent.yaml"), 2, "UNSUPPORTED"),
]


@pytest.mark.parametrize(("change", "exit_code", "code"), WRONG)
def test_a_plan_that_is_wrong(
    gate: Gate, change: Callable[[dict[str, Any]], None], exit_code: int, code: str
) -> None:
    change(gate.plan)
    assert_refused(run(gate), exit_code, code)


def test_a_plan_that_trusts_nobody(gate: Gate) -> None:
    gate.plan = {key: gate.plan[key] for key in ("apiVersion", "kind", "subjects")}
    gate.plan["evidence"] = {"required": [{"kind": "SARIF"}]}
    assert_refused(run(gate), 2, "TRUST_EMPTY")
    gate.plan["evidence"] = {}
    assert_refused(run(gate), 2, "NOTHING_REQUIRED")


# Evidence


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("deep.json", DEEP, "JSON_INVALID"),
        ("deep-bundle.json", b'{"payloadType":' + DEEP + b"}", "BUNDLE_MALFORMED"),
        ("text.json", b'{"mediaType": "application/vnd.dev.sigstore.bundle"', "BUNDLE_MALFORMED"),
        ("utf8.json", b'{"version": "\xff\xfe"}', "JSON_INVALID"),
        ("twice.json", b'{"version": "2.1.0", "version": "2.1.0"}', "JSON_INVALID"),
        ("bom.json", b"\xef\xbb\xbf{}", "JSON_INVALID"),
    ],
)
def test_evidence_that_cannot_be_read(gate: Gate, name: str, content: bytes, code: str) -> None:
    gate.case.files[f"evidence/{name}"] = content
    judged(run(gate), 4, code)


def test_evidence_that_is_too_large(gate: Gate) -> None:
    judged(run(gate, spoil=lambda folder: sparse(folder / "evidence/z.json")), 4, "FILE_TOO_LARGE")


def test_evidence_that_is_no_file(gate: Gate) -> None:
    ran = run(gate, spoil=lambda folder: os.mkfifo(folder / "evidence/z.json"))
    judged(ran, 4, "ENTRY_NOT_REGULAR")
    (gate.folder / "gate/evidence/z.json").unlink()
    ran = run(gate, spoil=lambda folder: (folder / "evidence/z").symlink_to("/etc/passwd"))
    judged(ran, 4, "LINK_REFUSED")


def test_a_subject_of_any_size(gate: Gate) -> None:
    """It is digested in a stream, and not the one that the evidence is about."""
    ran = run(gate, spoil=lambda folder: sparse(folder / SUBJECT))
    judged(ran, 3, "REQUIRED_MISSING")


def test_a_document_that_is_too_large(gate: Gate) -> None:
    gate.case.files["scan.sarif"] = b""
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "sha256": pinned(b"")}
    ]
    ran = run(gate, spoil=lambda folder: sparse(folder / "scan.sarif"))
    assert_refused(ran, 4, "FILE_TOO_LARGE")


# Policies


@pytest.mark.parametrize(
    ("files", "exit_code", "code"),
    [
        ({"README.md": b"nothing"}, 4, "POLICY_BUNDLE_EMPTY"),
        (rego(""), 6, "ENGINE_UNKNOWN"),
        (rego("\0"), 6, "ENGINE_UNKNOWN"),
        (rego("package p\n\nallow if {"), 6, "POLICY_PARSE"),
        ({"p.rego": BINARY}, 6, "ENGINE_UNKNOWN"),
        ({"p.wasm": b"\0asm\1\0\0\0"}, 6, "ENGINE_UNKNOWN"),
        ({"p.wasm": BINARY}, 6, "ENGINE_UNKNOWN"),
        ({"p.wasm": b"\0asm" + BINARY}, 6, "WASM_MALFORMED"),
        ({"policy.yaml": b"kind: Policy"}, 4, "POLICY_BUNDLE_EMPTY"),
        ({"policy.yaml": b"kind: \xff"}, 4, "POLICY_BUNDLE_MALFORMED"),
        ({"p.rego": b"package p\n", "data.json": DEEP}, 4, "POLICY_BUNDLE_MALFORMED"),
    ],
)
def test_a_policy_that_cannot_be_read(
    gate: Gate, files: dict[str, bytes], exit_code: int, code: str
) -> None:
    gate.plan["policies"] = []
    gate.policy(files)
    judged(run(gate), exit_code, code)


def test_a_layout_that_is_none(gate: Gate) -> None:
    def spoil(folder: Path) -> None:
        (folder / "policies/oci-layout").write_bytes(b"{}")

    judged(run(gate, spoil=spoil), 4, "LAYOUT_MALFORMED")
    judged(run(gate, spoil=lambda folder: shutil.rmtree(folder / "policies")), 2, "FILE_NOT_FOUND")


# The other commands


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("inspect", "none"), "FILE_NOT_FOUND"),
        (("inspect", "."), "FILE_NOT_REGULAR"),
        (("inspect", "pipe"), "FILE_NOT_REGULAR"),
        (("inspect", "large"), "INPUT_TOO_LARGE"),
        (("inspect", "oci-layout:"), "REFERENCE_MALFORMED"),
        (("inspect", "--kind", "SARF", "large"), "KIND_UNKNOWN"),
        (("policy", "eval", "none.rego", "text"), "FILE_NOT_FOUND"),
        (("policy", "eval", "p.rego", "none"), "FILE_NOT_FOUND"),
        (("policy", "eval", "p.rego", "large"), "INPUT_TOO_LARGE"),
        (("policy", "eval", "p.rego", "oci:a@b"), "REFERENCE_MALFORMED"),
        (("policy", "eval", "oci:a@b", "text"), "REFERENCE_MALFORMED"),
        (("policy", "eval", "p.rego", "text", "--data", "large"), "INPUT_TOO_LARGE"),
        (("policy", "eval", "p.rego", "text", "--data", "oci:a@b"), "REFERENCE_MALFORMED"),
        (("policy", "eval", "p.rego", "text", "--input", "x"), "OPTION_INVALID"),
        (("policy", "eval", "p.rego", "text", "--timeout", "soon"), "OPTION_INVALID"),
        (("policy", "eval", "p.rego", "text", "--memory", "much"), "OPTION_INVALID"),
        (("report", "render", "none.json"), "REPORT_UNREADABLE"),
        (("report", "render", "large"), "REPORT_MALFORMED"),
        (("report", "render", "deep"), "REPORT_MALFORMED"),
        (("report", "render", "binary"), "REPORT_MALFORMED"),
        (("config", "check"), "CONFIG_MISSING"),
        (("config", "check", "-c", "binary"), "CONFIG_SYNTAX"),
        (("config", "explain", "-c", "none"), "CONFIG_NOT_FOUND"),
        (("explain", "NO_SUCH_CODE"), "CODE_UNKNOWN"),
        (("demo", "--break", "nothing"), "OPTION_INVALID"),
        (("nonsense",), "OPTION_INVALID"),
        (("verify",), "OPTION_INVALID"),
        (("--nonsense",), "OPTION_INVALID"),
    ],
)
def test_other_commands(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    sparse(tmp_path / "large")
    os.mkfifo(tmp_path / "pipe")
    for name, content in {
        "text": b"{}",
        "deep": DEEP,
        "binary": BINARY,
        "p.rego": b"package p\n\nallow := true\n",
    }.items():
        (tmp_path / name).write_bytes(content)
    before = snapshot(tmp_path)
    assert_refused(attest(*words, cwd=tmp_path), 2, code)
    assert snapshot(tmp_path) == before
