"""Signed certificate timestamps: that the certificate was logged before anybody used it."""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.certificate_transparency import LogEntryType, SignedCertificateTimestamp

from attest.errors import VerificationError
from attest.verify.certificate import Leaf
from attest.verify.envelope import Signed
from attest.verify.keys import BadSignatureError, check_signature
from attest.verify.root import Log, TrustRoot
from attest.verify.window import Window, rfc3339

SKEW = timedelta(hours=1)
"""How far the clocks of a certificate authority and a certificate log may differ."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_scts(leaf: Leaf, issuer: x509.Certificate, root: TrustRoot) -> tuple[Log, ...]:
    """Return the distinct logs of ``root`` that have logged ``leaf`` (RFC 6962 §3.2).

    Timestamps by other logs are passed over. One that claims a log of ``root`` and does not verify
    raises SCT_INVALID.
    """
    logs = {}
    for sct in leaf.scts:
        log = root.ct_logs.get(sct.log_id)
        if log is not None:
            _check(sct, log, leaf, issuer)
            logs[log.id] = log
    return tuple(logs.values())


def _check(sct: SignedCertificateTimestamp, log: Log, leaf: Leaf, issuer: x509.Certificate) -> None:
    time = sct.timestamp.replace(tzinfo=UTC)
    try:
        if sct.entry_type is not LogEntryType.PRE_CERTIFICATE:
            raise BadSignatureError("it is not about a precertificate")  # one handler names the log
        check_signature(log.key, sct.signature, Signed(_signed_data(sct, time, leaf, issuer)))
    except ValueError as error:
        raise VerificationError(
            "SCT_INVALID", f"the certificate timestamp by {log.origin} is not valid: {error}"
        ) from None
    if time not in log.window:
        raise VerificationError(
            "SCT_INVALID",
            f"certificate log {log.origin} is trusted {log.window}; it logged {rfc3339(time)}",
        )
    if time not in _around(leaf.window):
        raise VerificationError(
            "SCT_INVALID",
            f"the certificate is valid {leaf.window}; it was logged {rfc3339(time)}",
        )


def _around(window: Window) -> Window:
    start, end = window.start, window.end
    return Window(start and start - SKEW, end and end + SKEW)


def _signed_data(
    sct: SignedCertificateTimestamp, time: datetime, leaf: Leaf, issuer: x509.Certificate
) -> bytes:
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    precertificate = leaf.certificate.tbs_precertificate_bytes
    milliseconds = (time - _EPOCH) // timedelta(milliseconds=1)
    return b"".join(
        (
            struct.pack("!BBQH", 0, 0, milliseconds, 1),  # v1, timestamp, precert_entry
            hashlib.sha256(key).digest(),
            len(precertificate).to_bytes(3, "big"),
            precertificate,
            struct.pack("!H", len(sct.extension_bytes)),
            sct.extension_bytes,
        )
    )
