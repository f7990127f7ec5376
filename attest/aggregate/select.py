"""Which evidence each policy is asked about (docs/verdict.md, rules 1 and 5)."""

from __future__ import annotations

from collections.abc import Sequence

from attest.aggregate.accept import names_it, selects
from attest.aggregate.types import Piece, Target, Task
from attest.errors import DecodeError, UsageError
from attest.model.material import Kind, Material
from attest.model.policy import Policy
from attest.plan import PolicySource

_ONLY_WHEN_NAMED = frozenset({Kind.UNKNOWN, Kind.SIGNATURE, Kind.WAIVER, Kind.VSA, Kind.SVR})
"""Kinds that no policy is given unless it, or the plan, names them."""


def tasks(
    policy: Policy, source: PolicySource, target: Target, pieces: tuple[Piece, ...]
) -> tuple[Task, ...]:
    """Return the questions to ask ``policy`` about ``target``; none means NO_MATERIAL."""
    chosen = tuple(piece for piece in pieces if piece.accepted and piece.relates_to(target))
    chosen = tuple(p for p in chosen if p.material and judges(policy, source, p.material))
    if not chosen:
        return ()
    selected = targeted(policy, source)
    if source.combine:
        return (Task(target, chosen, selected, combined=True),)
    return tuple(Task(target, (piece,), selected) for piece in chosen)


def kept(policies: Sequence[Policy], skip: Sequence[str], where: str) -> tuple[Policy, ...]:
    """Return the policies without those of a group that the plan skips, by their own names.

    Raises SKIP_UNKNOWN for a name that no group uses, POLICY_BUNDLE_EMPTY when nothing is left.
    """
    members = [p.name.split("/")[1] if p.attachment else None for p in policies]
    if unknown := [name for name in skip if name not in members]:
        used = ", ".join(sorted({name for name in members if name})) or "none"
        raise UsageError(
            "SKIP_UNKNOWN", f"no group uses a policy {unknown[0]!r}; used: {used}", where=where
        )
    left = tuple(p for p, name in zip(policies, members, strict=True) if name not in skip)
    if not left:
        raise DecodeError("POLICY_BUNDLE_EMPTY", "the plan skips every policy", where=where)
    return left


def targeted(policy: Policy, source: PolicySource) -> bool:
    """Whether the plan or the policy selects material by kind or predicate type."""
    return source.applies_to.targeted or bool(policy.kinds)


def judges(policy: Policy, source: PolicySource, material: Material) -> bool:
    """Tell whether ``policy``, as the plan uses it, looks at ``material``."""
    if not selects(source.applies_to, material):
        return False
    asked = not policy.kinds or material.kind in policy.kinds
    if material.kind in _ONLY_WHEN_NAMED:
        return asked and (names_it(source.applies_to, material) or material.kind in policy.kinds)
    return asked
