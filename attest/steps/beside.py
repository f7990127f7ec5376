"""Files whose signature lies beside them: ``NAME`` and ``NAME.sigstore.json``."""

from __future__ import annotations

from dataclasses import replace

from attest.errors import FetchError, VerificationError
from attest.fetch import BUNDLE_SUFFIX, Fetcher
from attest.model.artifact import Artifact, Reference
from attest.model.trust import Method, Verified
from attest.verify import Verifier

LIMIT = 16 << 20
"""Bytes of one signature."""


def verify(
    fetcher: Fetcher, verifier: Verifier, artifact: Artifact, signed_by: tuple[str, ...]
) -> Verified:
    """Return what the message signature beside ``artifact`` proves.

    Raise `VerificationError`: UNSIGNED without one, ATTESTATION_NOT_SIGNATURE, or SIGNER_ROLE
    unless it is by one of ``signed_by``.
    """
    verified = verifier.bundle(_bundle(fetcher, artifact.reference), [artifact])
    if verified.method is not Method.MESSAGE:
        raise VerificationError(
            "ATTESTATION_NOT_SIGNATURE",
            "beside the document lies an attestation, which says itself what it is about",
            where=str(artifact.reference),
        )
    seen = {signer.name for signer in verified.signers}
    if not seen.intersection(signed_by):
        raise VerificationError(
            "SIGNER_ROLE",
            f"expected {' or '.join(signed_by)}; signed by {', '.join(sorted(seen))}",
        )
    return verified


def _bundle(fetcher: Fetcher, signed: Reference) -> Artifact:
    place = replace(signed, locator=signed.locator + BUNDLE_SUFFIX)
    try:
        return fetcher.file(place, limit=LIMIT)
    except FetchError as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        message = f"expected its signature in {place}, which does not exist"
        raise VerificationError("UNSIGNED", message, where=str(signed)) from None
