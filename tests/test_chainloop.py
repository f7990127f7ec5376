"""Where attest and Chainloop differ: each line of docs/chainloop.md has its test, here or there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from attest.decode.policies import policies_from
from attest.errors import DecodeError
from attest.model.policy import Claims, File
from attest.model.report import Report
from attest.report import render
from attest.testing import statement
from fixtures.making import policies
from fixtures.making.evidence import SARIF, about, by_ci, by_scanner, scan
from fixtures.making.world import APP
from tests.cli.command import attest
from tests.gate import CLEAN, FAILS, PASSES, SKIPS, Gate, chainloop, refusals, results, weakened

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (\d+) \| .* \| `(tests/[^:]+)::(\w+)` \|$", re.MULTILINE)
VIOLATES = {
    "policyEvaluations": {"scan": [{"name": "p", "violations": [{"message": "no"}]}]},
}
GROUP: dict[str, Any] = {
    "apiVersion": "chainloop.dev/v1",
    "kind": "PolicyGroup",
    "metadata": {"name": "team"},
    "spec": {"policies": {"materials": [{"type": "SARIF", "policies": [{"ref": "p"}]}]}},
}


@pytest.fixture
def scanned(tmp_path: Path) -> Gate:
    """A gate with one clean scan, which is required."""
    gate = Gate(tmp_path)
    gate.evidence(CLEAN)
    gate.require()
    return gate


def reason(report: Report) -> tuple[int, str]:
    return report.exit_code, report.reason.code


def grouped(text: str, **attachment: Any) -> dict[str, bytes]:
    """Return a bundle of a group, and the policy that it uses."""
    group = json.loads(json.dumps(GROUP))
    group["spec"]["policies"]["materials"][0]["policies"][0] |= attachment
    return {**chainloop(text), "group.json": json.dumps(group).encode()}


def test_every_line_of_the_table_has_its_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "chainloop.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 25
    for _, path, name in rows:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), (path, name)


def test_a_verdict_in_the_evidence_decides_nothing(scanned: Gate) -> None:
    said = statement({"app.tar.gz": APP}, "chainloop.dev/attestation/v0.2", VIOLATES)
    scanned.accept("ci", predicate_types=["chainloop.dev/attestation/v0.2"])
    scanned.evidence(by_ci(said))
    scanned.policy(chainloop(PASSES))
    assert scanned.run().exit_code == 0
    scanned.policy(chainloop(FAILS, name="other"))
    assert reason(scanned.run()) == (1, "POLICY_FAILED")


def test_the_digest_covers_scripts_and_not_only_their_declaration(scanned: Gate) -> None:
    digests = {policies.bundle(scanned.case.layout, chainloop(text)) for text in (PASSES, FAILS)}
    assert len(digests) == 2
    scanned.policy(chainloop(FAILS))
    layer, content = policies.layer(chainloop(FAILS))
    flipped = content[:-1] + bytes([content[-1] ^ 1])
    scanned.case.overwritten[f"policies/blobs/sha256/{layer}"] = flipped
    assert reason(scanned.run()) == (4, "DIGEST_MISMATCH")


def test_a_reference_is_met_by_bytes_of_its_digest_alone() -> None:
    policy = chainloop(PASSES)["policy.yaml"].replace(b"p.rego", b"https://x/p@sha256:" + b"0" * 64)
    files = [File("policy.yaml", policy), File("p.rego", PASSES.encode())]
    with pytest.raises(DecodeError) as caught:
        policies_from(files, Claims())
    assert (caught.value.code, caught.value.exit_code) == ("REF_UNPINNED", 4)


def test_evidence_without_a_signature_is_refused(scanned: Gate) -> None:
    bundle = json.loads(CLEAN)
    bundle["dsseEnvelope"]["signatures"] = []
    scanned.evidence(json.dumps(bundle).encode())
    scanned.policy(chainloop(PASSES))
    report = scanned.run()
    assert report.exit_code == 4
    assert len(refusals(report)) == 1


@pytest.mark.parametrize("switch", [{"disabled": True}, {"gate": False}])
def test_a_switch_in_the_group_is_refused(scanned: Gate, switch: dict[str, bool]) -> None:
    scanned.policy(grouped(PASSES, **switch))
    assert reason(scanned.run()) == (6, "POLICY_UNSUPPORTED")


def test_a_group_that_does_not_load_is_an_error(scanned: Gate) -> None:
    scanned.policy(chainloop(PASSES, name="alone"))
    broken = grouped(PASSES) | {"group.json": json.dumps(GROUP | {"spec": {}}).encode()}
    scanned.policy(broken)
    assert reason(scanned.run()) == (6, "POLICY_INVALID")


@pytest.mark.parametrize("name", ["vulnerability", "discover", "findings", "hello"])
def test_an_unknown_built_in_is_an_error(scanned: Gate, name: str) -> None:
    text = f'package p\n\nresult := {{"violations": chainloop.{name}("a", "b")}}\n'
    scanned.policy(chainloop(text))
    report = scanned.run()
    assert reason(report) == (6, "POLICY_COMPILE")
    assert f"chainloop.{name}" in report.reason.message


def test_a_file_that_is_not_recognised_blocks(scanned: Gate) -> None:
    text = "package p\n\nvalid_input if input.nothing\n\nviolations contains 1 if input.nothing\n"
    scanned.policy(chainloop(text))
    report = scanned.run()
    assert reason(report) == (3, "POLICY_SKIPPED")
    assert "not recognized" in report.reason.message


def test_a_script_with_findings_alone_fails(scanned: Gate) -> None:
    scanned.policy(chainloop('package p\n\nfindings contains {"message": "m"}\n'))
    assert reason(scanned.run()) == (1, "POLICY_FAILED")


@pytest.mark.parametrize("first", ["alone", "group"])
def test_the_same_policy_twice_counts_as_each_entry_says(scanned: Gate, first: str) -> None:
    entries = [(chainloop(FAILS), {"enforce": False}), (grouped(FAILS), {})]
    for files, entry in entries if first == "alone" else reversed(entries):
        scanned.policy(files, **entry)
    report = scanned.run()
    assert reason(report) == (1, "POLICY_FAILED")
    assert {(policy, code) for policy, _, code in results(report)} == {
        ("p", "NOT_ENFORCED"),
        ("team/p", "POLICY_FAILED"),
    }


def test_arguments_come_from_the_plan_alone(scanned: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'package p\n\nviolations contains "no" if input.args.level == "high"\n'
    scanned.policy(chainloop(text), **{"with": {"level": "high"}})
    strict = scanned.run()
    scanned.plan["policies"][0]["with"] = {"level": "low"}
    loose = scanned.run()
    assert (strict.exit_code, loose.exit_code) == (1, 0)
    assert strict.plan_digest != loose.plan_digest
    path = str(scanned.write())
    assert attest("gate", "-c", path, "--input", "level=low").code == 2
    monkeypatch.setenv("ATTEST_INPUT", "level=high")
    assert scanned.run().plan_digest == loose.plan_digest


@pytest.mark.parametrize("text", [PASSES, FAILS, SKIPS])
def test_the_exit_code_follows_from_the_report(scanned: Gate, text: str) -> None:
    scanned.policy(chainloop(text))
    report = scanned.run()
    assert (report.verdict == "passed") is (report.exit_code == 0) is (text == PASSES)


OLD = 'package p\n\nresult = {"violations": v, "skipped": false}\n\nv[m] { m := input.nothing }\n'


def test_rego_is_read_in_one_version(scanned: Gate) -> None:
    scanned.policy(chainloop(OLD))
    assert reason(scanned.run()) == (6, "POLICY_PARSE")
    scanned.plan["policies"][0]["v0_compatible"] = True
    assert scanned.run().exit_code == 0


@pytest.mark.parametrize(
    ("text", "code"), [(PASSES, 0), (FAILS, 1), (SKIPS, 3), ("package p\n\nresult := {}\n", 6)]
)
def test_policy_eval_says_by_its_exit_code(tmp_path: Path, text: str, code: int) -> None:
    for path, content in chainloop(text).items():
        (tmp_path / path).write_bytes(content)
    (tmp_path / "scan.sarif").write_text(json.dumps(scan()))
    ran = attest("policy", "eval", str(tmp_path), str(tmp_path / "scan.sarif"))
    assert ran.code == code


@pytest.mark.parametrize("severity", ["", "urgent", "very high", "Unknown"])
def test_a_severity_in_other_words_blocks(scanned: Gate, severity: str) -> None:
    finding = json.dumps({"message": "m", "severity": severity})
    scanned.policy(chainloop(f"package p\n\nfindings contains {finding}\n"))
    scanned.plan["fail_on"] = "critical"
    assert reason(scanned.run()) == (1, "POLICY_FAILED")


def test_findings_reach_every_format(scanned: Gate) -> None:
    scanned.policy(chainloop('package p\n\nfindings contains {"message": "a weak hash"}\n'))
    report = scanned.run()
    assert weakened(report) == set()
    for name in ("json", "sarif", "junit", "markdown", "html"):
        assert "a weak hash" in render(report, name), name


@pytest.mark.parametrize(
    ("path", "found"), [("p.rego", True), ("../p.rego", False), ("../../p.rego", False)]
)
def test_a_relative_reference_starts_at_its_own_file(path: str, found: bool) -> None:  # noqa: FBT001  # a column
    declared = chainloop(PASSES)["policy.yaml"].replace(b"path: p.rego", b"ref: " + path.encode())
    files = [File("deep/policy.yaml", declared), File("deep/p.rego", b"package p\n")]
    if found:
        (policy,) = policies_from(files, Claims())
        assert [file.path for file in policy.code] == ["deep/p.rego"]
    else:
        with pytest.raises(DecodeError) as caught:
            policies_from(files, Claims())
        assert caught.value.code == "REF_UNPINNED"


def test_what_a_policy_suppresses_stays_in_the_report(scanned: Gate) -> None:
    scanned.evidence(by_scanner(about(SARIF, scan("py/debug-left-in", "py/house-style"))))
    text = 'package p\n\nfindings contains {"message": "m", "suppress": true}\n'
    scanned.policy(chainloop(text))
    report = scanned.run()
    assert report.exit_code == 0
    assert [one.suppressed for line in report.results for one in line.findings] == [True, True]
