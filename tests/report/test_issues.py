"""One list of what speaks against a release, from which no format can forget anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.report import Report
from attest.model.verdict import Severity
from attest.report.issues import Level, issues, weakenings
from tests.report.samples import (
    APP,
    CURL,
    SAMPLES,
    TAR,
    XZ,
    evidence,
    failed,
    finding,
    passed,
    problem,
    refused,
    refused_signature,
    report,
    result,
    subject,
    weakened,
)


def _told(made: Report) -> list[tuple[Level, str]]:
    return [(issue.level, issue.rule) for issue in issues(made)]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_report_that_does_not_pass_has_an_error(name: str) -> None:
    made = SAMPLES[name]()
    errors = [i for i in issues(made) if i.level is Level.ERROR and not i.excused]
    assert bool(errors) == (made.exit_code != 0)


def test_the_worst_comes_first_and_the_excused_last() -> None:
    assert [issue.rule.rpartition("/")[2] for issue in issues(failed())] == [
        "CVE-2024-3094",
        "CVE-2023-38545",
        "CVE-2016-2781",
    ]
    assert issues(failed())[-1].excused.startswith("waived: not reachable")


def test_refusals_come_before_missing_requirements_and_skips() -> None:
    assert [rule for _, rule in _told(refused_signature())] == [
        "SIGNER_ROLE",
        "REQUIRED_REFUSED",
        "NO_MATERIAL",
    ]


def test_files_that_are_no_evidence_are_no_issue() -> None:
    made = replace(passed(), evidence=(refused("README", "NOT_EVIDENCE", "text"),))
    assert issues(made) == ()


def test_refused_evidence_beside_a_passing_subject_is_a_note() -> None:
    stranger = refused("x", "SIGNER_ROLE", "stranger", blocks=False)
    made = replace(passed(), evidence=(evidence(), stranger))
    assert _told(made) == [(Level.NOTE, "SIGNER_ROLE")]


def test_refused_evidence_is_an_error_exactly_where_it_blocks() -> None:
    """Two refusals with one code: the plan named the first, strangers left the second."""
    named = refused("named", "SIGNER_ROLE", "m")
    stranger = refused("stranger", "SIGNER_ROLE", "m", blocks=False)
    told = issues(report("SIGNER_ROLE", evidence=(stranger, named)))
    assert [(issue.level, issue.place) for issue in told] == [
        (Level.ERROR, "named"),
        (Level.NOTE, "stranger"),
    ]


def test_an_unenforced_result_is_a_note() -> None:
    levels = {level for level, _ in _told(weakened())}
    assert levels == {Level.NOTE}


@pytest.mark.parametrize(
    ("severities", "levels"),
    [
        ((Severity.LOW,), [Level.ERROR]),
        ((Severity.LOW, Severity.MEDIUM), [Level.ERROR, Level.WARNING]),
        ((Severity.HIGH, Severity.CRITICAL, Severity.LOW), [Level.ERROR] * 2 + [Level.WARNING]),
        ((None, Severity.CRITICAL), [Level.ERROR, Level.ERROR]),
        ((None, Severity.MEDIUM), [Level.ERROR, Level.WARNING]),
    ],
)
def test_the_worst_open_finding_blocks(
    severities: tuple[Severity | None, ...], levels: list[Level]
) -> None:
    findings = tuple(finding(f"R{n}", severity, "m") for n, severity in enumerate(severities))
    line = result("failed", "POLICY_FAILED", findings=(*findings, TAR))
    made = report("POLICY_FAILED", results=(line,), waivers=failed().waivers)
    assert [issue.level for issue in issues(made) if not issue.excused] == levels


def test_a_negative_answer_without_findings_is_told() -> None:
    made = report("POLICY_FAILED", results=(result("failed", "POLICY_FAILED"),))
    (issue,) = issues(made)
    assert (issue.level, issue.rule) == (Level.ERROR, "POLICY_FAILED")


def test_a_skip_is_an_error_exactly_where_it_blocks() -> None:
    blocking, listed = (result("skipped", "POLICY_SKIPPED", blocks=b) for b in (True, False))
    blocked = report("POLICY_SKIPPED", results=(blocking, listed))
    assert _told(blocked) == [(Level.ERROR, "POLICY_SKIPPED"), (Level.NOTE, "POLICY_SKIPPED")]
    assert _told(report(results=(listed, result()))) == [(Level.NOTE, "POLICY_SKIPPED")]
    unsigned = refused("x", "SIGNER_ROLE", "m")
    beside = report("SIGNER_ROLE", results=(blocking,), evidence=(unsigned,))
    assert _told(beside) == [(Level.ERROR, "SIGNER_ROLE"), (Level.ERROR, "POLICY_SKIPPED")]


def test_a_reason_that_no_line_states_is_told_for_its_subject() -> None:
    made = report("NOTHING_DECIDED", "nothing said yes", results=(), requirements=())
    (issue,) = issues(made)
    assert (issue.level, issue.rule, issue.subject) == (Level.ERROR, "NOTHING_DECIDED", APP)
    second = replace(made, subjects=(subject(), subject("NOTHING_DECIDED", name="b")))
    assert [issue.subject for issue in issues(second)] == ["b"]


def test_an_error_of_the_run_alone_is_told() -> None:
    made = report("OUTPUT_FAILED", "disk full", subjects=())
    (issue,) = issues(made)
    assert (issue.rule, issue.subject, issue.place) == ("OUTPUT_FAILED", "", "attest.yaml")


def test_fingerprints_fall_back_on_place_and_message() -> None:
    one, two = replace(XZ, fingerprint=""), replace(CURL, fingerprint="", rule_id=XZ.rule_id)
    line = result("failed", "POLICY_FAILED", findings=(one, two))
    prints = {issue.fingerprint for issue in issues(report("POLICY_FAILED", results=(line,)))}
    assert len(prints) == 2


def test_an_error_names_the_policy() -> None:
    died = result("error", "INTERNAL_ERROR", error=problem("INTERNAL_ERROR", "died"))
    (issue,) = issues(report("INTERNAL_ERROR", "died", results=(died,)))
    assert issue.message == "policies/no-known-exploited: died"


def test_weakenings_are_kept_apart() -> None:
    places = [issue.place for issue in weakenings(weakened())]
    assert places == ["--at", "policies[1].on_skip", "policies[1].enforce"]
    assert all(issue.rule != "weakened" for issue in issues(weakened()))
