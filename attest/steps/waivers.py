"""Waivers: signed exceptions, verified like evidence, by signers of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from attest.aggregate.types import Piece
from attest.aggregate.waivers import Waiver, admit
from attest.aggregate.witnesses import Witnesses
from attest.model.material import Kind, Problem
from attest.plan import Plan


def settle(
    plan: Plan, pieces: Iterable[Piece], others: Witnesses
) -> tuple[tuple[Waiver, ...], tuple[Piece, ...]]:
    """Split what lies in the waiver folders into waivers that hold and pieces with their problem.

    ``others`` are those who speak as evidence, and may not approve. An expired waiver is listed and
    covers nothing; any other refusal blocks.
    """
    waivers: list[Waiver] = []
    listed: list[Piece] = []
    for piece in pieces:
        if not piece.accepted or piece.material is None:
            listed.append(piece)
        elif piece.material.kind is not Kind.WAIVER:
            problem = Problem.of("NOT_EVIDENCE", "not a waiver")
            listed.append(replace(piece, problem=problem, blocks=False))
        else:
            answer = admit(piece, plan.waivers, others, plan.at)
            if isinstance(answer, Problem):
                expired = answer.code == "WAIVER_EXPIRED"
                listed.append(replace(piece, problem=answer, blocks=not expired))
            else:
                waivers.append(answer)
                listed.append(piece)
    return tuple(waivers), tuple(listed)
