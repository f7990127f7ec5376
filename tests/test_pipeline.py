"""What a verdict means: the rules of the whole run, on evidence that is really signed."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from attest.errors import UsageError
from attest.evaluate.host.job import Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.process import Worker
from attest.model.material import Problem
from attest.report.check import check
from fixtures.making.evidence import (
    SARIF,
    SLSA,
    about,
    by_ci,
    by_scanner,
    provenance,
    rewritten,
    rfc3339,
    scan,
)
from fixtures.making.policies import rego, source
from fixtures.making.world import NOW, OTHER_APP, box
from tests.gate import (
    ALLOW,
    CLEAN,
    CRITICAL,
    FAILS,
    LATER,
    OTHER,
    PASSES,
    SKIPS,
    SUBJECT,
    Gate,
    chainloop,
    only_result,
    results,
    weakened,
)

SCANS = source("scan-findings")
NOTES = "https://example.org/release-notes/v1"
"""A predicate type that attest does not know."""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


# Rule 4: age


@pytest.mark.parametrize(("hours", "code"), [(23, "PASSED"), (25, "EVIDENCE_TOO_OLD")])
def test_age_runs_to_the_time_of_evaluation(gate: Gate, hours: int, code: str) -> None:
    gate.evidence(CLEAN)
    gate.require(max_age="24h")
    report = gate.run(now=NOW + timedelta(hours=hours))
    assert report.reason.code == code


def test_a_fresh_signature_does_not_make_an_old_scan_young(gate: Gate) -> None:
    gate.evidence(by_scanner(about(SARIF, scan(ended=NOW - timedelta(days=30)))))
    gate.require(max_age="24h")
    assert gate.run().reason.code == "EVIDENCE_TOO_OLD"


def test_a_key_proves_no_age(gate: Gate) -> None:
    undated = scan()
    del undated["runs"][0]["invocations"][0]["endTimeUtc"]
    key = box.key_pair("scanner key")
    gate.key("key-scanner", key)
    gate.accept("key-scanner", kinds=["SARIF"])
    gate.evidence(box.sign_statement(about(SARIF, undated), key=key))
    gate.require(max_age="24h")
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "AGE_UNPROVEN")
    gate.case.files["evidence/1.json"] = box.sign_statement(about(SARIF, scan()), key=key)
    assert gate.run().exit_code == 0


# Rule 5: skips


@pytest.mark.parametrize(("on_skip", "exit_code"), [("fail", 3), ("warn", 0), ("pass", 0)])
def test_a_skipped_policy_blocks_unless_the_plan_says_otherwise(
    gate: Gate, on_skip: str, exit_code: int
) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(chainloop(SKIPS), on_skip=on_skip)
    report = gate.run()
    assert report.exit_code == exit_code
    assert results(report) == [("p", "skipped", "POLICY_SKIPPED")]
    assert only_result(report).skip_reason == "no idea"
    assert weakened(report) == (set() if on_skip == "fail" else {"on_skip"})


def test_a_policy_without_material_is_a_skip(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(chainloop(PASSES, "TEST_RESULT"))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "NO_MATERIAL")
    assert only_result(report).material is None


SKIPS_PROVENANCE = """\
package p

result := {"skipped": true, "skip_reason": "not mine", "violations": []} if input.predicate

