"""Rule 12, end to end: the gate's own signed report about the release before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from attest.errors import FetchError
from attest.model.report import Report
from attest.report.check import check
from attest.report.json import from_json, to_json
from attest.testing import KeyPair, statement
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from fixtures.making.policies import rego, source
from fixtures.making.world import APP, NOW, box, policy_team, security, tarball
from tests.gate import LATER, SUBJECT, Gate, only_result, refusals, results, weakened

BEFORE = tarball("print('before')\n")
FLAW = "py/sql-injection"
SIGNATURE = "baseline.json.sigstore.json"


def _release(gate: Gate, artifact: bytes, *found: str) -> Report:
    """Gate ``artifact``, in which the scanner found what is given."""
    gate.case.files[SUBJECT] = artifact
    gate.case.files["evidence/1.json"] = by_scanner(about(SARIF, scan(*found), artifact))
    return gate.run(now=LATER)


@pytest.fixture
def after(gate: Gate) -> Gate:
    """A gate of the present release; the report about the one before is its baseline."""
    gate.policy(source("scan-findings"))
    gate.require()
    before = _release(gate, BEFORE, FLAW)
    assert before.exit_code == 1
    _serve(gate, to_json(before).encode())
    gate.plan["baseline"] = {
        "source": "baseline.json",
        "signed_by": ["security"],
        "max_age": "30d",
    }
    return gate


def _serve(gate: Gate, report: bytes, key: KeyPair = security) -> None:
    gate.case.files |= {"baseline.json": report, SIGNATURE: box.sign_blob(report, key=key)}


def _edited(gate: Gate, **fields: object) -> bytes:
    report = from_json(gate.case.files["baseline.json"])
    return to_json(replace(report, **fields)).encode()  # type: ignore[arg-type]  # named fields of Report


def test_what_the_release_before_had_does_not_block(after: Gate) -> None:
    report = _release(after, APP, FLAW)
    assert (report.exit_code, only_result(report).code) == (0, "BASELINED")
    assert [finding.known_by for finding in only_result(report).findings] == ["baseline.json"]
    (line,) = report.baselines
    assert (line.approver, line.covers, line.known) == ("security", (SUBJECT,), 1)
    assert report.summary.known == 1
    assert [one.where for one in report.weakened if one.option == "baseline"] == [line.id] * 2
    (listed,) = [one for one in report.evidence if one.kind == "BASELINE"]
    assert (listed.source, listed.trust.status, listed.relates_to) == (
        "baseline.json",
        "verified",
        (),
    )
    check(report)


def test_a_baseline_that_excuses_nothing_weakens_still(after: Gate) -> None:
    report = _release(after, APP)
    assert (report.exit_code, only_result(report).code) == (0, "PASSED")
    assert "baseline" in weakened(report)
    assert report.baselines[0].known == 0


def test_what_is_new_blocks(after: Gate) -> None:
    report = _release(after, APP, FLAW, FLAW)
    assert (report.exit_code, only_result(report).code) == (1, "POLICY_FAILED")
    assert [finding.known_by for finding in only_result(report).findings] == ["baseline.json", None]


def test_without_it_everything_is_new(after: Gate) -> None:
    del after.plan["baseline"]
    report = _release(after, APP, FLAW)
    assert (report.exit_code, report.baselines, weakened(report)) == (1, (), set())


def test_the_report_itself_is_no_baseline_of_the_next(after: Gate) -> None:
    """An excuse ends with the report that gave it."""
    _serve(after, to_json(_release(after, APP, FLAW)).encode())
    report = _release(after, tarball("print('next')\n"), FLAW)
    assert (report.exit_code, only_result(report).code) == (1, "POLICY_FAILED")


def test_a_no_without_a_finding_blocks(gate: Gate) -> None:
    gate.policy(rego("package p\n\nallow if input.version == 1\n\ndefault allow := false\n"))
    gate.require()
    before = _release(gate, BEFORE)
    assert results(before) == [("policy", "failed", "POLICY_FAILED")]
    _serve(gate, to_json(before).encode())
    gate.plan["baseline"] = {
        "source": "baseline.json",
        "signed_by": ["security"],
        "max_age": "30d",
    }
    report = _release(gate, APP)
    assert (report.exit_code, report.baselines[0].known) == (1, 0)


# Refused, exit 4


def _refused(gate: Gate, code: str) -> None:
    report = _release(gate, APP)
    assert (report.exit_code, report.reason.code) == (4, code)
    assert refusals(report) == {"baseline.json": code}
    (listed,) = [one for one in report.evidence if one.kind == "BASELINE"]
    assert listed.blocks
    assert report.baselines == ()
    assert "baseline" not in weakened(report)
    check(report)


def test_unsigned(after: Gate) -> None:
    del after.case.files[SIGNATURE]
    _refused(after, "UNSIGNED")


def test_edited_after_it_was_signed(after: Gate) -> None:
    after.case.files["baseline.json"] += b"\n"
    _refused(after, "DIGEST_MISMATCH")


def test_signed_by_a_signer_of_other_things(after: Gate) -> None:
    _serve(after, after.case.files["baseline.json"], policy_team)
    _refused(after, "SIGNER_ROLE")


def test_attested_not_signed(after: Gate) -> None:
    said = statement({"baseline.json": after.case.files["baseline.json"]}, "https://x.y/z", {})
    after.case.files[SIGNATURE] = box.sign_statement(said, key=security)
    _refused(after, "ATTESTATION_NOT_SIGNATURE")


def test_signed_by_somebody_who_signs_evidence(after: Gate) -> None:
    after.accept("security", kinds=["TEST_RESULT"])
    _refused(after, "BASELINE_SELF_APPROVED")


@pytest.mark.parametrize("content", [b"", b"{}", b"not a report", b"\xff"])
def test_no_report(after: Gate, content: bytes) -> None:
    _serve(after, content)
    _refused(after, "BASELINE_INVALID")


def test_a_report_that_contradicts_itself(after: Gate) -> None:
    _serve(after, _edited(after, verdict="passed"))
    _refused(after, "BASELINE_INVALID")


def test_too_old(after: Gate) -> None:
    old = (LATER - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")
    _serve(after, _edited(after, evaluated_at=old))
    _refused(after, "BASELINE_TOO_OLD")


def test_a_key_and_a_time_that_was_asked_for(after: Gate) -> None:
    """The report says ``--at``: nothing tells when it was really made."""
    after.plan["allow_at"] = True
    after.case.files[SUBJECT] = BEFORE
    after.case.files["evidence/1.json"] = by_scanner(about(SARIF, scan(FLAW), BEFORE))
    baseline = after.plan.pop("baseline")
    moved = after.run(at=NOW + timedelta(minutes=1))
    assert weakened(moved) == {"--at"}
    after.plan["baseline"] = baseline
    _serve(after, to_json(moved).encode())
    _refused(after, "BASELINE_AGE_UNPROVEN")


def test_about_the_very_same_artifact(after: Gate) -> None:
    baseline = after.plan.pop("baseline")
    same = _release(after, APP, FLAW)
    after.plan["baseline"] = baseline
    _serve(after, to_json(same).encode())
    _refused(after, "BASELINE_SAME_ARTIFACT")


def test_about_something_else(after: Gate) -> None:
    after.case.files["dist/other.tar.gz"] = after.case.files[SUBJECT]
    after.plan["subjects"] = ["dist/other.tar.gz"]
    report = after.run(now=LATER)
    assert (report.exit_code, report.reason.code) == (4, "BASELINE_SUBJECT")


def test_by_another_policy(after: Gate) -> None:
    after.plan["policies"] = []
    changed = {
        path: content.replace(b"# Refuses", b"# Now refuses")
        for path, content in source("scan-findings").items()
    }
    assert changed != source("scan-findings")
    after.policy(changed)
    _refused(after, "BASELINE_POLICY")


def test_a_policy_that_could_not_be_loaded_is_no_reason(after: Gate) -> None:
    after.plan["policies"][0]["signed_by"] = ["security"]
    report = _release(after, APP, FLAW)
    assert report.exit_code == 4
    assert report.baselines[0].limits
    assert report.reason.code != "BASELINE_POLICY"


def test_a_missing_report_ends_the_run(after: Gate) -> None:
    del after.case.files["baseline.json"]
    with pytest.raises(FetchError) as caught:
        _release(after, APP)
    assert (caught.value.code, caught.value.exit_code) == ("FILE_NOT_FOUND", 2)
