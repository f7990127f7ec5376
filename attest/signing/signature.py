"""One signature by one private key, with the hash that Sigstore pairs with the kind of key."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_CURVE_HASHES: dict[str, Hash] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
CURVES = tuple(_CURVE_HASHES)
"""The elliptic curves that can sign."""


def hash_for(key: PrivateKey) -> Hash:
    """Return the hash that goes with ``key`` (sigstore_common.proto, ``PublicKeyDetails``).

    For Ed25519, which hashes by itself, it is the hash that names the content in a bundle.
    """
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVE_HASHES[key.curve.name]
    return hashes.SHA256()


def digest_for(key: PrivateKey, content: bytes) -> bytes:
    """Return the digest of ``content`` under the hash that goes with ``key``."""
    return hashlib.new(hash_for(key).name, content).digest()


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign ``message``: ECDSA in DER, PKCS #1 v1.5, or pure Ed25519.

    ECDSA takes its nonce from key and message (RFC 6979): the same call gives the same bytes.
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hash_for(key))
    return key.sign(message, ec.ECDSA(hash_for(key), deterministic_signing=True))


def public_der(key: PublicKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo of ``key``."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_pem(key: PublicKey) -> bytes:
    """Return the PEM SubjectPublicKeyInfo of ``key``."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
