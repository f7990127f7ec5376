"""Evidence that an attestation API holds about the artifacts (docs/verdict.md, rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator

from attest.aggregate.types import Piece, problem_of
from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.fetch.apis.place import Endpoint, Place
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.model.material import Problem
from attest.plan import EvidenceSource
from attest.reasons import REASONS
from attest.steps.pieces import Context, signed_piece

_ALGORITHM = "sha256"
"""What the APIs know artifacts by."""

_ASKED_WRONGLY = 2


def asked(fetcher: Fetcher, context: Context, source: EvidenceSource) -> Iterator[Piece]:
    """Yield what the API holds, or why that cannot be known: that always blocks.

    One attestation that is about several artifacts is one piece of evidence.
    """
    place = source.source
    per_artifact = Place.parse(place.scheme, place.locator).per_artifact
    if per_artifact:
        yield from _not_asked(place, context)
    endpoint = Endpoint(source.api, source.token_env)
    known = sorted(digest for digest in context.targets if digest.algorithm == _ALGORITHM)
    held: dict[Digest, tuple[Artifact, list[Digest | None]]] = {}
    for digest in known if per_artifact else [None]:
        where = f"{place} about {digest}" if digest else str(place)
        try:
            found = fetcher.attested(place, endpoint, digest)
        except FetchError as error:
            if REASONS[error.code].exit_code == _ASKED_WRONGLY:
                raise
            yield Piece(where, _nothing(where), problem=problem_of(error))
            continue
        if not found:
            yield _note(where, "NOTHING_ATTESTED", f"{place} holds nothing about {digest or place}")
        for artifact in found:
            held.setdefault(artifact.digest, (artifact, []))[1].append(digest)
    for artifact, about in held.values():
        blocks = source.on_refused == "fail"
        beside = context.names.get(about[0]) if len(about) == 1 and about[0] else None
        piece = Piece(str(artifact.reference), artifact, blocks=blocks, beside=beside)
        yield signed_piece(context, piece, Attachment(Form.BUNDLE, artifact), [])


def _not_asked(place: Reference, context: Context) -> Iterator[Piece]:
    for subject in context.subjects:
        digest = subject if isinstance(subject, Digest) else subject.digest
        if digest is not None and digest.algorithm != _ALGORITHM:
            message = f"{place} knows artifacts by their SHA-256, and {subject} has another digest"
            yield _note(f"{place} about {subject}", "NOT_ASKED", message)


def _note(where: str, code: str, message: str) -> Piece:
    """List an answer that is no evidence, so that nobody takes it for a question left out."""
    return Piece(where, _nothing(where), problem=Problem.of(code, message), blocks=False)


def _nothing(where: str) -> Artifact:
    return Artifact.of(Reference("file", where), b"")
