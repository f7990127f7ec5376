"""Who is believed, and what was proven about who signed."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.frozen import frozen


@frozen
class Match:
    """A value that must be met exactly, or a pattern that must match the whole of it."""

    text: str
    is_pattern: bool = False


@frozen
class Require:
    """How much proof of time and publicity a signature must bring (``require``)."""

    tlog: int
    sct: int
    timestamp: int


CERTIFICATE_DEFAULTS = Require(tlog=1, sct=1, timestamp=1)
KEY_DEFAULTS = Require(tlog=0, sct=0, timestamp=0)
GITHUB_DEFAULTS = Require(tlog=0, sct=0, timestamp=1)
"""GitHub's own instance has neither a transparency log nor certificate transparency."""


@frozen
class CertificateSigner:
    """A workload or person that a certificate authority of ``root`` has vouched for."""

    name: str
    root: str
    identity: Match
    issuer: Match | None
    claims: Mapping[str, str] = field(default_factory=dict)
    require: Require = CERTIFICATE_DEFAULTS


@frozen
class KeySigner:
    """The holder of one public key (PEM SubjectPublicKeyInfo), inside its window."""

    name: str
    pem: bytes
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    root: str | None = None
    require: Require = KEY_DEFAULTS


Signer = CertificateSigner | KeySigner


@frozen
class Threshold:
    """A signer that is several: ``least`` of the signers ``of``, over identical payload bytes.

    Principals are counted, each for one name: a key, or an issuer with an identity. So one key
    under two names is one, and so is one identity with two certificates.
    """

    name: str
    least: int
    of: tuple[str, ...]


@frozen
class Trust:
    """Everything that decides whom to believe: no trust lives outside this value.

    ``roots`` maps a name to the bytes of a Sigstore ``trusted_root.json``. ``thresholds`` are
    signers by name too; those that they count are all in ``signers``.
    """

    roots: Mapping[str, bytes]
    signers: Mapping[str, Signer]
    revoked: frozenset[Digest] = frozenset()
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)


class Method(enum.StrEnum):
    """How trust in a payload was established. A pin is never shown as a signature."""

    ENVELOPE = "dsse"
    MESSAGE = "message-signature"
    PIN = "pin"


@frozen
class Signatory:
    """One proven principal, and the signer of the plan (``name``) that it fills.

    ``key`` is the SHA-256 of the DER SubjectPublicKeyInfo; ``claims`` are the Fulcio certificate
    extensions by their documented names (sigstore/fulcio, docs/oid-info.md).
    """

    name: str
    key: Digest
    issuer: str | None = None
    identity: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)

    @property
    def principal(self) -> tuple[str, ...]:
        """Who this is, whatever it is called: a key, or an issuer with an identity."""
        if self.identity is None:
            return (str(self.key),)
        return (self.issuer or "", self.identity)


@frozen
class ProvenTime:
    """A time that a trusted third party has signed: ``source`` is ``tlog`` or ``tsa``."""

    source: str
    time: datetime
    authority: str


@frozen
class LogEntry:
    """A proven entry of a transparency log."""

    log: str
    index: int
    kind: str
    integrated_at: datetime | None


@frozen
class Step:
    """One rung of the ladder: what was checked, what it had to be, what it was."""

    check: str
    expected: str
    seen: str


@frozen
class Verified:
    """A payload that somebody vouched for. Only ``attest.verify`` makes one.

    ``payload`` holds the exact bytes that were signed or pinned; ``payload_type`` is the DSSE
    payload type, or the media type of the artifact for a message signature or a pin. For a message
    signature ``signed`` is the digest of the message, and ``payload`` is empty when only the digest
    was at hand. ``naming`` is the digest of the signed document where that only names ``signed``,
    as a simple signing payload does. ``not_before`` is the certificate's. ``root`` is the digest of
    the trust root used.
    """

    artifact: Artifact
    method: Method
    payload: bytes = field(repr=False)
    payload_type: str
    signed: Digest
    signers: tuple[Signatory, ...] = ()
    times: tuple[ProvenTime, ...] = ()
    log_entries: tuple[LogEntry, ...] = ()
    not_before: datetime | None = None
    root: Digest | None = None
    steps: tuple[Step, ...] = ()
    naming: Digest | None = None
