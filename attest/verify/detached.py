"""Signatures whose parts came separately: put together, then verified like any other."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.attachment import CosignAnnotations, Form
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
from attest.verify.x509_load import load_certificate

FORM = "detached signature"


def read_detached(parts: CosignAnnotations) -> Bundle:
    """Return a signature over a file that is not here; raise BUNDLE_MALFORMED."""
    try:
        signature = read_signature(Field(parts.signature or "", "signature"))
        return _with_parts(Bundle(0, Message(None), signature, None, form=FORM), parts)
    except ValueError as error:
        raise malformed(FORM, error) from None


def read_cosign(form: Form, layer: bytes, parts: CosignAnnotations) -> tuple[Bundle, ...]:
    """Return what a layer of a ``.sig`` or ``.att`` manifest signs, once for each signature.

    Raise BUNDLE_MALFORMED, SIGNATURE_REPEATED or CERTIFICATE_CHAIN.
    """
    try:
        if form is Form.COSIGN_ATTESTATION:
            # The authority has stamped the whole envelope (cosign, pkg/cosign/verify.go).
            return tuple(
                _with_parts(one._replace(form=form, stamped=layer), parts)
                for one in read_envelope(Field(strict_json.parse(layer)), raw=layer)
            )
        signature = read_signature(Field(parts.signature or "", "signature"))
        simple = read_simple_signing(layer)
        return (_with_parts(Bundle(0, simple, signature, None, form=form), parts),)
    except ValueError as error:
        raise malformed(form, error) from None


def _with_parts(bundle: Bundle, parts: CosignAnnotations) -> Bundle:
    leaf = read_pem_leaf(parts.certificate.encode()) if parts.certificate else None
    _check_chain(parts.chain, leaf)
    return bundle._replace(
        leaf=leaf, entries=_entries(parts.bundle), timestamps=_timestamps(parts.timestamp)
    )


def _check_chain(chain: str | None, leaf: Leaf | None) -> None:
    """Check that each certificate was issued by the next; it never makes any of them trusted."""
    if not chain:
        return
    if leaf is None:
        raise MalformedError("there is a certificate chain and no certificate")
    certificate = leaf.certificate
    for der in read_pem_chain(chain.encode()):
        issuer = load_certificate(der)
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