result := {"skipped": false, "violations": []} if input.runs
"""


@pytest.mark.parametrize(
    ("applies", "exit_code"),
    [({}, 0), ({"kinds": ["SARIF", "SLSA_PROVENANCE"]}, 3), ({"kinds": ["SARIF"]}, 0)],
)
def test_every_material_that_was_selected_must_be_decided(
    gate: Gate, applies: dict[str, list[str]], exit_code: int
) -> None:
    """An untargeted policy must decide at least one of them."""
    gate.evidence(CLEAN, by_ci(about(SLSA, provenance())))
    untargeted = rego(SKIPS_PROVENANCE)
    gate.policy(untargeted, **({"applies_to": applies} if applies else {}))
    report = gate.run()
    assert report.exit_code == exit_code, report.reason


# Rule 6: something must have said yes


def test_a_policy_that_is_not_enforced_says_no_yes(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(chainloop(PASSES), enforce=False)
    report = gate.run()
    assert results(report) == [("p", "passed", "PASSED")]
    assert (report.exit_code, report.reason.code) == (3, "NOTHING_DECIDED")
    assert weakened(report) == {"enforce"}


def test_a_policy_that_is_not_enforced_never_counts(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(chainloop(FAILS), enforce=False)
    report = gate.run()
    assert report.exit_code == 0
    assert results(report) == [("p", "failed", "NOT_ENFORCED")]


def test_only_skips_that_are_allowed_decide_nothing(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(chainloop(SKIPS), on_skip="pass")
    assert gate.run().reason.code == "NOTHING_DECIDED"


def test_a_no_alone_is_no_decision_either(gate: Gate) -> None:
    """Exit 3 is worse than exit 1, and nothing said yes; what was said instead is told."""
    gate.evidence(CLEAN)
    gate.policy(rego('package p\n\ndeny contains "wrong colour"\n'))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "NOTHING_DECIDED")
    assert "wrong colour" in report.reason.message


def test_a_requirement_that_is_met_says_yes(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    assert gate.run().exit_code == 0


def test_every_subject_has_its_own_verdict(gate: Gate) -> None:
    gate.another()
    gate.evidence(CLEAN, by_scanner(about(SARIF, scan("py/sql-injection"), OTHER_APP)))
    gate.policy(SCANS)
    gate.require()
    report = gate.run()
    assert [(line.name, line.verdict, line.exit_code) for line in report.subjects] == [
        (SUBJECT, "passed", 0),
        (OTHER, "failed", 1),
    ]
    assert (report.exit_code, report.reason.code) == (1, "POLICY_FAILED")
    assert len(report.requirements) == 2


def test_the_worst_reason_is_the_runs(gate: Gate) -> None:
    """A refusal (4) is worse than an error (6), a missing scan (3) and a policy's no (1)."""
    gate.another()
    gate.evidence(CRITICAL)
    gate.policy(SCANS)
    gate.policy(rego("package q\n\nallow if input.nothing\n"))
    gate.require()
    report = gate.run()
    assert [line.exit_code for line in report.subjects] == [6, 3]
    assert report.exit_code == 6
    gate.evidence(rewritten(CLEAN, payload="e30="))
    report = gate.run()
    assert [line.exit_code for line in report.subjects] == [4, 4]
    assert report.exit_code == 4


# Rules 7 and 8: answers and severities


@pytest.mark.parametrize(
    ("text", "exit_code", "code"),
    [
        ("allow := true", 0, "PASSED"),
        ("allow := false", 1, "POLICY_FAILED"),
        ("allow if input.nothing", 6, "UNDEFINED_RESULT"),
        ('allow := "true"', 6, "GARBAGE_RESULT"),
        ('deny contains "no" if input.runs', 1, "POLICY_FAILED"),
        ('deny contains "no" if input.nothing', 0, "PASSED"),
        ('violation contains {"msg": "no"} if input.runs', 1, "POLICY_FAILED"),
        ("x := 1", 6, "NO_ENTRY_RULE"),
        ('result := {"skipped": false}', 6, "GARBAGE_RESULT"),
    ],
)
def test_only_a_positive_answer_passes(gate: Gate, text: str, exit_code: int, code: str) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(rego(f"package p\n\n{text}\n"))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (exit_code, code)
    assert only_result(report).outcome == {0: "passed", 1: "failed", 6: "error"}[exit_code]


def test_a_no_without_findings_blocks_at_every_fail_on(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(rego("package p\n\nallow := false\n"))
    gate.plan["fail_on"] = "critical"
    assert gate.run().reason.code == "POLICY_FAILED"


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("high", "high", "POLICY_FAILED"),
        ("high", "critical", "FINDING_BELOW_FAIL_ON"),
        ("unheard of", "critical", "POLICY_FAILED"),
        ("", "critical", "POLICY_FAILED"),
        ("info", None, "POLICY_FAILED"),
    ],
)
def test_severity(gate: Gate, severity: str, fail_on: str | None, code: str) -> None:
    """A severity that is missing or unknown blocks at every ``fail_on``."""
    said = f', "severity": "{severity}"' if severity else ""
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(rego(f'package p\n\ndeny contains {{"msg": "found"{said}}} if input.runs\n'))
    if fail_on is not None:
        gate.plan["fail_on"] = fail_on
    report = gate.run()
    assert only_result(report).code == code
    assert report.exit_code == (1 if code == "POLICY_FAILED" else 0)
    assert weakened(report) == ({"fail_on"} if fail_on else set())
    assert len(only_result(report).findings) == 1


# Requirements


def test_at_least_counts_documents_not_copies(gate: Gate) -> None:
    gate.evidence(CLEAN, CLEAN)
    gate.require(at_least=2)
    assert gate.run().reason.code == "REQUIRED_MISSING"
    gate.evidence(by_scanner(about(SARIF, scan())))
    report = gate.run()
    assert report.exit_code == 0
    assert len(report.requirements[0].by) == 3


def test_a_requirement_names_its_signer(gate: Gate) -> None:
    gate.accept("ci", kinds=["SARIF"])
    gate.evidence(by_ci(about(SARIF, scan())))
    gate.require(signed_by=["scanner"])
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "SIGNER_ROLE")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (scan(successful=False), "EVIDENCE_UNSOUND"),
        ({**scan(), "runs": []}, "EVIDENCE_UNSOUND"),
        (scan(), "PASSED"),
    ],
)
def test_a_scan_that_failed_meets_no_requirement(
    gate: Gate, made: dict[str, object], code: str
) -> None:
    gate.evidence(by_scanner(about(SARIF, made)))
    gate.require()
    assert gate.run().reason.code == code


