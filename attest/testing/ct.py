"""A certificate transparency log: the promise inside each certificate (RFC 6962)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from attest.signing.signature import PrivateKey, PublicKey, public_der, sign
from attest.testing import der

_SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_PRECERT_ENTRY = 1
_ECDSA_SHA256 = b"\x04\x03"


@dataclass(frozen=True, slots=True)
class CtLog:
    """A certificate transparency log with a P-256 key."""

    key: PrivateKey

    @property
    def key_id(self) -> bytes:
        """The SHA-256 of the log's public key (RFC 6962 §3.2)."""
        return hashlib.sha256(public_der(self.key.public_key())).digest()

    def promise(self, tbs: bytes, issuer: PublicKey, when: datetime) -> bytes:
        """Return a signed certificate timestamp (RFC 6962 §3.2).

        ``tbs`` is the to-be-signed certificate as it is without its list of timestamps.
        """
        milliseconds = int(when.timestamp() * 1000)
        entry = (
            struct.pack("!BBQH", 0, 0, milliseconds, _PRECERT_ENTRY)
            + hashlib.sha256(public_der(issuer)).digest()
            + len(tbs).to_bytes(3, "big")
            + tbs
            + b"\0\0"
        )
        signature = sign(self.key, entry)
        return (
            b"\0"
            + self.key_id
            + struct.pack("!QH", milliseconds, 0)
            + _ECDSA_SHA256
            + _with_length(signature)
        )


def extension(*promises: bytes) -> x509.UnrecognizedExtension:
    """Return the extension that carries ``promises`` inside a certificate (RFC 6962 §3.3)."""
    body = _with_length(b"".join(_with_length(promise) for promise in promises))
    return x509.UnrecognizedExtension(_SCT_LIST, der.octets(body))


def _with_length(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content
