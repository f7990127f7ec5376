"""From judgements to verdicts: what counts, what it means for each target, and the worst of all.

Inside one policy outcomes roll up by `max`; across items the worst reason wins by the table of exit
codes (README, "Exit codes"; docs/verdict.md, rules 5, 6, 8, 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from attest.aggregate.baseline import Known
from attest.aggregate.types import Judgement, Target, Task
from attest.aggregate.waivers import Waiver, apply
from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.verdict import Finding, Outcome, Severity
from attest.model.verdicts import worst_reason
from attest.plan import PolicySource
from attest.reasons import REASONS


@frozen
class Excuses:
    """What keeps findings of one policy about one target from blocking: waivers, a baseline."""

    waivers: tuple[Waiver, ...] = ()
    known: Known | None = None

    def mark(self, judgements: Sequence[Judgement]) -> Sequence[tuple[Finding, ...]]:
        """Return the findings of each judgement, marked where they are excused."""
        waived = [
            apply(self.waivers, one.policy_id, one.task.target, one.decision.findings)
            for one in judgements
        ]
        return waived if self.known is None else tuple(self.known.mark(waived))


_NO_EXCUSES = Excuses()


@frozen
class Result:
    """One line of the report. ``problem`` is set when it blocks (unless not enforced)."""

    judgement: Judgement
    outcome: Outcome
    code: str
    problem: Problem | None
    enforced: bool

    @property
    def says_yes(self) -> bool:
        """Rule 6: only an enforced passed result says yes."""
        return self.enforced and self.outcome is Outcome.PASSED and self.problem is None


def settle(
    judgements: Sequence[Judgement],
    source: PolicySource,
    fail_on: Severity | None,
    excuses: Excuses = _NO_EXCUSES,
    beside: Sequence[Judgement] = (),
) -> tuple[Result, ...]:
    """Settle what one policy said about one target.

    ``beside`` is what the other scripts of the same declaration said: together they are one policy.
    """
    decided = any(j.decision.outcome is not Outcome.SKIPPED for j in judgements)
    results = []
    for judgement, findings in zip(judgements, excuses.mark(judgements), strict=True):
        task, decision = judgement.task, judgement.decision
        judged = replace(judgement, decision=replace(decision, findings=findings))
        if decision.outcome is Outcome.SKIPPED:
            must_decide = (task.selected or not decided) and not _elsewhere(task, beside)
            results.append(_skipped(judged, source, must_decide=must_decide))
        else:
            results.append(_decided(judged, source, fail_on))
    return tuple(results)


def _elsewhere(task: Task, beside: Sequence[Judgement]) -> bool:
    """Whether another script of the declaration decided this, or was given material instead."""
    others = [one for one in beside if one.task.target == task.target]
    if not task.pieces:
        return any(one.task.pieces for one in others)
    return any(
        one.task.pieces == task.pieces and one.decision.outcome is not Outcome.SKIPPED
        for one in others
    )


def nothing_decided(target: Target, problems: Sequence[Problem]) -> Problem:
    """Rule 6: something must have said yes. ``problems`` are what was said instead."""
    instead = f"; {worst_reason(problems).message}" if problems else ""
    message = f"{target.name}: nothing said yes{instead}"
    return Problem.of("NOTHING_DECIDED", message)


def blocking(findings: Iterable[Finding], fail_on: Severity | None) -> tuple[Finding, ...]:
    """Rule 8: a finding whose severity is missing blocks at every ``fail_on``."""
    return tuple(
        finding
        for finding in findings
        if not finding.suppressed
        and finding.waived_by is None
        and finding.known_by is None
        and (fail_on is None or finding.severity is None or finding.severity >= fail_on)
    )


def _decided(judgement: Judgement, source: PolicySource, fail_on: Severity | None) -> Result:
    decision = judgement.decision
    problem: Problem | None = None
    outcome, code = decision.outcome, "PASSED"
    if outcome is Outcome.ERROR:
        cause = decision.problem or Problem("INTERNAL_ERROR", "an error without a cause", "")
        problem = replace(cause, message=f"{judgement.policy_id}: {cause.message}")
        code = problem.code
    elif outcome is Outcome.FAILED:
        stops = blocking(decision.findings, fail_on)
        if stops or not decision.findings:
            problem, code = _failed(judgement, stops), "POLICY_FAILED"
        else:
            outcome, code = Outcome.PASSED, _excused(decision.findings)
    if not source.enforce and outcome is Outcome.FAILED:
        return Result(judgement, outcome, "NOT_ENFORCED", None, enforced=False)
    return Result(judgement, outcome, code, problem if source.enforce else None, source.enforce)


def _excused(findings: Iterable[Finding]) -> str:
    """Return why findings do not block, the more alarming of two reasons first."""
    marks = {(finding.known_by is not None, finding.waived_by is not None) for finding in findings}
    if any(known for known, _ in marks):
        return "BASELINED"
    return "WAIVED" if any(waived for _, waived in marks) else "FINDING_BELOW_FAIL_ON"


def _skipped(judgement: Judgement, source: PolicySource, *, must_decide: bool) -> Result:
    decision = judgement.decision
    code = "POLICY_SKIPPED" if judgement.task.pieces else "NO_MATERIAL"
    problem = None
    if must_decide and source.on_skip == "fail" and source.enforce:
        why = "; ".join(decision.skip_reasons) or REASONS[code].cause
        problem = Problem.of(code, f"{judgement.policy_id}: {why}")
    return Result(judgement, Outcome.SKIPPED, code, problem, source.enforce)


def _failed(judgement: Judgement, stops: tuple[Finding, ...]) -> Problem:
    first = stops[0].message if stops else "the policy answered no"
    more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
    hint = next((f.remediation for f in stops if f.remediation), REASONS["POLICY_FAILED"].cure)
    return Problem("POLICY_FAILED", f"{judgement.policy_id}: {first}{more}", hint)
