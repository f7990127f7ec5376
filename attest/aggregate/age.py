"""How old evidence is (docs/verdict.md, rule 4).

Age runs from the earliest of the certificate's notBefore, every verified time and the completion
time in the signed content: a fresh timestamp does not make an old scan young.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attest.model.material import Material, Problem
from attest.model.trust import Verified


def age_problem(material: Material, max_age: timedelta | None, at: datetime) -> Problem | None:
    """Return why ``material`` is not proven to be younger than ``max_age`` at ``at``."""
    if max_age is None:
        return None
    made = born(material.verified, material.completed_at)
    if made is None:
        return Problem.of(
            "AGE_UNPROVEN", "signed with a key, and the signed content states no completion time"
        )
    if made > at:
        return Problem.of("AGE_UNPROVEN", f"made at {_show(made)}, after {_show(at)}")
    if at - made > max_age:
        return Problem.of(
            "EVIDENCE_TOO_OLD",
            f"made at {_show(made)}: {_span(at - made)} old, at most {_span(max_age)} allowed",
        )
    return None


def born(verified: Verified, completed_at: datetime | None) -> datetime | None:
    """Return the earliest time that is proven or stated in the signed content.

    ``None`` when it was signed with a key and no completion time is stated: the key may have signed
    at any time.
    """
    times = [proven.time for proven in verified.times]
    if verified.not_before is not None:
        times.append(verified.not_before)
    if completed_at is not None:
        times.append(completed_at)
    elif verified.not_before is None:
        return None
    return min(times)


def _show(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(length: timedelta) -> str:
    hours, rest = divmod(int(length.total_seconds()), 3600)
    if hours >= 48:  # noqa: PLR2004  # two days read better as days
        return f"{hours // 24}d"
    return f"{hours}h" if hours else f"{rest // 60}min"
