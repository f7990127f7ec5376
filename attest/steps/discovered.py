"""Evidence that is beside an artifact in a registry or layout (docs/verdict.md, rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from attest.aggregate.types import Piece, problem_of
from attest.errors import FetchError, UsageError
from attest.fetch import Discovery, Fetcher, Refusal
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.material import Kind, Problem
from attest.plan import EvidenceSource
from attest.reasons import REASONS
from attest.steps.pieces import Context, piece_of, signed_piece

_ATTACHABLE = frozenset({"oci", "oci-layout"})
_ASKED_WRONGLY = 2


def beside_subjects(fetcher: Fetcher, context: Context, source: EvidenceSource) -> Iterator[Piece]:
    """Look beside every subject; one that lies nowhere where anything can be attached is listed.

    Raises NO_REGISTRY for a plan in which that is every subject: it would look nowhere.
    """
    attachable = [
        subject
        for subject in context.subjects
        if isinstance(subject, Reference) and subject.scheme in _ATTACHABLE
    ]
    if not attachable:
        named = ", ".join(map(str, context.subjects))[:200]
        raise UsageError(
            "NO_REGISTRY", f"oci:referrers, but no subject is in a registry or layout: {named}"
        )
    for subject in context.subjects:
        if subject in attachable and isinstance(subject, Reference):
            for piece in attached(fetcher, context, source, subject):
                yield replace(piece, beside=str(subject))
        else:
            message = f"oci:referrers looks beside artifacts in a registry; {subject} is in none"
            yield _note(f"oci:referrers of {subject}", "NOT_IN_REGISTRY", message)


def attached(
    fetcher: Fetcher, context: Context, source: EvidenceSource, subject: Reference
) -> Iterator[Piece]:
    """Yield what is attached to ``subject``, or why that cannot be known: that always blocks."""
    where = f"{subject} (attached)"
    try:
        discovery = fetcher.discover(subject)
    except FetchError as error:
        if REASONS[error.code].exit_code == _ASKED_WRONGLY:
            raise
        yield Piece(where, _nothing(where), problem=problem_of(error))
        return
    if not discovery.found:
        message = f"nothing is attached to {subject}"
        yield _note(where, "NOTHING_ATTACHED", message)
    blocks = source.on_refused == "fail"
    for found in discovery.found:
        if isinstance(found, Refusal):
            unread = Artifact.of(found.reference, b"")
            yield Piece(str(found.reference), unread, problem=found.problem, blocks=blocks)
        else:
            yield _piece(context, discovery, found, blocks=blocks)


def _piece(context: Context, discovery: Discovery, found: Attachment, *, blocks: bool) -> Piece:
    piece = Piece(str(found.artifact.reference), found.artifact, blocks=blocks)
    if found.form is Form.OTHER:
        message = f"an attachment of type {found.artifact.media_type}, which is not evidence"
        return replace(piece, problem=Problem.of("NOT_EVIDENCE", message), blocks=False)
    if found.form is Form.NOTARY:
        message = "a Notary signature: not supported, not trusted"
        problem = Problem.of("NOTARY_UNSUPPORTED", message)
        return replace(piece, problem=problem, claimed=Kind.SIGNATURE)
    if found.form is not Form.DOCUMENT:
        return signed_piece(context, piece, found, [discovery.subject])
    piece = piece_of(context, found.artifact, [], blocks=blocks)
    if found.about is not None and piece.problem is not None:
        message = f"{piece.problem.message}; the index lists it as about {found.about}"
        return replace(piece, problem=replace(piece.problem, message=message))
    return piece


def _note(where: str, code: str, message: str) -> Piece:
    """List an answer that is no evidence, so that nobody takes it for a search left out."""
    return Piece(where, _nothing(where), problem=Problem.of(code, message), blocks=False)


def _nothing(where: str) -> Artifact:
    return Artifact.of(Reference("file", where), b"")
