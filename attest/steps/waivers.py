"""Waivers: signed exceptions, verified like evidence, by signers of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from attest.aggregate.types import Piece
from attest.aggregate.waivers import Waiver, Witnesses, admit, principal
from attest.model.material import Kind, Problem
from attest.plan import Plan


def settle(
    plan: Plan, pieces: Iterable[Piece], evidence: Iterable[Piece]
) -> tuple[tuple[Waiver, ...], tuple[Piece, ...]]:
    """Split what lies in the waiver folders into waivers that hold and pieces with their problem.

    An expired waiver is listed and covers nothing; any other refusal blocks.
    """
    witnesses = _witnesses(plan, evidence)
    waivers: list[Waiver] = []
    listed: list[Piece] = []
    for piece in pieces:
        if not piece.accepted or piece.material is None:
            listed.append(piece)
        elif piece.material.kind is not Kind.WAIVER:
            problem = Problem.of("NOT_EVIDENCE", "not a waiver")
            listed.append(replace(piece, problem=problem, blocks=False))
        else:
            answer = admit(piece, plan.waivers, witnesses, plan.at)
            if isinstance(answer, Problem):
                expired = answer.code == "WAIVER_EXPIRED"
                listed.append(replace(piece, problem=answer, blocks=not expired))
            else:
                waivers.append(answer)
                listed.append(piece)
    return tuple(waivers), tuple(listed)


def _witnesses(plan: Plan, evidence: Iterable[Piece]) -> Witnesses:
    """Whoever the plan lets say something about a subject, and whoever did."""
    named = [rule.signed_by for rule in plan.accept]
    named += [rule.signed_by for rule in plan.required]
    named += [document.signed_by for document in plan.documents]
    signed = [piece.verified for piece in evidence if piece.verified is not None]
    return Witnesses(
        frozenset(name for names in named for name in names),
        frozenset(
            principal(signer.key, signer.issuer, signer.identity)
            for verified in signed
            for signer in verified.signers
        ),
    )
