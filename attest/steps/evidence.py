"""Evidence: whatever lies in the plan's sources, each file verified, decoded and given its role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from attest.aggregate.types import Piece
from attest.errors import VerificationError
from attest.fetch import Fetcher, Refusal
from attest.model.artifact import Artifact
from attest.plan import EvidenceSource
from attest.steps import thresholds
from attest.steps.apis import asked
from attest.steps.discovered import attached, beside_subjects
from attest.steps.pieces import SIGNED_MARKS, Context, piece_of
from attest.verify.collection import split

_FILE = 64 << 20
"""Bytes of one file that the plan names as a source."""

__all__ = ["Context", "gather"]


def gather(
    fetcher: Fetcher, context: Context, sources: Sequence[EvidenceSource]
) -> tuple[Piece, ...]:
    """Look at everything in every source, in a stable order; nothing is left out of the report."""
    pieces: dict[str, Piece] = {}
    for source in sources:
        for piece in _of_source(fetcher, context, source):
            _add(pieces, piece)
    return thresholds.settle(context, tuple(pieces.values()))


def _of_source(fetcher: Fetcher, context: Context, source: EvidenceSource) -> Iterable[Piece]:
    if source.beside:
        return beside_subjects(fetcher, context, source)
    if source.source.scheme in {"oci", "oci-layout"}:
        return attached(fetcher, context, source, source.source)
    if source.api:
        return asked(fetcher, context, source)
    if source.source.scheme in {"https", "http"}:
        return _parts_of(context, source, fetcher.download(source.source))
    if source.source.scheme == "file":
        return _parts_of(context, source, fetcher.file(source.source, limit=_FILE))
    return _folder(fetcher, context, source)


def _add(pieces: dict[str, Piece], piece: Piece) -> None:
    """Keep ``piece`` under an id of its own: two signatures may share the payload they name."""
    name, number = piece.id, 2
    while name in pieces:
        name, number = f"{piece.id}#{number}", number + 1
    pieces[name] = replace(piece, id=name)


def _parts_of(context: Context, source: EvidenceSource, file: Artifact) -> Iterable[Piece]:
    """Judge one file that the plan names, which may hold several bundles."""
    blocks = source.on_refused == "fail"
    return [piece_of(context, part, [], blocks=blocks) for part in _parts(file)]


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
            parts = _parts(entry)
            pieces += [piece_of(context, part, files, blocks=blocks) for part in parts]
    return _bind_messages(pieces)


def _parts(file: Artifact) -> tuple[Artifact, ...]:
    """Return each of the bundles in one file; what cannot be taken apart is refused as it is."""
    if not any(mark in file.content for mark in SIGNED_MARKS):
        return (file,)
    try:
        return split(file)
    except VerificationError:
        return (file,)


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
