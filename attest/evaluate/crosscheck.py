"""The second opinion: another engine must say the same, or the decision becomes an error.

The same holds for a policy that comes in two forms, source and what was compiled from it: there the
other form is always asked, and a difference has a code of its own (docs/verdict.md, rule 10).

Equal means the same outcome and the same set of objections; order, fuel and logs do not count. A
second engine that cannot take the policy is recorded and proves nothing, for or against; where it
is the other form that cannot be asked, the report lists that as weakening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from attest.evaluate.detect import two_forms
from attest.evaluate.engine import Engine, Opinion, Settings
from attest.evaluate.host.pool import Pool
from attest.model import verdict
from attest.model.material import Problem
from attest.model.policy import Policy
from attest.model.verdict import CrossCheck, Decision, Finding, Outcome

_DISAGREES = "CROSS_CHECK_DISAGREES"
_FORMS_DISAGREE = "SOURCE_WASM_DISAGREE"


def cross_check(
    engine: Engine,
    policy: Policy,
    documents: Sequence[bytes],
    settings: Settings,
    decisions: Sequence[Decision],
    pool: Pool,
) -> tuple[Decision, ...]:
    """Return the decisions with the second opinion on each; one that differs is an ERROR."""
    other = engine.second
    if other is None:
        none = CrossCheck(engine.identity(), None, "this engine has no second opinion")
        return tuple(replace(one, cross_check=none) for one in decisions)
    second = other.identity()
    opinions = other.ask(policy, documents, settings, pool)
    code = _FORMS_DISAGREE if two_forms(policy) else _DISAGREES
    return tuple(
        _compare(decision, opinion, second, code)
        for decision, opinion in zip(decisions, opinions, strict=True)
    )


def _compare(decision: Decision, opinion: Opinion, second: verdict.Engine, code: str) -> Decision:
    if opinion.unsupported:
        why = opinion.unsupported
        unchecked = why if code == _FORMS_DISAGREE else ""
        return replace(decision, cross_check=CrossCheck(second, None, why), unchecked=unchecked)
    if decision.outcome is Outcome.ERROR:
        detail = opinion.failed or "it gave an answer where the judge gave none"
        checked = CrossCheck(second, opinion.reading is None, detail)
        return replace(decision, cross_check=checked)
    difference = _difference(decision, opinion)
    if not difference:
        return replace(decision, cross_check=CrossCheck(second, agrees=True))
    message = f"{decision.engine.name} and {second.name} differ: {difference}"
    return replace(
        decision,
        outcome=Outcome.ERROR,
        problem=Problem.of(code, message),
        cross_check=CrossCheck(second, agrees=False, detail=difference),
    )


def _difference(decision: Decision, opinion: Opinion) -> str:
    """Say in words how the opinion differs; empty when it does not."""
    other = opinion.reading
    if other is None:
        return f"{decision.outcome.word} against an error ({opinion.failed})"
    if other.outcome is not decision.outcome or other.ignored != decision.ignored:
        said = _only(decision.findings, other.findings) or _only(other.findings, decision.findings)
        detail = f", {said}" if said else ""
        return f"{decision.outcome.word} against {other.outcome.word}{detail}"
    if mine := _only(decision.findings, other.findings):
        return f"only the judge says {mine}"
    if theirs := _only(other.findings, decision.findings):
        return f"only the second opinion says {theirs}"
    return ""


def _only(these: Sequence[Finding], those: Sequence[Finding]) -> str:
    extra = set(these) - set(those)
    return min((repr(one.message[:200]) for one in extra), default="")
