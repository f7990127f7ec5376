"""Evidence that an attestation API holds about the artifacts (INTERFACE, rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator

from attest.aggregate.types import Piece, problem_of
from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.fetch.apis.place import Place
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.model.material import Problem
from attest.plan import EvidenceSource
from attest.steps.pieces import Context, signed_piece

_ALGORITHM = "sha256"
"""What the APIs know artifacts by."""


def asked(fetcher: Fetcher, context: Context, source: EvidenceSource) -> Iterator[Piece]:
    """Yield what the API holds, or why that cannot be known: that always blocks.

    One attestation that is about several artifacts is one piece of evidence.
    """
    place = source.source
    if not Place.parse(place.scheme, place.locator).per_artifact:
        yield from _answer(fetcher, context, source, None, set())
        return
    for subject in context.subjects:
        digest = subject if isinstance(subject, Digest) else subject.digest
        if digest is not None and digest.algorithm != _ALGORITHM:
            message = f"{place} knows artifacts by their SHA-256, and {subject} has another digest"
            yield _note(f"{place} about {subject}", "NOT_ASKED", message)
    seen: set[Digest] = set()
    for digest in sorted(context.targets):
        if digest.algorithm == _ALGORITHM:
            yield from _answer(fetcher, context, source, digest, seen)


def _answer(
    fetcher: Fetcher,
    context: Context,
    source: EvidenceSource,
    digest: Digest | None,
    seen: set[Digest],
) -> Iterator[Piece]:
    place = source.source
    where = f"{place} about {digest}" if digest else str(place)
    try:
        found = fetcher.attested(place, source.api, digest)
    except FetchError as error:
        yield Piece(where, _nothing(where), problem=problem_of(error))
        return
    if not found:
        yield _note(where, "NOTHING_ATTESTED", f"{place} holds nothing about {digest or place}")
    for artifact in found:
        if artifact.digest not in seen:
            seen.add(artifact.digest)
            blocks = source.on_refused == "fail"
            piece = Piece(str(artifact.reference), artifact, blocks=blocks)
            yield signed_piece(context, piece, Attachment(Form.BUNDLE, artifact), [])


def _note(where: str, code: str, message: str) -> Piece:
    """List an answer that is no evidence, so that nobody takes it for a question left out."""
    return Piece(where, _nothing(where), problem=Problem.of(code, message), blocks=False)


def _nothing(where: str) -> Artifact:
    return Artifact.of(Reference("file", where), b"")
