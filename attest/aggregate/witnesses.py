"""Who speaks as evidence. Whoever excuses a finding must be another (docs/verdict.md, rule 12)."""

from __future__ import annotations

from collections.abc import Iterable

from attest.aggregate.types import Piece
from attest.model.frozen import frozen
from attest.model.trust import Signatory
from attest.plan import Plan


@frozen
class Witnesses:
    """The plan's names for evidence signers, and the principals that signed any."""

    names: frozenset[str]
    principals: frozenset[str]

    def include(self, signers: Iterable[Signatory]) -> bool:
        """Tell whether one of ``signers`` is among them, by name or as a principal."""
        return any(
            signer.name in self.names
            or principal(signer.key, signer.issuer, signer.identity) in self.principals
            for signer in signers
        )


def witnesses(plan: Plan, evidence: Iterable[Piece]) -> Witnesses:
    """Return whoever the plan lets say something about a subject, and whoever did."""
    named = [rule.signed_by for rule in plan.accept]
    named += [rule.signed_by for rule in plan.required]
    named += [document.signed_by for document in plan.documents]
    names = frozenset(name for listed in named for name in listed)
    several = (one for one in plan.trust.thresholds.values() if one.name in names)
    names |= {member for one in several for member in one.of}
    signed = [piece.verified for piece in evidence if piece.verified is not None]
    return Witnesses(
        names,
        frozenset(
            principal(signer.key, signer.issuer, signer.identity)
            for verified in signed
            for signer in verified.signers
        ),
    )


def principal(key: object, issuer: str | None, identity: str | None) -> str:
    """Name whoever holds a key, or, where a certificate says so, an identity."""
    return f"{issuer} {identity}" if identity else str(key)
