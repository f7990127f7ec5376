"""A private Sigstore in memory: everything that issues, logs and stamps, from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attest.signing.bundle import STATEMENT_TYPE, canonical, envelope
from attest.testing import assemble, entries, fulcio, root
from attest.testing.assemble import BundleKnobs, Witnesses
from attest.testing.authority import (
    Authority,
    Window,
    certificate_authority,
    timestamp_authority,
    years_around,
)
from attest.testing.ct import CtLog
from attest.testing.fulcio import CertificateKnobs, Credential, Holder
from attest.testing.keys import KeyPair, KeyType, derive
from attest.testing.log import TransparencyLog
from attest.testing.root import Members, RootKnobs

IDENTITY = "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"

_ROOT = RootKnobs()
_CERTIFICATE = CertificateKnobs()
_BUNDLE = BundleKnobs()


class PrivateSigstore:
    """A certificate authority, a CT log, Rekor v1 and v2 logs and a timestamp authority.

    ``now`` (with a time zone, cut to whole seconds) is the time of all that is signed without
    another; every authority is valid from a year before it to ten years after. ``seed`` decides
    every key: boxes with different seeds do not trust each other. Nothing here has state, a clock
    or randomness: the same call gives the same bytes, whatever was called before it.
    """

    def __init__(self, now: datetime, *, seed: str = "attest") -> None:
        self.now = _whole_seconds(now)
        self.seed = seed
        window = years_around(self.now)
        self.authority: Authority = certificate_authority(seed, "fulcio", window)
        self.timestamp_authority: Authority = timestamp_authority(seed, "tsa", window)
        self.ct_log = CtLog(derive(seed, "ct log"))
        self.log = TransparencyLog(
            derive(seed, "rekor"), "rekor.attest.test", "rekor.attest.test - 42", 1
        )
        self.log_v2 = TransparencyLog(
            derive(seed, "rekor v2", KeyType.ED25519), "log2.attest.test", "log2.attest.test", 2
        )

    def trusted_root(self, knobs: RootKnobs = _ROOT) -> bytes:
        """Return this Sigstore's ``trusted_root.json``, as canonical JSON."""
        members = Members(
            self.authority,
            self.ct_log,
            (self.log, self.log_v2),
            self.timestamp_authority,
            Window(years_around(self.now)[0]),
        )
        return root.write(members, knobs)

    def key_pair(self, name: str, kind: KeyType = KeyType.P256) -> KeyPair:
        """Return the managed key called ``name``."""
        return KeyPair.of(derive(self.seed, f"managed {name}", kind))

    def certificate(
        self,
        identity: str = IDENTITY,
        issuer: str = ISSUER,
        *,
        at: datetime | None = None,
        lifetime: timedelta = fulcio.LIFETIME,
        claims: Mapping[str, str] | None = None,
        knobs: CertificateKnobs = _CERTIFICATE,
    ) -> Credential:
        """Return a private key and its certificate, valid from ``at`` for ``lifetime``.

        ``claims`` are Fulcio's extensions by the names in `attest.testing.CLAIMS`.
        """
        start = _whole_seconds(at or self.now)
        key = derive(self.seed, f"{identity}\0{issuer}\0{start}", knobs.key_type)
        certificate = fulcio.issue(
            Holder(identity, issuer, claims or {}),
            key.public_key(),
            (start, start + lifetime),
            knobs.authority or self.authority,
            knobs.ct_log or self.ct_log,
            knobs,
        )
        return Credential(key, certificate)

    def sign_statement(  # noqa: PLR0913  # keywords read better in a test than one more object
        self,
        statement: bytes | Mapping[str, object],
        *,
        identity: str = IDENTITY,
        issuer: str = ISSUER,
        at: datetime | None = None,
        tlog: bool = True,
        timestamp: bool = True,
        key: KeyPair | Credential | None = None,
        payload_type: str = STATEMENT_TYPE,
        knobs: BundleKnobs = _BUNDLE,
    ) -> bytes:
        """Return a Sigstore bundle (JSON) with a DSSE envelope around ``statement``.

        The signer is a new certificate for ``identity`` and ``issuer``, issued at ``at``; or the
        ``key`` given: a `Credential` has its certificate written, a `KeyPair` only a hint.
        ``tlog`` and ``timestamp`` say whether the signature is logged and stamped, both at ``at``.
        """
        payload = statement if isinstance(statement, bytes) else canonical(statement)
        signing = self._signing(identity, issuer, at, key, knobs)
        return assemble.envelope_bundle(
            envelope(payload, payload_type, signing.key),
            signing,
            self._witnesses(at, knobs, tlog=tlog, timestamp=timestamp),
            knobs,
        )

    def sign_blob(
        self,
        content: bytes,
        *,
        identity: str = IDENTITY,
        issuer: str = ISSUER,
        at: datetime | None = None,
        tlog: bool = True,
        timestamp: bool = True,
        key: KeyPair | Credential | None = None,
        knobs: BundleKnobs = _BUNDLE,
    ) -> bytes:
        """Return a Sigstore bundle (JSON) with a message signature over ``content``.

        The arguments are those of `sign_statement`.
        """
        signing = self._signing(identity, issuer, at, key, knobs)
        witnesses = self._witnesses(at, knobs, tlog=tlog, timestamp=timestamp)
        return assemble.message_bundle(content, signing, witnesses, knobs)

    def _signing(
        self,
        identity: str,
        issuer: str,
        at: datetime | None,
        key: KeyPair | Credential | None,
        knobs: BundleKnobs,
    ) -> entries.Signing:
        if isinstance(key, KeyPair):
            return entries.Signing(key.private, None)
        if key is None:
            key = self.certificate(identity, issuer, at=at, knobs=knobs.certificate)
        return entries.Signing(key.key, key.certificate)

    def _witnesses(
        self, at: datetime | None, knobs: BundleKnobs, *, tlog: bool, timestamp: bool
    ) -> Witnesses:
        own = {1: self.log, 2: self.log_v2}
        return Witnesses(
            (knobs.log.log or own[knobs.log.version]) if tlog else None,
            (knobs.timestamp.authority or self.timestamp_authority) if timestamp else None,
            _whole_seconds(at or self.now),
        )


def sign_envelope(payload: bytes, *keys: KeyPair, payload_type: str = STATEMENT_TYPE) -> bytes:
    """Return a bare DSSE envelope (JSON), signed by each of ``keys``."""
    return canonical(envelope(payload, payload_type, *(key.private for key in keys)))


def _whole_seconds(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when} has no time zone")
    return when.astimezone(UTC).replace(microsecond=0)
