"""Reading a private key: PEM, PKCS #8, with or without a password."""

from __future__ import annotations

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from attest.errors import UsageError
from attest.signing.signature import CURVES, PrivateKey

MAX_BYTES = 64 * 1024
RSA_BITS = range(2048, 8193)

_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_COSIGN = {b"ENCRYPTED COSIGN PRIVATE KEY", b"ENCRYPTED SIGSTORE PRIVATE KEY"}
_ENCRYPTED = b"ENCRYPTED PRIVATE KEY"
_PLAIN = b"PRIVATE KEY"


def load_private_key(pem: bytes, password: bytes | None = None) -> PrivateKey:
    """Return the key in ``pem``; raise `UsageError` when there is not exactly one that can sign.

    The messages name what is wrong and nothing of the key.
    """
    label = _label(pem)
    if label == _ENCRYPTED and not password:
        raise UsageError("SIGNING_KEY_PASSWORD", "the key is encrypted, and no password was given")
    if label == _PLAIN and password is not None:
        raise UsageError("SIGNING_KEY_PASSWORD", "a password was given, but the key has none")
    try:
        key = serialization.load_pem_private_key(pem, password)
    except UnsupportedAlgorithm:
        raise _weak("its algorithm is not supported") from None
    except (ValueError, TypeError):
        if label == _ENCRYPTED:
            raise UsageError(
                "SIGNING_KEY_PASSWORD", "the key does not open: the password is another"
            ) from None
        raise _malformed("its contents cannot be read") from None
    return _accepted(key)


def _label(pem: bytes) -> bytes:
    if len(pem) > MAX_BYTES:
        raise _malformed(f"it has {len(pem)} bytes; {MAX_BYTES} are allowed")
    labels = _LABEL.findall(pem)
    if len(labels) != 1:
        raise _malformed(f"one PEM block is expected; seen {len(labels)}")
    label: bytes = labels[0]
    if label in _COSIGN:
        raise UsageError("KEY_ENCRYPTED_COSIGN", "the key is in cosign's encrypted format")
    if label not in {_PLAIN, _ENCRYPTED}:
        raise _malformed(f"'PRIVATE KEY' is expected; seen '{label.decode('ascii')[:60]}'")
    return label


def _accepted(key: object) -> PrivateKey:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name not in CURVES:
            raise _weak(f"expected one of {', '.join(CURVES)}; seen {key.curve.name}")
        return key
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size not in RSA_BITS:
            raise _weak(
                f"expected RSA of {RSA_BITS[0]} to {RSA_BITS[-1]} bits; seen {key.key_size}"
            )
        return key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    raise _weak(f"seen {type(key).__name__}")


def _malformed(why: str) -> UsageError:
    return UsageError("SIGNING_KEY_MALFORMED", f"the signing key is not usable: {why}")


def _weak(why: str) -> UsageError:
    return UsageError("SIGNING_KEY_WEAK", f"the signing key is not accepted: {why}")
