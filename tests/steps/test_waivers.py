"""Rule 12: waivers are signed, scoped and expiring, and excuse findings alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from attest.model.report import Report
from fixtures.making.evidence import SARIF, about, by_scanner, rewritten, rfc3339, scan
from fixtures.making.policies import rego, source
from fixtures.making.world import APP, ISSUER, NOW, OTHER_APP, SCAN, box, security
from tests.gate import (
    CLEAN,
    CRITICAL,
    OTHER,
    SUBJECT,
    Gate,
    only_result,
    refusals,
    waiver,
    weakened,
)

RULE = "py/sql-injection"


@pytest.fixture
def flawed(gate: Gate) -> Gate:
    """A gate that fails for one critical finding."""
    gate.evidence(CRITICAL)
    gate.policy(source("scan-findings"))
    gate.require()
    assert gate.run().exit_code == 1
    return gate


def _fingerprint(gate: Gate) -> str:
    (found,) = [f for f in only_result(gate.run()).findings if f.rule_id == RULE]
    return found.fingerprint


def _waived(report: Report) -> list[str | None]:
    return [finding.waived_by for finding in only_result(report).findings]


def test_a_finding_is_waived_by_its_fingerprint(flawed: Gate) -> None:
    flawed.waive(waiver(finding={"fingerprint": _fingerprint(flawed)}))
    report = flawed.run()
    assert report.exit_code == 0
    assert only_result(report).code == "WAIVED"
    assert _waived(report) == ["waivers/1.json"]
    (line,) = report.waivers
    assert (line.approver, line.policy, line.rule, line.used) == (
        "security",
        "scan-findings",
        RULE,
        True,
    )
    assert weakened(report) == {"waiver"}
    assert report.summary.waived == 1


def test_another_fingerprint_waives_nothing(flawed: Gate) -> None:
    flawed.waive(waiver(finding={"fingerprint": "0" * 64}))
    report = flawed.run()
    assert report.reason.code == "POLICY_FAILED"
    assert not report.waivers[0].used


def test_a_whole_rule_only_where_the_plan_allows_it(flawed: Gate) -> None:
    flawed.waive()
    report = flawed.run()
    assert (report.exit_code, report.reason.code) == (4, "WAIVER_TOO_WIDE")
    assert _waived(report) == [None]
    flawed.plan["waivers"]["allow_rule_wide"] = True
    report = flawed.run()
    assert report.exit_code == 0
    assert weakened(report) == {"waiver", "allow_rule_wide"}


@pytest.mark.parametrize(
    "other", [{"policy": "another"}, {"rule": "py/another"}, {"about": {"x": OTHER_APP}}]
)
def test_a_waiver_covers_what_it_names_alone(flawed: Gate, other: dict[str, Any]) -> None:
    flawed.waive(waiver(**other), allow_rule_wide=True)
    report = flawed.run()
    assert report.reason.code == "POLICY_FAILED"
    assert _waived(report) == [None]


def test_a_waiver_is_about_one_artifact(flawed: Gate) -> None:
    flawed.another()
    flawed.evidence(by_scanner(about(SARIF, scan(RULE), OTHER_APP)))
    flawed.waive(allow_rule_wide=True)
    report = flawed.run()
    assert [(line.name, line.exit_code) for line in report.subjects] == [(SUBJECT, 0), (OTHER, 1)]


def test_an_expired_waiver_is_listed_and_covers_nothing(flawed: Gate) -> None:
    flawed.waive(allow_rule_wide=True)
    report = flawed.run(now=NOW + timedelta(days=15))
    assert report.reason.code == "POLICY_FAILED"
    assert refusals(report) == {"1.json": "WAIVER_EXPIRED"}
    assert _waived(report) == [None]


def test_an_expired_waiver_that_nobody_needs_blocks_nothing(flawed: Gate) -> None:
    flawed.case.files["evidence/1.json"] = CLEAN
    flawed.waive(allow_rule_wide=True)
    assert flawed.run(now=NOW + timedelta(days=15)).exit_code == 0


@pytest.mark.parametrize(
    ("name", "bundle", "code"),
    [
        ("longer than the plan allows", waiver(expires=rfc3339(NOW + timedelta(days=31))), "LONG"),
        ("without a beginning", waiver(issued=None), "LONG"),
        ("with an unknown member", waiver(unless="Tuesday"), "WAIVER_INVALID"),
        ("tampered with", rewritten(waiver(), payload="e30="), "SIGNATURE_INVALID"),
        ("by somebody else", waiver(signer=box.key_pair("policy team")), "SIGNER_ROLE"),
        ("by a stranger", waiver(signer=box.key_pair("stranger")), "SIGNATURE_INVALID"),
    ],
)
def test_a_waiver_that_does_not_hold_is_refused(
    flawed: Gate, name: str, bundle: bytes, code: str
) -> None:
    flawed.waive(bundle, allow_rule_wide=True, max_duration="30d")
    report = flawed.run()
    wanted = "WAIVER_TOO_LONG" if code == "LONG" else code
    assert (report.exit_code, report.reason.code) == (4, wanted), name
    assert refusals(report) == {"1.json": wanted}
    assert report.waivers == ()
    assert _waived(report) == [None]


def test_who_signs_evidence_approves_nothing(flawed: Gate) -> None:
    flawed.accept("security", kinds=["TEST_RESULT"])
    flawed.waive(allow_rule_wide=True)
    report = flawed.run()
    assert (report.exit_code, report.reason.code) == (4, "WAIVER_SELF_APPROVED")


def test_one_key_under_two_names_approves_nothing(flawed: Gate) -> None:
    flawed.key("second-scanner", security)
    flawed.accept("second-scanner", kinds=["SARIF"])
    flawed.waive(allow_rule_wide=True)
    assert flawed.run().reason.code == "WAIVER_SELF_APPROVED"


def test_without_the_plans_leave_a_waiver_is_nothing(flawed: Gate) -> None:
    flawed.case.files["evidence/waiver.json"] = waiver()
    report = flawed.run()
    assert refusals(report) == {"waiver.json": "SIGNER_ROLE"}
    assert report.exit_code == 4


def test_other_evidence_in_a_waiver_folder_is_listed(flawed: Gate) -> None:
    statement = box.sign_statement(about(SARIF, scan()), key=security)
    flawed.waive(statement, allow_rule_wide=True)
    report = flawed.run()
    assert report.exit_code == 1
    assert refusals(report) == {"1.json": "NOT_EVIDENCE"}


def test_errors_skips_and_requirements_cannot_be_waived(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(rego("package p\n\nallow if input.nothing\n"))
    gate.waive(waiver(policy="policy", rule="allow"), allow_rule_wide=True)
    assert gate.run().reason.code == "UNDEFINED_RESULT"
    del gate.case.files["evidence/1.json"]
    assert gate.run().reason.code == "NO_MATERIAL"
    gate.require()
    assert gate.run().exit_code == 3


def test_a_finding_is_waived_by_its_ids(gate: Gate) -> None:
    """All ids of the waiver must be the finding's: an advisory alone is not a package."""
    gate.evidence(CLEAN)
    gate.require()
    found = '{"message": "old", "rule_id": "vulnerable", "external_id": "CVE-1", "purl": "pkg:a"}'
    gate.policy(rego(f"package p\n\ndeny contains {found} if input.runs\n"))
    for finding, exit_code in (
        ({"id": "CVE-1", "purl": "pkg:a"}, 0),
        ({"id": "CVE-1"}, 0),
        ({"id": "CVE-1", "purl": "pkg:b"}, 1),
        ({"id": "CVE-2"}, 1),
    ):
        gate.waive(waiver(policy="policy", rule="vulnerable", finding=finding))
        assert gate.run().exit_code == exit_code, finding


def test_a_waiver_beside_a_finding_that_stays(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(rego('package p\n\ndeny contains "a"\n\ndeny contains "b"\n'))
    first, second = only_result(gate.run()).findings
    gate.waive(
        waiver(policy="policy", rule=first.rule_id, finding={"fingerprint": first.fingerprint})
    )
    report = gate.run()
    assert report.reason.code == "POLICY_FAILED"
    assert second.message in report.reason.message
    assert sorted(map(bool, _waived(report))) == [False, True]


def test_what_is_refused_in_the_folder_of_waivers_blocks_whatever_it_is(flawed: Gate) -> None:
    flawed.waive(box.sign_blob(APP, identity=SCAN, issuer=ISSUER))
    report = flawed.run()
    assert (report.exit_code, refusals(report)) == (4, {"1.json": "SIGNER_ROLE"})
