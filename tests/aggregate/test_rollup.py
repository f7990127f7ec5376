"""What counts, and the worst of all."""

from __future__ import annotations

import pytest

from attest.aggregate.rollup import Result, blocking, settle
from attest.aggregate.types import Judgement
from attest.model.material import Problem
from attest.model.verdict import Finding, Outcome, Severity
from attest.plan import PolicySource
from tests.aggregate.make import OTHER, decision, finding, material, piece, source, task

HERE = piece(material())


def _settle(
    *judgements: Judgement, plan: PolicySource | None = None, fail_on: Severity | None = None
) -> tuple[Result, ...]:
    return settle(judgements, plan or source(), fail_on)


def _judged(outcome: Outcome, *findings: Finding, selected: bool = False) -> Judgement:
    return Judgement("p", task(HERE, selected=selected), decision(outcome, *findings))


def test_passed() -> None:
    (result,) = _settle(_judged(Outcome.PASSED))
    assert (result.code, result.problem, result.says_yes) == ("PASSED", None, True)


def test_a_finding_blocks() -> None:
    (result,) = _settle(_judged(Outcome.FAILED, finding()))
    assert result.problem is not None
    assert result.problem.code == "POLICY_FAILED"
    assert not result.says_yes


def test_a_negative_answer_without_findings_blocks() -> None:
    (result,) = _settle(_judged(Outcome.FAILED), fail_on=Severity.CRITICAL)
    assert result.problem is not None
    assert result.problem.code == "POLICY_FAILED"


def test_fail_on_lets_lesser_findings_by_and_says_so() -> None:
    (result,) = _settle(_judged(Outcome.FAILED, finding(Severity.LOW)), fail_on=Severity.HIGH)
    assert (result.outcome, result.code) == (Outcome.PASSED, "FINDING_BELOW_FAIL_ON")


def test_a_finding_without_severity_blocks_at_every_fail_on() -> None:
    assert blocking([finding(None)], Severity.CRITICAL)


def test_suppressed_and_waived_findings_do_not_block() -> None:
    suppressed = Finding("r", "m", Severity.HIGH, suppressed=True)
    waived = Finding("r", "m", Severity.HIGH, waived_by="w")
    assert blocking([suppressed, waived], None) == ()


def test_an_engine_error_blocks_with_its_own_code() -> None:
    problem = Problem("TIMEOUT", "too slow", "")
    judged = Judgement("p", task(HERE), decision(Outcome.ERROR, problem=problem))
    (result,) = _settle(judged)
    assert result.problem == Problem("TIMEOUT", "p: too slow", "")
    assert not result.says_yes


def test_an_error_without_a_cause_still_blocks() -> None:
    (result,) = _settle(_judged(Outcome.ERROR))
    assert result.problem is not None
    assert result.problem.code == "INTERNAL_ERROR"


def test_a_selected_material_must_be_decided() -> None:
    skipped, passed = _judged(Outcome.SKIPPED, selected=True), _judged(Outcome.PASSED)
    results = _settle(skipped, passed)
    assert [r.problem.code if r.problem else None for r in results] == ["POLICY_SKIPPED", None]


def test_an_untargeted_policy_must_decide_at_least_one() -> None:
    skipped = _judged(Outcome.SKIPPED)
    assert _settle(skipped, _judged(Outcome.PASSED))[0].problem is None
    (alone,) = _settle(skipped)
    assert alone.problem is not None
    assert alone.problem.code == "POLICY_SKIPPED"


def test_no_material_is_a_skip_with_a_code_of_its_own() -> None:
    (result,) = _settle(Judgement("p", task(selected=True), decision(Outcome.SKIPPED)))
    assert result.problem is not None
    assert result.problem.code == "NO_MATERIAL"


@pytest.mark.parametrize("on_skip", ["warn", "pass"])
def test_on_skip_lets_a_skip_by_but_never_says_yes(on_skip: str) -> None:
    (result,) = _settle(_judged(Outcome.SKIPPED), plan=source(on_skip=on_skip))
    assert result.problem is None
    assert not result.says_yes


def test_a_policy_that_is_not_enforced_never_counts() -> None:
    plan = source(enforce=False)
    for outcome in Outcome:
        (result,) = _settle(_judged(outcome, finding()), plan=plan)
        assert result.problem is None
        assert not result.says_yes


def test_a_script_beside_that_decided_the_same_material_is_enough() -> None:
    skipped = _judged(Outcome.SKIPPED, selected=True)
    (alone,) = settle([skipped], source(), None)
    assert alone.problem is not None
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR):
        (result,) = settle([skipped], source(), None, beside=[_judged(outcome)])
        assert (result.outcome, result.problem) == (Outcome.SKIPPED, None)
    (result,) = settle([skipped], source(), None, beside=[_judged(Outcome.SKIPPED)])
    assert result.problem is not None


def test_what_was_decided_beside_is_this_material_and_this_target() -> None:
    skipped = _judged(Outcome.SKIPPED, selected=True)
    other_piece = piece(material(document=b"other"), "other")
    for where in (task(other_piece, selected=True), task(HERE, selected=True, target=OTHER)):
        beside = Judgement("q", where, decision(Outcome.PASSED))
        (result,) = settle([skipped], source(), None, beside=[beside])
        assert result.problem is not None