def test_required_rules_were_executed(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require(rules=["py/sql-injection"])
    assert gate.run().exit_code == 0
    gate.require(rules=["py/never-heard-of"])
    assert gate.run().reason.code == "RULES_NOT_EXECUTED"


# What the plan names


def test_an_unknown_predicate_is_judged_only_where_it_is_named(gate: Gate) -> None:
    gate.accept("ci", predicate_types=[NOTES])
    gate.evidence(CLEAN, by_ci(about(NOTES, {"text": "new"})))
    gate.policy(rego("package p\n\nallow if input.runs\n"))
    report = gate.run()
    assert report.exit_code == 0
    assert [line.material for line in report.results] == ["evidence/1.json"]
    gate.plan["policies"][0]["applies_to"] = {"predicate_types": [NOTES]}
    report = gate.run()
    assert only_result(report).material == "evidence/2.json"
    assert report.reason.code == "UNDEFINED_RESULT"


def test_names_come_from_signed_content(gate: Gate) -> None:
    """A file called so is not meant; what the signed SBOM calls itself is."""
    gate.evidence(CLEAN)
    gate.policy(ALLOW, applies_to={"kinds": ["SARIF"], "names": ["1.json"]})
    assert only_result(gate.run()).code == "NO_MATERIAL"


def test_all_materials_in_one_question(gate: Gate) -> None:
    gate.evidence(CLEAN, by_ci(about(SLSA, provenance())))
    gate.policy(
        rego("package p\n\nallow if {\n\tcount(input) == 2\n\tinput[0].document.runs\n}\n"),
        inputs="all",
    )
    report = gate.run()
    assert report.exit_code == 0
    assert only_result(report).material == "evidence/1.json,evidence/2.json"


def test_the_clock_of_the_report_is_the_plans(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    assert gate.run().evaluated_at == rfc3339(LATER)


def test_a_signature_from_the_future_is_refused(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    assert gate.run(now=NOW - timedelta(hours=1)).exit_code == 4


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="seccomp is a part of Linux")
def test_jailed_workers_are_no_weakening(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(SCANS)
    assert weakened(gate.run()) == set()


def test_workers_without_seccomp_are_told(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    welcome = Pool.welcome

    def unjailed(
        pool: Pool, worker: Worker, header: dict[str, Any], job: Job | None = None
    ) -> None:
        welcome(pool, worker, {**header, "jail": "limits"}, job)

    monkeypatch.setattr(Pool, "welcome", unjailed)
    gate.evidence(CLEAN)
    gate.policy(SCANS)
    report = gate.run()
    assert report.exit_code == 0
    assert [(line.option, line.where) for line in report.weakened] == [("no seccomp", "system")]


def test_the_report_says_which_refusals_and_skips_block(gate: Gate) -> None:
    gate.evidence(CLEAN, rewritten(CRITICAL, payload="e30="))
    gate.case.files["evidence/README"] = b"text"
    gate.policy(SCANS)
    gate.policy(chainloop(SKIPS), on_skip="warn")
    report = gate.run()
    assert {line.trust.code: line.blocks for line in report.evidence} == {
        "VERIFIED": False,
        "SIGNATURE_INVALID": True,
        "NOT_EVIDENCE": False,
    }
    assert [(line.outcome, line.blocks) for line in report.results] == [
        ("passed", False),
        ("skipped", False),
    ]


@pytest.mark.parametrize("refused", [True, False])
def test_turning_the_verdict_of_a_run_is_found(gate: Gate, *, refused: bool) -> None:
    """One run is stopped by tampered evidence alone, the other by a skip alone."""
    gate.evidence(CLEAN, *([rewritten(CRITICAL, payload="e30=")] if refused else []))
    gate.policy(SCANS)
    gate.policy(chainloop(SKIPS), on_skip="warn" if refused else "fail")
    report = gate.run()
    check(report)
    green = {"verdict": "passed", "exit_code": 0, "reason": Problem("PASSED", "", "")}
    (line,) = report.subjects
    subjects = (replace(line, **green),)  # type: ignore[arg-type]  # named fields of SubjectLine
    forged = replace(report, **green, subjects=subjects)  # type: ignore[arg-type]  # of Report
    with pytest.raises(UsageError) as caught:
        check(forged)
    assert caught.value.code == "REPORT_CONTRADICTS"


def test_reports_follow_from_what_they_list(gate: Gate) -> None:
    gate.another()
    gate.evidence(CRITICAL, rewritten(CLEAN, payload="e30="))
    gate.policy(SCANS)
    gate.policy(chainloop(SKIPS), on_skip="warn")
    gate.require()
    check(gate.run())
