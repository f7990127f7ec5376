"""RSASSA-PSS as the algorithm identifier of a public key (RFC 4055 §1.2, §3.1)."""

from __future__ import annotations

import re

PSS_OID = bytes.fromhex("06092a864886f70d01010a")
"""id-RSASSA-PSS in DER."""

_MGF1 = bytes.fromhex("06092a864886f70d010108")
_SHA2 = {"sha256": 1, "sha384": 2, "sha512": 3}
_SALTS = {"sha256": 32, "sha384": 48, "sha512": 64}
_HEADER = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)", re.DOTALL)


def pss_hash(der: bytes) -> str | None:
    """Return the hash that the RSASSA-PSS key in a SubjectPublicKeyInfo is for.

    Without parameters a key may be for any; Sigstore pairs it with SHA-256. With parameters hash
    and mask must be of one SHA-2 hash, and the salt as long as it. Otherwise return ``None``.
    """
    header = _HEADER.match(der)
    if header is None:
        return None
    rest = der[header.end() :]
    return next((name for known, name in _IDENTIFIERS.items() if rest.startswith(known)), None)


def _sequence(content: bytes, tag: int = 0x30) -> bytes:
    return bytes([tag, len(content)]) + content


def _identifier(name: str, null: bytes) -> bytes:
    """Write the identifier of a hash; its parameters are NULL or absent (RFC 4055 §2.1)."""
    digest = _sequence(bytes.fromhex("0609608648016503040200")[:-1] + bytes([_SHA2[name]]) + null)
    masks = _sequence(_MGF1 + digest)
    salt = bytes([0x02, 0x01, _SALTS[name]])
    tagged = _sequence(digest, 0xA0) + _sequence(masks, 0xA1) + _sequence(salt, 0xA2)
    return _sequence(PSS_OID + _sequence(tagged))


_IDENTIFIERS = {
    _sequence(PSS_OID): "sha256",
    **{_identifier(name, null): name for name in _SHA2 for null in (b"\x05\x00", b"")},
}
