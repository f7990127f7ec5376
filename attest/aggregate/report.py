"""The last step: everything that was found, in one report, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from attest.aggregate.baseline import BASELINE, Reading
from attest.aggregate.lines import blocks, evidence_line, rfc3339
from attest.aggregate.requirements import Fulfilment, describe
from attest.aggregate.rollup import Result, nothing_decided
from attest.aggregate.types import Piece, Target
from attest.aggregate.waivers import Waiver
from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.report import (
    BaselineLine,
    PolicyLine,
    Report,
    RequirementLine,
    ResultLine,
    SubjectLine,
    WaiverLine,
    WeakenedLine,
)
from attest.model.verdict import Finding, Outcome
from attest.model.verdicts import exit_code_of, summarize, verdict_of, worst_reason
from attest.plan import Plan
from attest.version import __version__


@frozen
class Broken:
    """A policy source that never became policies, and whether the plan enforces it."""

    source: str
    problem: Problem
    enforced: bool


@frozen
class Findings:
    """All that the earlier steps found out, in plan order.

    ``weakened`` is what this system could not enforce, whatever the plan says.
    """

    targets: tuple[Target, ...]
    pieces: tuple[Piece, ...]
    policies: tuple[PolicyLine, ...]
    broken: tuple[Broken, ...]
    results: tuple[Result, ...]
    fulfilments: tuple[Fulfilment, ...]
    waivers: tuple[Waiver, ...]
    baseline: Reading = Reading()
    weakened: tuple[WeakenedLine, ...] = ()


def report(plan: Plan, found: Findings) -> Report:
    """Aggregate ``found`` into the report of ``plan``."""
    general = _general_problems(found)
    subjects = tuple(_subject_line(target, found, general) for target in found.targets)
    reason = worst_reason([*(line.reason for line in subjects), *general])
    exit_code = exit_code_of(reason.code)
    results = (*map(_result_line, found.results), *map(_broken_line, found.broken))
    evidence = (
        *(evidence_line(piece, found.targets) for piece in found.pieces),
        *(replace(evidence_line(p, ()), kind=BASELINE) for p in found.baseline.pieces),
    )
    return Report(
        verdict=verdict_of(exit_code),
        exit_code=exit_code,
        reason=reason,
        evaluated_at=rfc3339(plan.at),
        attest_version=__version__,
        plan_digest=str(plan.digest),
        plan_config=plan.config,
        subjects=subjects,
        evidence=evidence,
        policies=found.policies,
        results=results,
        requirements=tuple(map(_requirement_line, found.fulfilments)),
        waivers=tuple(_waiver_line(waiver, found.results) for waiver in found.waivers),
        baselines=_baseline_lines(found),
        weakened=(
            *plan.weakened,
            *found.weakened,
            *(_waiver_weakens(waiver, plan) for waiver in found.waivers),
            *_baseline_weakens(found),
            *_one_form_weakens(found.results),
        ),
        summary=summarize(results, evidence),
    )


def _general_problems(found: Findings) -> list[Problem]:
    """What counts for every subject: refused evidence that the plan named, broken policies."""
    pieces = (*found.pieces, *found.baseline.pieces)
    refused = [piece.problem for piece in pieces if piece.problem and blocks(piece)]
    return [*refused, *(broken.problem for broken in found.broken if broken.enforced)]


def _subject_line(target: Target, found: Findings, general: list[Problem]) -> SubjectLine:
    results = [r for r in found.results if r.judgement.task.target == target]
    fulfilments = [f for f in found.fulfilments if f.target == target]
    problems = [*general]
    problems += [fulfilment.problem for fulfilment in fulfilments if fulfilment.problem]
    problems += [result.problem for result in results if result.problem]
    if not any(r.says_yes for r in results) and not any(f.problem is None for f in fulfilments):
        problems.append(nothing_decided(target, problems))
    reason = worst_reason(problems)
    exit_code = exit_code_of(reason.code)
    digest = {digest.algorithm: digest.value for digest in target.digests}
    return SubjectLine(target.name, digest, verdict_of(exit_code), exit_code, reason)


def _result_line(result: Result) -> ResultLine:
    judgement, decision = result.judgement, result.judgement.decision
    pieces = judgement.task.pieces
    skip_reason = "; ".join(decision.skip_reasons) or None
    return ResultLine(
        subject=judgement.task.target.name,
        policy=judgement.policy_id,
        material=",".join(piece.id for piece in pieces) or None,
        outcome=result.outcome.word,
        code=result.code,
        blocks=result.problem is not None,
        findings=decision.findings,
        skip_reason=skip_reason if result.outcome is Outcome.SKIPPED else None,
        error=decision.problem,
        enforced=result.enforced,
        usage=decision.usage,
        cross_check=decision.cross_check,
        logs=decision.logs,
        raw=decision.raw,
    )


def _broken_line(broken: Broken) -> ResultLine:
    return ResultLine(
        subject=None,
        policy=broken.source,
        material=None,
        outcome=Outcome.ERROR.word,
        code=broken.problem.code,
        blocks=broken.enforced,
        error=broken.problem,
        enforced=broken.enforced,
    )


def _requirement_line(fulfilment: Fulfilment) -> RequirementLine:
    requirement = fulfilment.requirement
    text = describe(requirement.selector)
    if requirement.signed_by:
        text += f" signed by {' or '.join(requirement.signed_by)}"
    if requirement.max_age is not None:
        text += f", at most {int(requirement.max_age.total_seconds()) // 3600}h old"
    if expected := requirement.expect.words():
        text += f", expecting {expected}"
    met = fulfilment.problem is None
    return RequirementLine(fulfilment.target.name, text, met, fulfilment.by, fulfilment.problem)


def _waiver_line(waiver: Waiver, results: Sequence[Result]) -> WaiverLine:
    findings = [f for result in results for f in result.judgement.decision.findings]
    return WaiverLine(
        id=waiver.id,
        policy=waiver.policy,
        rule=waiver.rule,
        finding=waiver.fingerprint or ", ".join(sorted(waiver.ids)) or None,
        approver=waiver.approver,
        expires=rfc3339(waiver.expires),
        reason=waiver.reason,
        used=any(finding.waived_by == waiver.id for finding in findings),
    )


def _waiver_weakens(waiver: Waiver, plan: Plan) -> WeakenedLine:
    scope = waiver.fingerprint or ", ".join(sorted(waiver.ids)) or "every finding"
    effect = (
        f"{waiver.policy}/{waiver.rule}: {scope} does not block until {rfc3339(waiver.expires)}"
    )
    if waiver.expires - plan.at <= plan.waivers.warn_before:
        effect += ", which is soon"
    return WeakenedLine("waiver", waiver.id, effect)


def _known(found: Findings) -> list[tuple[Result, Finding]]:
    return [
        (result, finding)
        for result in found.results
        for finding in result.judgement.decision.findings
        if finding.known_by is not None
    ]


def _baseline_lines(found: Findings) -> tuple[BaselineLine, ...]:
    accepted = found.baseline.baseline
    if accepted is None:
        return ()
    return (
        BaselineLine(
            id=accepted.id,
            digest=str(accepted.piece.artifact.digest),
            evaluated_at=accepted.report.evaluated_at,
            approver=accepted.approver,
            expires=rfc3339(accepted.expires),
            covers=tuple(accepted.covers),
            limits=accepted.limits,
            known=len(_known(found)),
        ),
    )


def _baseline_weakens(found: Findings) -> Iterator[WeakenedLine]:
    """The baseline itself, whether it excused anything or not, and each finding that it did."""
    accepted = found.baseline.baseline
    if accepted is None:
        return
    until, since = rfc3339(accepted.expires), accepted.report.evaluated_at
    effect = f"findings that were known at {since} do not block until {until}"
    yield WeakenedLine("baseline", accepted.id, effect)
    for result, finding in _known(found):
        judgement = result.judgement
        place = finding.location or ", ".join(finding.ids)
        effect = (
            f"{judgement.policy_id}/{finding.rule_id}: {place} does not block"
            f" {judgement.task.target.name}: it is known"
        )
        yield WeakenedLine("baseline", accepted.id, effect)


def _one_form_weakens(results: Iterable[Result]) -> Iterator[WeakenedLine]:
    """Policies of two forms of which one alone decided (docs/verdict.md, rule 10)."""
    judged = (result.judgement for result in results)
    told = {one.policy_id: one.decision.unchecked for one in judged if one.decision.unchecked}
    for policy_id, why in told.items():
        effect = f"{policy_id} was decided by its compiled form alone: {why}"
        yield WeakenedLine("source and Wasm", policy_id, effect)
