"""Signatures whose parts came separately: put together, then verified like any other."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.detached import DSSE_ENVELOPE, SIMPLE_SIGNING, DetachedSignature
from attest.verify.bundle import Bundle, Entry, Message, malformed
from attest.verify.certificate import Leaf
from attest.verify.cosign import (
    read_pem_chain,
    read_pem_leaf,
    read_rekor_bundle,
    read_signature,
    read_simple_signing,
)
from attest.verify.dsse import read_envelope
from attest.verify.fields import Field, MalformedError

FORM = "detached signature"
SIMPLE_FORM = "simple signing payload"
ATTESTATION_FORM = "DSSE envelope of an OCI layer"


def read_detached(found: DetachedSignature) -> tuple[Bundle, ...]:
    """Return what ``found`` signs, once for each of its signatures; raise BUNDLE_MALFORMED."""
    try:
        leaf = read_pem_leaf(found.certificate.encode()) if found.certificate else None
        _check_chain(found.chain, leaf)
        entries, timestamps = _entries(found.rekor_bundle), _timestamps(found.rfc3161_timestamp)
        if found.payload.media_type == DSSE_ENVELOPE:
            return tuple(
                one._replace(
                    leaf=leaf,
                    entries=entries,
                    timestamps=timestamps,
                    form=ATTESTATION_FORM,
                    # The authority has stamped the whole envelope (cosign, pkg/cosign/verify.go).
                    stamped=found.payload.content,
                )
                for one in _envelope(found.payload.content)
            )
        signature = read_signature(Field(found.signature, "signature"))
        if found.payload.media_type == SIMPLE_SIGNING:
            simple = read_simple_signing(found.payload.content)
            return (Bundle(0, simple, signature, leaf, entries, timestamps, SIMPLE_FORM),)
        return (Bundle(0, Message(None), signature, leaf, entries, timestamps, FORM),)
    except ValueError as error:
        raise malformed(FORM, error) from None


def _envelope(content: bytes) -> tuple[Bundle, ...]:
    return read_envelope(Field(strict_json.parse(content)), raw=content)


def _check_chain(chain: str | None, leaf: Leaf | None) -> None:
    """Check that each certificate was issued by the next; it never makes any of them trusted."""
    if not chain:
        return
    if leaf is None:
        raise MalformedError("there is a certificate chain and no certificate")
    certificate = leaf.certificate
    for der in read_pem_chain(chain.encode()):
        issuer = x509.load_der_x509_certificate(der)
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            raise VerificationError(
                "CERTIFICATE_CHAIN",
                f"the chain beside the signature is not the certificate's:"
                f" {issuer.subject.rfc4514_string()!r:.200} did not issue"
                f" {certificate.subject.rfc4514_string()!r:.200}",
            ) from None
        certificate = issuer


def _entries(text: str | None) -> tuple[Entry, ...]:
    if text is None:
        return ()
    return (read_rekor_bundle(Field(strict_json.parse(text.encode()), "bundle")),)


def _timestamps(text: str | None) -> tuple[bytes, ...]:
    if text is None:
        return ()
    stamp = Field(strict_json.parse(text.encode()), "rfc3161timestamp")
    return (stamp["SignedRFC3161Timestamp"].base64(),)
