"""Documents: files that name no subject themselves, so the plan says what they are about."""

from __future__ import annotations

from dataclasses import replace

from attest.aggregate.types import Piece, Target, problem_of
from attest.decode import decode
from attest.errors import AttestError, FetchError, UsageError, VerificationError
from attest.fetch import BUNDLE_SUFFIX, Fetcher
from attest.model.artifact import Artifact
from attest.model.trust import Method, Verified
from attest.plan import Document
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
    verified = verifier.bundle(_bundle(fetcher, document), [artifact])
    if verified.method is not Method.MESSAGE:
        raise VerificationError(
            "ATTESTATION_NOT_SIGNATURE",
            "beside the document lies an attestation, which says itself what it is about",
            where=str(document.source),
        )
    seen = {signer.name for signer in verified.signers}
    if not seen.intersection(document.signed_by):
        raise VerificationError(
            "SIGNER_ROLE",
            f"expected {' or '.join(document.signed_by)}; signed by {', '.join(sorted(seen))}",
        )
    return verified


def _bundle(fetcher: Fetcher, document: Document) -> Artifact:
    """Read the signature beside the document; without one it is unsigned."""
    beside = replace(document.source, locator=document.source.locator + BUNDLE_SUFFIX)
    try:
        return fetcher.file(beside, limit=LIMIT)
    except FetchError as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        message = f"expected its signature in {beside}, which does not exist"
        raise VerificationError("UNSIGNED", message, where=str(document.source)) from None


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
