"""The report: whatever was found, it follows from it, and never says better than that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.aggregate.baseline import Baseline, Reading
from attest.aggregate.report import Broken, Findings, report
from attest.aggregate.requirements import Fulfilment
from attest.aggregate.rollup import Result, settle
from attest.aggregate.types import Judgement, Piece, Target
from attest.aggregate.waivers import Waiver
from attest.model.digest import Digest
from attest.model.material import Kind, Problem
from attest.model.report import Report, WeakenedLine
from attest.model.trust import Trust
from attest.model.verdict import Finding, Outcome, Severity
from attest.plan import Plan
from attest.reasons import REASONS
from attest.report.check import check
from tests.aggregate.make import (
    APP,
    AT,
    OTHER,
    decision,
    finding,
    material,
    piece,
    refused,
    requirement,
    source,
    task,
)
from tests.report import samples

DAY = timedelta(days=1)
PLAN = Plan(
    subjects=(),
    trust=Trust({}, {}),
    policies=(),
    sources=(),
    accept=(),
    documents=(),
    required=(),
    at=AT,
    digest=Digest.of(b"plan"),
    config="attest.yaml",
)
MISSING = Problem("REQUIRED_MISSING", "no scan", "scan")
SCANNED = {APP: piece(material(), "evidence/app"), OTHER: piece(material(about=OTHER), "other")}
NOTHING = Findings((APP,), tuple(SCANNED.values()), (samples.policy("p"),), (), (), (), ())
LENIENT = tuple(WeakenedLine(key, f"policies[0].{key}", "") for key in ("enforce", "on_skip"))


def result(outcome: Outcome, target: Target = APP, **plan: object) -> Result:
    """Return what one policy said about ``target``."""
    problem = Problem("UNDEFINED_RESULT", "no answer", "") if outcome is Outcome.ERROR else None
    findings = (finding(),) if outcome is Outcome.FAILED else ()
    said = Judgement("p", task(SCANNED[target], target=target), decision(outcome, problem=problem))
    said = replace(said, decision=replace(said.decision, findings=findings))
    (settled,) = settle([said], replace(source(), **plan), None)  # type: ignore[arg-type]  # on_skip, enforce
    return settled


def fulfilled(problem: Problem | None = None, target: Target = APP) -> Fulfilment:
    return Fulfilment(target, requirement(), () if problem else (SCANNED[target].id,), problem)


def made(*more: Piece, **found: object) -> Report:
    """Aggregate, with ``more`` evidence, and check that the report follows from what it lists."""
    pieces = (*NOTHING.pieces, *more)
    made = report(PLAN, replace(NOTHING, pieces=pieces, **found))  # type: ignore[arg-type]  # fields
    check(made)
    return made


def test_nothing_is_not_a_pass() -> None:
    found = made()
    assert (found.exit_code, found.reason.code, found.verdict) == (3, "NOTHING_DECIDED", "failed")


def test_a_yes_is_a_pass() -> None:
    for found in (made(results=(result(Outcome.PASSED),)), made(fulfilments=(fulfilled(),))):
        assert (found.exit_code, found.reason.code, found.verdict) == (0, "PASSED", "passed")
        assert found.subjects[0].exit_code == 0


def test_each_thing_that_blocks() -> None:
    yes = result(Outcome.PASSED)
    found = made(refused(), results=(yes,))
    assert (found.exit_code, found.reason.code) == (4, "SIGNATURE_INVALID")
    for more, code in (
        ({"results": (yes, result(Outcome.FAILED))}, "POLICY_FAILED"),
        ({"results": (yes, result(Outcome.ERROR))}, "UNDEFINED_RESULT"),
        ({"results": (yes, result(Outcome.SKIPPED))}, "POLICY_SKIPPED"),
        ({"results": (yes,), "fulfilments": (fulfilled(MISSING),)}, "REQUIRED_MISSING"),
        ({"results": (yes,), "broken": (Broken("s", MISSING, enforced=True),)}, MISSING.code),
    ):
        found = made(**more)
        assert found.reason.code == code
        assert found.exit_code == REASONS[code].exit_code
        assert found.subjects[0].reason.code == code


def test_each_thing_that_the_plan_lets_through() -> None:
    yes = result(Outcome.PASSED)
    for more in (
        {"results": (yes, result(Outcome.FAILED, enforce=False))},
        {"results": (yes, result(Outcome.ERROR, enforce=False))},
        {"results": (yes, result(Outcome.SKIPPED, on_skip="warn"))},
        {"results": (yes,), "broken": (Broken("s", MISSING, enforced=False),)},
    ):
        found = made(**more, weakened=LENIENT)
        assert found.exit_code == 0, more
        assert len(found.results) == 2
    for code in ("SIGNATURE_INVALID", "NOT_EVIDENCE"):
        found = made(refused(code, blocks=False), results=(yes,))
        assert found.exit_code == 0
        assert found.evidence[-1].trust.code == code


def test_refused_evidence_counts_for_every_subject() -> None:
    found = made(refused(), targets=(APP, OTHER))
    assert [line.exit_code for line in found.subjects] == [4, 4]


def test_the_summary_counts_lines() -> None:
    outcomes = (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED)
    found = made(refused(), results=tuple(map(result, outcomes)))
    summary = found.summary
    counted = (summary.passed, summary.failed, summary.errors, summary.skipped, summary.refused)
    assert counted == (1, 1, 1, 1, 1)


TARGETS = st.sampled_from((APP, OTHER))
RESULTS = st.builds(
    result,
    st.sampled_from(Outcome),
    TARGETS,
    enforce=st.booleans(),
    on_skip=st.sampled_from(("fail", "warn", "pass")),
)
FULFILMENTS = st.builds(fulfilled, st.none() | st.just(MISSING), TARGETS)
PIECES = st.sampled_from((refused(), refused(blocks=False), refused("UNSIGNED")))
BROKEN = st.builds(Broken, st.just("s"), st.just(MISSING), enforced=st.booleans())


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(RESULTS, max_size=4),
    st.lists(FULFILMENTS, max_size=2),
    st.lists(PIECES, max_size=2),
    st.lists(BROKEN, max_size=1),
)
def test_a_pass_rests_on_a_yes_for_every_subject_and_on_nothing_against_it(
    results: list[Result], fulfilments: list[Fulfilment], pieces: list[Piece], broken: list[Broken]
) -> None:
    found = made(
        *pieces,
        targets=(APP, OTHER),
        results=tuple(results),
        fulfilments=tuple(fulfilments),
        broken=tuple(broken),
        weakened=LENIENT,
    )
    for target, line in zip((APP, OTHER), found.subjects, strict=True):
        yes = any(r.says_yes for r in results if r.judgement.task.target == target)
        yes |= any(f.problem is None for f in fulfilments if f.target == target)
        against = [r.problem for r in results if r.judgement.task.target == target]
        against += [f.problem for f in fulfilments if f.target == target]
        against += [b.problem for b in broken if b.enforced]
        against += [p.problem for p in pieces if p.blocks]
        assert (line.exit_code == 0) == (yes and not any(against))
    assert (found.exit_code == 0) == all(line.exit_code == 0 for line in found.subjects)
    assert {line.exit_code for line in found.subjects} <= {0, 1, 3, 4, 6}


def test_severities_do_not_hide_one_another() -> None:
    findings = (finding(Severity.LOW), finding(Severity.CRITICAL), finding(None))
    said = Judgement("p", task(SCANNED[APP]), decision(Outcome.FAILED, *findings))
    (settled,) = settle([said], source(), Severity.HIGH)
    assert settled.problem is not None
    assert "and 1 more" in settled.problem.message


# The lines


def test_a_result_says_what_was_judged_and_why_not() -> None:
    two = (SCANNED[APP], piece(material(), "evidence/more"))
    said = replace(decision(Outcome.SKIPPED), skip_reasons=("no lock file", "no manifest"))
    skipped = settle([Judgement("p", task(*two), said)], source(), None)
    bare = settle([Judgement("p", task(), decision(Outcome.SKIPPED))], source(), None)
    passed = replace(said, outcome=Outcome.PASSED)
    yes = settle([Judgement("p", task(SCANNED[APP]), passed)], source(), None)
    found = made(results=(*skipped, *bare, *yes))
    assert [(line.material, line.skip_reason) for line in found.results] == [
        ("evidence/app,evidence/more", "no lock file; no manifest"),
        (None, None),
        ("evidence/app", None),
    ]


def test_a_requirement_is_named_in_full() -> None:
    wanted = requirement(signed_by=("scan", "ci"), max_age=timedelta(days=1))
    lines = made(
        results=(result(Outcome.PASSED),),
        fulfilments=(fulfilled(), Fulfilment(APP, wanted, (SCANNED[APP].id,), None)),
    ).requirements
    assert [line.requirement for line in lines] == [
        "SARIF",
        "SARIF signed by scan or ci, at most 24h old",
    ]


def test_the_reason_of_the_run_is_a_reason_of_a_subject_that_did_not_pass() -> None:
    results = (result(Outcome.PASSED), result(Outcome.FAILED, OTHER))
    found = made(targets=(APP, OTHER), results=results)
    assert found.reason == found.subjects[1].reason


# Weakening (rule 13)


def _waiver(expires: timedelta, **scope: Any) -> Waiver:
    held = piece(material(Kind.WAIVER), "waivers/w")
    scope = {"ids": frozenset(), "fingerprint": "", **scope}
    return Waiver(
        "waivers/w",
        held,
        "p",
        "r",
        package_alone=False,
        approver="security",
        expires=AT + expires,
        reason="fix is coming",
        **scope,
    )


@pytest.mark.parametrize(
    ("scope", "finding_line", "told"),
    [
        ({"fingerprint": "f1"}, "f1", "p/r: f1 does not block until"),
        ({"ids": frozenset({"B", "A"})}, "A, B", "p/r: A, B does not block until"),
        ({}, None, "p/r: every finding does not block until"),
    ],
)
def test_a_waiver_weakens(scope: dict[str, Any], finding_line: str | None, told: str) -> None:
    found = made(results=(result(Outcome.PASSED),), waivers=(_waiver(10 * DAY, **scope),))
    (line,) = found.waivers
    assert (line.finding, line.used) == (finding_line, False)
    (weak,) = found.weakened
    assert (weak.option, weak.where) == ("waiver", "waivers/w")
    assert weak.effect.startswith(told)
    assert "soon" not in weak.effect


def test_a_waiver_that_ends_soon_says_so() -> None:
    for days, soon in ((7, True), (8, False)):
        found = made(results=(result(Outcome.PASSED),), waivers=(_waiver(days * DAY),))
        assert found.weakened[0].effect.endswith(", which is soon") is soon


def test_a_waiver_that_covered_something_is_used() -> None:
    waived = replace(finding(), waived_by="waivers/w")
    said = Judgement("p", task(SCANNED[APP]), decision(Outcome.FAILED, waived))
    results = settle([said], source(), None)
    found = made(results=results, waivers=(_waiver(10 * DAY),))
    assert found.waivers[0].used


def _baseline() -> Baseline:
    held = piece(material(Kind.UNKNOWN), "baseline.json")
    covers = {APP.name: APP.name}
    return Baseline(held, samples.failed(), "security", AT + DAY, covers, ("policy q: changed",))


def test_a_baseline_and_each_finding_that_it_knows_weaken() -> None:
    known = [
        Finding("r", "m", location="a.py:1", known_by="baseline.json"),
        Finding("r", "m", ids=("CVE-1", "pkg:x"), known_by="baseline.json"),
        Finding("r", "m", suppressed=True),
    ]
    said = Judgement("p", task(SCANNED[APP]), decision(Outcome.FAILED, *known))
    accepted = _baseline()
    found = made(
        results=settle([said], source(), None),
        baseline=Reading(accepted, (replace(accepted.piece, material=None),)),
    )
    assert (found.exit_code, found.results[0].code) == (0, "BASELINED")
    (line,) = found.baselines
    assert (line.known, line.covers, line.limits) == (2, (APP.name,), ("policy q: changed",))
    assert (line.evaluated_at, line.expires) == ("2026-01-02T03:04:05Z", "2026-06-02T12:00:00Z")
    assert [weak.effect for weak in found.weakened] == [
        "findings that were known at 2026-01-02T03:04:05Z do not block until 2026-06-02T12:00:00Z",
        "p/r: a.py:1 does not block app.tar.gz: it is known",
        "p/r: CVE-1, pkg:x does not block app.tar.gz: it is known",
    ]
    assert {weak.where for weak in found.weakened} == {"baseline.json"}
    assert (found.evidence[-1].kind, found.evidence[-1].trust.status) == ("BASELINE", "verified")


def test_a_refused_baseline_blocks_and_weakens_nothing() -> None:
    found = made(results=(result(Outcome.PASSED),), baseline=Reading(None, (refused(),)))
    assert (found.exit_code, found.weakened, found.baselines) == (4, (), ())


def test_the_weakenings_of_the_plan_and_the_system_stand_in_the_report() -> None:
    lines = (WeakenedLine("fail_on", "fail_on", "x"), WeakenedLine("no seccomp", "system", "y"))
    plan = replace(PLAN, weakened=lines[:1])
    assert report(plan, replace(NOTHING, weakened=lines[1:])).weakened == lines
