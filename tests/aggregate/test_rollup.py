"""What counts, and the worst of all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.aggregate.rollup import Result, blocking, nothing_decided, settle
from attest.aggregate.types import Judgement
from attest.model.material import Problem
from attest.model.verdict import Finding, Outcome, Severity
from attest.plan import PolicySource
from attest.reasons import REASONS
from tests.aggregate.make import OTHER, decision, finding, material, piece, source, task

HERE = piece(material())


def _settle(
    *judgements: Judgement, plan: PolicySource | None = None, fail_on: Severity | None = None
) -> tuple[Result, ...]:
    return settle(judgements, plan or source(), fail_on)


def _judged(outcome: Outcome, *findings: Finding, selected: bool = False) -> Judgement:
    return Judgement("p", task(HERE, selected=selected), decision(outcome, *findings))


def test_what_blocks_says_no_yes() -> None:
    (passed,) = _settle(_judged(Outcome.PASSED))
    assert not replace(passed, problem=Problem("POLICY_FAILED", "no", "")).says_yes
    assert not replace(passed, enforced=False).says_yes
    assert not replace(passed, outcome=Outcome.SKIPPED).says_yes


def test_passed() -> None:
    (result,) = _settle(_judged(Outcome.PASSED))
    assert (result.code, result.problem, result.says_yes) == ("PASSED", None, True)


def test_a_finding_blocks() -> None:
    (result,) = _settle(_judged(Outcome.FAILED, finding()))
    assert result.problem is not None
    assert result.problem.code == "POLICY_FAILED"
    assert not result.says_yes


def test_a_failure_is_told_by_its_first_finding() -> None:
    plain, cured = Finding("r", "bad"), Finding("r", "worse", remediation="fix it")
    (one,) = _settle(_judged(Outcome.FAILED, plain))
    assert one.problem == Problem.of("POLICY_FAILED", "p: bad")
    (two,) = _settle(_judged(Outcome.FAILED, plain, cured))
    assert two.problem == Problem("POLICY_FAILED", "p: bad (and 1 more)", "fix it")


def test_what_excuses_a_finding_is_the_code_of_the_pass() -> None:
    known = replace(finding(), known_by="b")
    waived = replace(finding(), waived_by="w")
    for findings, code in (((known,), "BASELINED"), ((waived,), "WAIVED")):
        (result,) = _settle(_judged(Outcome.FAILED, *findings))
        assert (result.outcome, result.code, result.problem) == (Outcome.PASSED, code, None)
    (both,) = _settle(_judged(Outcome.FAILED, waived, known))
    assert both.code == "BASELINED"


def test_only_a_no_that_is_not_enforced_is_called_so() -> None:
    plan = source(enforce=False)
    codes = {
        outcome: _settle(_judged(outcome, finding()), plan=plan)[0].code for outcome in Outcome
    }
    assert codes == {
        Outcome.SKIPPED: "POLICY_SKIPPED",
        Outcome.PASSED: "PASSED",
        Outcome.FAILED: "NOT_ENFORCED",
        Outcome.ERROR: "INTERNAL_ERROR",
    }
    (below,) = settle([_judged(Outcome.FAILED, finding(Severity.LOW))], plan, Severity.HIGH)
    assert below.code == "FINDING_BELOW_FAIL_ON"


def test_a_skip_is_told_by_its_reasons() -> None:
    said = replace(decision(Outcome.SKIPPED), skip_reasons=("no lock file", "no manifest"))
    (result,) = _settle(Judgement("p", task(HERE), said))
    assert result.problem == Problem.of("POLICY_SKIPPED", "p: no lock file; no manifest")
    (silent,) = _settle(_judged(Outcome.SKIPPED))
    assert silent.problem is not None
    assert silent.problem.message == f"p: {REASONS['POLICY_SKIPPED'].cause}"


def test_nothing_decided_says_what_was_said_instead() -> None:
    alone = nothing_decided(OTHER, [])
    assert alone == Problem.of("NOTHING_DECIDED", f"{OTHER.name}: nothing said yes")
    instead = nothing_decided(OTHER, [Problem("POLICY_FAILED", "p: bad", "")])
    assert instead.message == f"{OTHER.name}: nothing said yes; p: bad"


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
    known = Finding("r", "m", Severity.HIGH, known_by="b")
    assert blocking([suppressed, waived, known], None) == ()


def test_fail_on_is_the_lowest_severity_that_blocks() -> None:
    low, high = finding(Severity.LOW), finding(Severity.HIGH)
    assert blocking([low, high, finding(None)], Severity.HIGH) == (high, finding(None))
    assert blocking([low, high], Severity.CRITICAL) == ()
    assert blocking([low, high], None) == (low, high)


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


def test_a_script_without_material_is_excused_by_one_that_was_given_some() -> None:
    bare = Judgement("p", task(selected=True), decision(Outcome.SKIPPED))
    (result,) = settle([bare], source(), None, beside=[_judged(Outcome.SKIPPED)])
    assert (result.code, result.problem) == ("NO_MATERIAL", None)
    (result,) = settle([bare], source(), None, beside=[bare])
    assert result.problem is not None
