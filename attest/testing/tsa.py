"""RFC 3161 timestamp tokens: a CMS signature (RFC 5652) over a time and a digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from attest.signing.signature import sign
from attest.testing import der
from attest.testing.authority import Authority, der_of, serial_of

_POLICY = "1.3.6.1.4.1.57264.2"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampKnobs:
    """What may be unusual about a timestamp.

    ``authority`` signs in place of the box's own. ``at`` is the time it states, ``message`` what it
    is over (otherwise the signature). ``embed`` puts the authority's certificate into the token.
    ``copies`` says how often the same token stands in the bundle.
    """

    authority: Authority | None = None
    at: datetime | None = None
    message: bytes | None = None
    embed: bool = True
    copies: int = 1


def respond(
    authority: Authority,
    digest: bytes,
    when: datetime,
    *,
    embed: bool = True,
    nonce: int | None = None,
) -> bytes:
    """Return a granted TimeStampResp over a SHA-256 ``digest`` (RFC 3161 §2.4.2).

    ``when`` is written in whole seconds.
    """
    algorithm = der.sequence(der.oid(_SHA256), der.NULL)
    info = der.sequence(
        der.integer(1),
        der.oid(_POLICY),
        der.sequence(algorithm, der.octets(digest)),
        der.integer(serial_of(digest + der.generalized_time(when))),
        der.generalized_time(when),
        b"" if nonce is None else der.integer(nonce),
    )
    signed_data = der.sequence(
        der.integer(3),
        der.set_of(algorithm),
        der.sequence(der.oid(_TST_INFO), der.context(0, der.octets(info))),
        der.context(0, der_of(authority.certificate)) if embed else b"",
        der.set_of(_signer_info(authority, info, algorithm)),
    )
    granted = der.sequence(der.integer(0))
    return der.sequence(granted, der.sequence(der.oid(_SIGNED_DATA), der.context(0, signed_data)))


def _signer_info(authority: Authority, info: bytes, algorithm: bytes) -> bytes:
    """Return the SignerInfo (RFC 5652 §5.3) with the attributes that RFC 3161 §2.4.2 demands."""
    certificate = authority.certificate
    certificate_hash = hashlib.sha256(der_of(certificate)).digest()
    essential = der.sequence(der.sequence(der.sequence(der.octets(certificate_hash))))
    attributes = [
        _attribute(_CONTENT_TYPE, der.oid(_TST_INFO)),
        _attribute(_MESSAGE_DIGEST, der.octets(hashlib.sha256(info).digest())),
        _attribute(_SIGNING_CERTIFICATE_V2, essential),
    ]
    # RFC 5652 §5.4: signed as a SET, written under an implicit tag.
    signature = sign(authority.key, der.set_of(*attributes))
    return der.sequence(
        der.integer(1),
        der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number)),
        algorithm,
        der.context(0, b"".join(sorted(attributes))),
        der.sequence(der.oid(_ECDSA_SHA256)),
        der.octets(signature),
    )


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of(value))
