"""Which form a signed file has: recognised by its members, then read as that and nothing else."""

from __future__ import annotations

from attest.verify import cosign, dsse, pypi
from attest.verify.bundle import Bundle, read_bundle, read_document


def read_signatures(content: bytes) -> tuple[Bundle, ...]:
    """Return the signatures in a file: one, or several where a bare envelope has several.

    Read are Sigstore bundles, bare DSSE envelopes, cosign's older blob bundles and PEP 740
    attestations. Raise BUNDLE_MALFORMED, BUNDLE_TYPE or SIGNATURE_REPEATED.
    """
    document = read_document(content)
    members = document.value.keys() if isinstance(document.value, dict) else frozenset()
    if "mediaType" in members:
        return (read_bundle(document),)
    if members >= dsse.MEMBERS:
        return dsse.read_envelope(document, raw=content)
    if members >= cosign.BLOB_MEMBERS:
        return (cosign.read_blob_bundle(document),)
    if members >= pypi.MEMBERS:
        return (pypi.read_attestation(document),)
    return (read_bundle(document),)
