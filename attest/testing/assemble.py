"""From a signature to a bundle: what the log and the timestamp authority add to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attest.signing import bundle as writing
from attest.signing.bundle import b64
from attest.testing import entries, tsa
from attest.testing.authority import Authority, der_of
from attest.testing.fulcio import CertificateKnobs
from attest.testing.log import LogKnobs, TransparencyLog, record
from attest.testing.tsa import TimestampKnobs


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleKnobs:
    """What may be unusual about a bundle, by the part that it concerns.

    ``media_type`` decides the shape: before v0.3 a certificate stands in a chain of one.
    """

    media_type: str = writing.MEDIA_TYPE
    certificate: CertificateKnobs = CertificateKnobs()
    log: LogKnobs = LogKnobs()
    timestamp: TimestampKnobs = TimestampKnobs()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who vouches for the time: a log, a timestamp authority, both or neither."""

    log: TransparencyLog | None
    timestamp_authority: Authority | None
    at: datetime


def message_bundle(
    content: bytes, signing: entries.Signing, witnesses: Witnesses, knobs: BundleKnobs
) -> bytes:
    """Return a bundle with a message signature over ``content``."""
    message = writing.message_signature(signing.key, content)
    signature = entries.signature_of(message["signature"])
    body = _hashedrekord(witnesses.log, signing, content, signature)
    material = _material(signing, signature, body, witnesses, knobs)
    return writing.bundle({"messageSignature": message}, material, media_type=knobs.media_type)


def envelope_bundle(
    envelope: dict[str, Any], signing: entries.Signing, witnesses: Witnesses, knobs: BundleKnobs
) -> bytes:
    """Return a bundle around a DSSE envelope with one signature."""
    signature = entries.signature_of(envelope["signatures"][0]["sig"])
    if witnesses.log is not None and witnesses.log.version == 1:
        write = entries.intoto_v1 if knobs.log.intoto else entries.dsse
        body = write(envelope, b64(signing.pem))
    else:
        body = _hashedrekord(witnesses.log, signing, entries.signed_bytes(envelope), signature)
    material = _material(signing, signature, body, witnesses, knobs)
    return writing.bundle({"dsseEnvelope": envelope}, material, media_type=knobs.media_type)


def _hashedrekord(
    log: TransparencyLog | None, signing: entries.Signing, message: bytes, signature: bytes
) -> dict[str, Any]:
    if log is not None and log.version == 1:
        return entries.hashedrekord(signing, message, signature)
    return entries.hashedrekord_v2(signing, message, signature)


def _material(
    signing: entries.Signing,
    signature: bytes,
    body: dict[str, Any],
    witnesses: Witnesses,
    knobs: BundleKnobs,
) -> dict[str, Any]:
    material = _signer(signing, knobs.media_type)
    if witnesses.log is not None:
        material["tlogEntries"] = [record(witnesses.log, body, witnesses.at, knobs.log)]
    if witnesses.timestamp_authority is not None:
        token = _timestamp(witnesses.timestamp_authority, signature, witnesses.at, knobs.timestamp)
        stamps = [{"signedTimestamp": b64(token)}] * knobs.timestamp.copies
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    return material


def _signer(signing: entries.Signing, media_type: str) -> dict[str, Any]:
    if signing.certificate is None:
        return writing.key_material(signing.key.public_key())
    certificate = {"rawBytes": b64(der_of(signing.certificate))}
    if media_type == writing.MEDIA_TYPE:
        return {"certificate": certificate}
    return {"x509CertificateChain": {"certificates": [certificate]}}


def _timestamp(
    authority: Authority, signature: bytes, at: datetime, knobs: TimestampKnobs
) -> bytes:
    message = signature if knobs.message is None else knobs.message
    digest = hashlib.sha256(message).digest()
    return tsa.respond(authority, digest, knobs.at or at, embed=knobs.embed)
