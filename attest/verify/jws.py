"""Compact JSON Web Signatures (RFC 7515) under one given key.

The key's own kind decides the algorithm, never the header (RFC 8725 §3.1): it may only agree.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from attest.model import strict_json
from attest.model.digest import Digest
from attest.verify.envelope import Signed
from attest.verify.keys import BadSignatureError, Key, check_signature

MAX_TOKEN = 4 << 20
"""Characters of one token."""

_EC = {"secp256r1": ("ES256", "sha256"), "secp384r1": ("ES384", "sha384")}
_ES512 = ("ES512", "sha512")


def verify(token: str, key: Key) -> tuple[str, bytes]:
    """Return the algorithm and the payload of ``token``; raise `BadSignatureError` otherwise.

    An RSA key is for RS256, an elliptic curve for the ES algorithm of its size, Ed25519 for EdDSA
    (RFC 7518 §3.1, RFC 8037 §3.1). Shared secrets and ``none`` are no keys.
    """
    if len(token) > MAX_TOKEN:
        raise BadSignatureError(f"a token of more than {MAX_TOKEN:,} characters")
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  # RFC 7515 §7.1
        raise BadSignatureError(f"a compact JWS has three parts, seen {len(parts)}")
    header, payload, signature = (_decoded(part) for part in parts)
    algorithm, digest = _algorithm(key)
    _check_header(header, algorithm)
    message = f"{parts[0]}.{parts[1]}".encode("ascii")
    if isinstance(key.public, ec.EllipticCurvePublicKey):
        signature = _der(signature, (key.public.key_size + 7) // 8)
    signed = Signed.of(message)
    if not isinstance(key.public, ed25519.Ed25519PublicKey):
        signed = Signed.of(Digest.of(message, digest))
    check_signature(key, signature, signed)
    return algorithm, payload


def _algorithm(key: Key) -> tuple[str, str]:
    if isinstance(key.public, ec.EllipticCurvePublicKey):
        return _EC.get(key.public.curve.name, _ES512)
    if isinstance(key.public, ed25519.Ed25519PublicKey):
        return "EdDSA", ""
    if key.pss is not None:
        raise BadSignatureError("no token is read that an RSASSA-PSS key has signed")
    return "RS256", "sha256"


def _check_header(content: bytes, algorithm: str) -> None:
    try:
        header = strict_json.parse(content)
    except ValueError as error:
        raise BadSignatureError(f"its header is {error}") from None
    stated = header.get("alg") if isinstance(header, dict) else None
    if stated != algorithm:
        raise BadSignatureError(f"expected alg {algorithm}, by the key; seen {stated!r:.40}")
    if "crit" in header:  # RFC 7515 §4.1.11: what is not understood must not be accepted
        raise BadSignatureError("its header demands extensions")


def _der(signature: bytes, size: int) -> bytes:
    """Write R and S as DER (RFC 7518 §3.4 has them side by side, each of the curve's size)."""
    if len(signature) != 2 * size:
        raise BadSignatureError(f"expected a signature of {2 * size} bytes, seen {len(signature)}")
    r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
    return encode_dss_signature(r, s)


def _decoded(part: str) -> bytes:
    """Decode base64url without padding (RFC 7515 §2): one text for each value."""
    try:
        content = base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadSignatureError("a part that is not base64url") from None
    if base64.urlsafe_b64encode(content).rstrip(b"=") != part.encode("ascii", "replace"):
        raise BadSignatureError("a part that is not base64url as it must be written")
    return content
