"""The report: whatever was found, it follows from it, and never says better than that."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.aggregate.report import Broken, Findings, report
from attest.aggregate.requirements import Fulfilment
from attest.aggregate.rollup import Result, settle
from attest.aggregate.types import Judgement, Piece, Target
from attest.model.digest import Digest
from attest.model.material import Problem
from attest.model.report import Report
from attest.model.trust import Trust
from attest.model.verdict import Outcome, Severity
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
NOTHING = Findings((APP,), tuple(SCANNED.values()), (), (), (), (), ())


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
        found = made(**more)
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
