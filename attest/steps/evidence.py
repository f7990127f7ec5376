"""Evidence: whatever lies in the plan's sources, each file verified, decoded and given its role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attest.aggregate.accept import role_problem
from attest.aggregate.types import Piece, problem_of
from attest.decode import Recognised, decode, recognise
from attest.errors import AttestError
from attest.fetch import Fetcher, Refusal
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.material import Kind, Problem
from attest.plan import AcceptRule, EvidenceSource
from attest.verify import Verifier

_SIGNED = frozenset({"Sigstore bundle", "DSSE envelope"})
_CONTAINERS = _SIGNED | {"in-toto statement", "JSON lines"}
_SIGNED_MARKS = (b"application/vnd.dev.sigstore.bundle", b'"payloadType"')
"""What signed files contain: most of them need not be looked at twice."""


@dataclass(frozen=True, slots=True)
class Context:
    """What judging one folder's files needs: who may say what, and what is known already.

    ``targets`` are the digests of the subjects; ``documents`` those of the plan's documents.
    """

    verifier: Verifier
    accept: tuple[AcceptRule, ...]
    targets: frozenset[Digest]
    documents: frozenset[Digest]


def gather(
    fetcher: Fetcher, context: Context, sources: Sequence[EvidenceSource]
) -> tuple[Piece, ...]:
    """Look at every file of every source, in path order; nothing is left out of the report."""
    pieces: list[Piece] = []
    for source in sources:
        pieces += _folder(fetcher, context, source)
    return tuple(pieces)


def _folder(fetcher: Fetcher, context: Context, source: EvidenceSource) -> list[Piece]:
    entries = fetcher.folder(source.source)
    files = [entry for entry in entries if isinstance(entry, Artifact)]
    blocks = source.on_refused == "fail"
    pieces: list[Piece] = []
    for entry in entries:
        if isinstance(entry, Refusal):
            unread = Artifact.of(entry.reference, b"")
            pieces.append(Piece(str(entry.reference), unread, problem=entry.problem, blocks=blocks))
        elif entry.digest not in context.documents:
            pieces.append(_piece(context, entry, files, blocks=blocks))
    return _bind_messages(pieces)


def _piece(
    context: Context, artifact: Artifact, files: Sequence[Artifact], *, blocks: bool
) -> Piece:
    """Verify and decode one file; whatever goes wrong is its problem alone."""
    piece = Piece(str(artifact.reference), artifact, blocks=blocks)
    if not any(mark in artifact.content for mark in _SIGNED_MARKS):
        recognised = recognise(artifact.content)
        piece = replace(piece, claimed=_claimed(recognised))
        if not _is_evidence(recognised):
            message = f"{recognised.what}, which is not evidence"
            return replace(piece, problem=Problem.of("NOT_EVIDENCE", message), blocks=False)
        if recognised.what not in _SIGNED:
            return replace(piece, problem=_unsigned(recognised))
    try:
        known = sorted(context.targets | context.documents)
        verified = context.verifier.bundle(artifact, [*files, *known])
        piece = replace(piece, verified=verified)
        piece = replace(piece, material=decode(verified))
    except AttestError as error:
        claimed = _claimed(recognise(artifact.content))
        return replace(piece, problem=problem_of(error), claimed=claimed)
    return replace(piece, problem=_role(context, piece))


def _is_evidence(recognised: Recognised) -> bool:
    """Tell what could be evidence from what cannot. Broken JSON may have been evidence."""
    return recognised.kind is not None or not recognised.valid or recognised.what in _CONTAINERS


def _unsigned(recognised: Recognised) -> Problem:
    if recognised.problem is not None:
        return recognised.problem
    return Problem.of("UNSIGNED", f"{recognised.what} without a signature")


def _claimed(recognised: Recognised) -> str | None:
    """Return the predicate type or kind that a file claims, as a requirement would name it."""
    if recognised.kind is Kind.UNKNOWN:
        return dict(recognised.claims).get("predicate_type")
    return recognised.kind


def _role(context: Context, piece: Piece) -> Problem | None:
    """Rule 1 for message signatures: over the subject, or over a document that the plan names."""
    material = piece.material
    if material is None:
        return piece.problem
    if material.kind is Kind.SIGNATURE:
        signed = material.verified.signed
        if signed in context.documents - context.targets:
            return None
        if signed not in context.targets:
            message = f"a good signature over {signed}, which is no subject of this run"
            return Problem.of("NOT_BOUND_TO_SUBJECT", message)
    return role_problem(material, context.accept)


def _bind_messages(pieces: list[Piece]) -> list[Piece]:
    """Call a file whose signature lies beside it not bound, rather than unsigned."""
    unbound = {
        piece.verified.signed: piece.problem
        for piece in pieces
        if piece.verified and piece.problem and piece.problem.code == "NOT_BOUND_TO_SUBJECT"
    }
    return [
        replace(piece, problem=unbound[piece.artifact.digest])
        if piece.problem and piece.problem.code == "UNSIGNED" and piece.artifact.digest in unbound
        else piece
        for piece in pieces
    ]
