"""Evidence that every subject must have (``required``; docs/verdict.md, rules 2, 4, 11)."""

from __future__ import annotations

import json
from datetime import datetime

from attest.aggregate.accept import admitted, meets
from attest.aggregate.age import age_problem
from attest.aggregate.expect import meet
from attest.aggregate.types import Piece, Target, problem_of
from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.material import Kind, Material, Problem
from attest.model.verdicts import exit_code_of, worst_reason
from attest.plan import AcceptRule, Requirement, Selector

_INFRASTRUCTURE = 5


@frozen
class Fulfilment:
    """Whether one requirement is met for one target, by which pieces, or why not."""

    target: Target
    requirement: Requirement
    by: tuple[str, ...]
    problem: Problem | None


def fulfil(
    requirement: Requirement,
    target: Target,
    pieces: tuple[Piece, ...],
    at: datetime,
    accept: tuple[AcceptRule, ...] = (),
) -> Fulfilment:
    """Check one requirement for one target; ``accept`` are the rules that let ``pieces`` in."""
    met: list[str] = []
    short: list[Problem] = []
    for piece in pieces:
        if not piece.accepted or piece.material is None or not piece.relates_to(target):
            continue
        if not meets(requirement.selector, piece.material):
            continue
        rules = accept if piece.about is None else ()  # none lets in a document of the plan's
        problem = shortcoming(requirement, piece.material, at, rules)
        if problem is None:
            met.append(piece.id)
        else:
            short.append(problem)
    least = requirement.at_least
    if len(met) >= least and (least == 1 or len(_distinct(met, pieces)) >= least):
        return Fulfilment(target, requirement, tuple(met), None)
    return Fulfilment(target, requirement, tuple(met), _unmet(requirement, target, pieces, short))


def shortcoming(
    requirement: Requirement, material: Material, at: datetime, accept: tuple[AcceptRule, ...]
) -> Problem | None:
    """Return why accepted ``material`` does not meet ``requirement``.

    What is expected is proven by a signer who may say it by ``accept``: others may have signed it
    as well. Without such rules any of its signers may.
    """
    signers = {signer.name for signer in material.verified.signers}
    if requirement.signed_by and not signers.intersection(requirement.signed_by):
        expected, seen = " or ".join(requirement.signed_by), ", ".join(sorted(signers)) or "nobody"
        return Problem.of("SIGNER_ROLE", f"required from {expected}; it is signed by {seen}")
    if material.unsound is not None:
        return Problem.of(
            "EVIDENCE_UNSOUND", f"{material.unsound.code}: {material.unsound.message}"
        )
    try:
        meet(requirement.expect, material, requirement.signed_by or admitted(material, accept))
    except VerificationError as error:
        return problem_of(error)
    missing = sorted(set(requirement.rules) - material.rules)
    if missing:
        return Problem.of("RULES_NOT_EXECUTED", f"not executed: {', '.join(missing)}")
    return age_problem(material, requirement.max_age, at)


def describe(selector: Selector) -> str:
    """Return the selector as a report names it."""
    parts = (" or ".join(selector.kinds), " or ".join(selector.predicate_types))
    return ", ".join(part for part in parts if part) or "any evidence"


def _distinct(ids: list[str], pieces: tuple[Piece, ...]) -> set[str]:
    """Count a document once, however often and with whatever spacing it was signed or pinned."""
    chosen = set(ids)
    return {
        json.dumps(strict_json.parse(piece.material.document), sort_keys=True)
        for piece in pieces
        if piece.id in chosen and piece.material is not None
    }


def _unmet(
    requirement: Requirement, target: Target, pieces: tuple[Piece, ...], short: list[Problem]
) -> Problem:
    problems = [p.problem for p in pieces if p.problem and _candidate(requirement, p, target)]
    refused = [problem for problem in problems if not _failed(problem)]
    what = describe(requirement.selector)
    short = short + [problem for problem in problems if _failed(problem)]
    if refused:
        codes = ", ".join(sorted({problem.code for problem in refused}))
        message = f"{what} about {target.name}: {len(refused)} refused ({codes})"
        short = [*short, Problem.of("REQUIRED_REFUSED", message)]
    if short:
        return worst_reason(short)
    counted = "" if requirement.at_least == 1 else f" ({requirement.at_least} of them)"
    return Problem.of("REQUIRED_MISSING", f"{what}{counted} about {target.name} was not found")


def _candidate(requirement: Requirement, piece: Piece, target: Target) -> bool:
    """Tell whether a piece was refused that claims to be what was asked for about ``target``."""
    selector = requirement.selector
    if piece.problem is None or exit_code_of(piece.problem.code) == 0:
        return False
    if piece.beside not in {None, target.name}:
        return False
    wanted = {*(str(kind) for kind in selector.kinds), *selector.predicate_types}
    claims = {piece.claimed, piece.claimed_type}
    return not wanted or piece.claimed is None or bool(claims & (wanted | {Kind.UNKNOWN}))


def _failed(problem: Problem) -> bool:
    """Tell whether nothing was refused: what there is could not be found out."""
    return exit_code_of(problem.code) == _INFRASTRUCTURE
