"""What an answer says, before the engine's name and cost are put beside it."""

from __future__ import annotations

from collections.abc import Sequence

from attest.evaluate.findings import refusal
from attest.model.frozen import frozen
from attest.model.verdict import Finding, Outcome


@frozen
class Reading:
    """An answer under its contract. ``result`` is the policy's own answer as JSON text."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    skip_reasons: tuple[str, ...] = ()
    ignored: bool = False
    result: str = ""


def said(label: str, *, yes: bool) -> Reading:
    """Return the reading of a boolean rule."""
    if yes:
        return Reading(Outcome.PASSED)
    return Reading(Outcome.FAILED, (refusal(label, f"{label} is false"),))


def join(read: Sequence[Reading]) -> Reading:
    """Join what the rules of one policy said: the worst outcome, every finding."""
    outcome = max((one.outcome for one in read), default=Outcome.SKIPPED)
    reasons = (why for one in read if one.outcome is outcome for why in one.skip_reasons)
    return Reading(
        outcome,
        tuple(finding for one in read for finding in one.findings),
        tuple(dict.fromkeys(reasons)),
        ignored=bool(read) and all(one.ignored for one in read),
    )
