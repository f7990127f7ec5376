"""The files of a detached signature, as cosign and openssl write them, in one form."""

from __future__ import annotations

import base64
import binascii
import json

from attest.model.attachment import CosignAnnotations

_PEM = b"-----BEGIN "
_SEQUENCE = 0x30


def read_parts(
    signature: bytes,
    certificate: bytes | None = None,
    chain: bytes | None = None,
    timestamp: bytes | None = None,
) -> CosignAnnotations:
    """Return the parts of a detached signature.

    A signature is base64 or the bytes themselves; certificates are PEM, base64 of PEM as cosign
    writes it, or DER; a timestamp is cosign's JSON or the response itself. Nothing is verified, and
    what cannot be read is refused when it is.
    """
    return CosignAnnotations(
        signature=_signature(signature),
        certificate=None if certificate is None else _pem(certificate),
        chain=None if chain is None else _pem(chain),
        timestamp=None if timestamp is None else _timestamp(timestamp),
    )


def _signature(content: bytes) -> str:
    text = b"".join(content.split())
    return (text if _decoded(text) is not None else base64.b64encode(content)).decode("ascii")


def _pem(content: bytes) -> str:
    if _PEM not in content and (inner := _decoded(b"".join(content.split()))) is not None:
        content = inner
    if content[:1] == bytes([_SEQUENCE]):
        body = base64.encodebytes(content).decode("ascii")
        return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    return content.decode("utf-8", "replace")


def _timestamp(content: bytes) -> str:
    if content.lstrip()[:1] == b"{":
        return content.decode("utf-8", "replace")
    return json.dumps({"SignedRFC3161Timestamp": base64.b64encode(content).decode("ascii")})


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
