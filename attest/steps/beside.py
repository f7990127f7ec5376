"""Files whose signature lies beside them: ``NAME`` and ``NAME.sigstore.json``."""

from __future__ import annotations

from dataclasses import replace

from attest.errors import FetchError, VerificationError
from attest.fetch import BUNDLE_SUFFIX, Fetcher
from attest.model.artifact import Artifact, Reference
from attest.model.trust import Method, Verified
from attest.verify import Verifier
from attest.verify.collection import split

LIMIT = 16 << 20
"""Bytes of one signature."""


def verify(
    fetcher: Fetcher, verifier: Verifier, artifact: Artifact, signed_by: tuple[str, ...]
) -> Verified:
    """Return what the message signature beside ``artifact`` proves.

    The file may hold several, so that a threshold can be met. Raise `VerificationError`: UNSIGNED
    without one, ATTESTATION_NOT_SIGNATURE, SIGNER_ROLE or what a threshold lacks, unless one of
    ``signed_by`` has signed.
    """
    verified: list[Verified] = []
    refusals: list[VerificationError] = []
    for bundle in split(_bundle(fetcher, artifact.reference)):
        try:
            verified.append(_message(verifier.bundle(bundle, [artifact]), artifact))
        except VerificationError as error:
            refusals.append(error)
    joined = verifier.together(verified)
    for one in joined:
        if not {signer.name for signer in one.signers}.isdisjoint(signed_by):
            return one
    if refusals:
        raise refusals[0]
    raise _role_problem(verifier, joined, signed_by)


def _message(verified: Verified, artifact: Artifact) -> Verified:
    if verified.method is not Method.MESSAGE:
        raise VerificationError(
            "ATTESTATION_NOT_SIGNATURE",
            "beside the document lies an attestation, which says itself what it is about",
            where=str(artifact.reference),
        )
    return verified


def _role_problem(
    verifier: Verifier, joined: tuple[Verified, ...], signed_by: tuple[str, ...]
) -> VerificationError:
    for name in signed_by:
        refusal = verifier.shortfall(name, joined[0], joined)
        if refusal is not None:
            return refusal
    seen = {signer.name for one in joined for signer in one.signers}
    return VerificationError(
        "SIGNER_ROLE",
        f"expected {' or '.join(signed_by)}; signed by {', '.join(sorted(seen))}",
    )


def _bundle(fetcher: Fetcher, signed: Reference) -> Artifact:
    place = replace(signed, locator=signed.locator + BUNDLE_SUFFIX)
    try:
        return fetcher.file(place, limit=LIMIT)
    except FetchError as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        message = f"expected its signature in {place}, which does not exist"
        raise VerificationError("UNSIGNED", message, where=str(signed)) from None
