"""Documents: files that name no subject themselves, so the plan says what they are about."""

from __future__ import annotations

from dataclasses import replace

from attest.aggregate.types import Piece, Target, problem_of
from attest.decode import decode
from attest.errors import AttestError, UsageError
from attest.fetch import Fetcher
from attest.model.artifact import Artifact
from attest.model.trust import Verified
from attest.plan import Document
from attest.steps import beside
from attest.verify import Verifier

LIMIT = 16 << 20
"""Bytes of one document."""


def read(
    fetcher: Fetcher, verifier: Verifier, document: Document, targets: tuple[Target, ...]
) -> Piece:
    """Return the document as evidence about the targets that the plan names, or its refusal."""
    about = _about(document, targets)
    artifact = fetcher.file(document.source, limit=LIMIT)
    piece = Piece(str(document.source), artifact, claimed=document.kind, about=about)
    try:
        verified = _verify(fetcher, verifier, document, artifact)
        piece = replace(piece, verified=verified)
        return replace(piece, material=decode(verified, declared=document.kind))
    except AttestError as error:
        return replace(piece, problem=problem_of(error))


def _verify(
    fetcher: Fetcher, verifier: Verifier, document: Document, artifact: Artifact
) -> Verified:
    if document.pin is not None:
        return verifier.pin(artifact, document.pin)
    return beside.verify(fetcher, verifier, artifact, document.signed_by)


def _about(document: Document, targets: tuple[Target, ...]) -> frozenset[str]:
    names = {target.name for target in targets}
    if document.about is None:
        return frozenset(names)
    for name in document.about:
        if name not in names:
            raise UsageError(
                "ABOUT_UNKNOWN",
                f"{name!r} is no subject of this run; subjects: {', '.join(sorted(names))}",
                where=f"{document.where}.about",
            )
    return frozenset(document.about)
