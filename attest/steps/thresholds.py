"""Signers that are several: what they have signed together counts as theirs (trust.signers)."""

from __future__ import annotations

from dataclasses import replace

from attest.aggregate.accept import meets
from attest.aggregate.types import Piece, problem_of
from attest.model.trust import Verified
from attest.steps.pieces import Context, role

_ROLE = "SIGNER_ROLE"


def settle(context: Context, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Give each piece the thresholds that it meets together with the others.

    A piece that was refused for its signers is asked again. One that needs more of them says how
    many, and what those have signed instead.
    """
    found = [piece for piece in pieces if piece.verified is not None]
    verified = [piece.verified for piece in found if piece.verified is not None]
    together = context.verifier.together(verified)
    joined = {piece.id: one for piece, one in zip(found, together, strict=True)}
    settled = [_joined(context, piece, joined) for piece in pieces]
    return tuple(_told(context, piece, settled) for piece in settled)


def _joined(context: Context, piece: Piece, joined: dict[str, Verified]) -> Piece:
    verified = joined.get(piece.id)
    if verified is None or verified == piece.verified:
        return piece
    if piece.material is None:
        return replace(piece, verified=verified)
    material = replace(piece.material, verified=verified)
    piece = replace(piece, verified=verified, material=material)
    if piece.problem is None or piece.problem.code == _ROLE:
        return replace(piece, problem=role(context, piece))
    return piece


def _told(context: Context, piece: Piece, pieces: list[Piece]) -> Piece:
    """Say how far a piece is from the threshold that its rule asks for."""
    if piece.problem is None or piece.problem.code != _ROLE or piece.material is None:
        return piece
    others = [
        other.verified
        for other in pieces
        if other.verified is not None
        and other.material is not None
        and other.material.predicate_type == piece.material.predicate_type
    ]
    rules = (rule for rule in context.accept if meets(rule.selector, piece.material))
    for name in (name for rule in rules for name in rule.signed_by):
        refusal = context.verifier.shortfall(name, piece.material.verified, others)
        if refusal is not None:
            return replace(piece, problem=problem_of(refusal))
    return piece
