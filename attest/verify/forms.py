"""Which form a signed file has: recognised by its members, then read as that and nothing else."""

from __future__ import annotations

from attest.verify.bundle import Bundle, read_bundle, read_document

_ENVELOPE = frozenset({"payload", "payloadType", "signatures"})
_COSIGN = frozenset({"base64Signature"})
_INDEX = frozenset({"version", "verification_material", "envelope"})


def read_signatures(content: bytes) -> tuple[Bundle, ...]:
    """Return the signatures in a file: one, or several where a bare envelope has several.

    Read are Sigstore bundles, bare DSSE envelopes, cosign's older blob bundles and PEP 740
    attestations. Raise BUNDLE_MALFORMED, BUNDLE_TYPE or SIGNATURE_REPEATED.
    """
    document = read_document(content)
    members = document.value.keys() if isinstance(document.value, dict) else frozenset()
    if "mediaType" in members:
        return (read_bundle(document),)
    if members >= _ENVELOPE:
        from attest.verify.dsse import read_envelope

        return read_envelope(document, raw=content)
    if members >= _COSIGN:
        from attest.verify.cosign import read_blob_bundle

        return (read_blob_bundle(document),)
    if members >= _INDEX:
        from attest.verify.pypi import read_attestation

        return (read_attestation(document),)
    return (read_bundle(document),)
