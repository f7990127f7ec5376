"""What the tests of the stage share: one private Sigstore and short ways to ask the verifier."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from attest.errors import VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import (
    KEY_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signer,
    Trust,
    Verified,
)
from attest.testing import IDENTITY, ISSUER, KeyPair, PrivateSigstore, statement
from attest.verify import Verifier

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AT = NOW + timedelta(days=1)
SECOND = timedelta(seconds=1)
BOX = PrivateSigstore(NOW)
OTHER_BOX = PrivateSigstore(NOW, seed="somebody else")
ROOT = BOX.trusted_root()
STATEMENT = statement({"app": b"app"}, "https://example.test/predicate", {"answer": 42})
BLOB = b"the released artifact\n"
CI = CertificateSigner("ci", "box", Match(IDENTITY), Match(ISSUER))


def file(content: bytes, media_type: str = "") -> Artifact:
    """Wrap bytes as a fetched file."""
    return Artifact.of(Reference("file", "bundle.json"), content, media_type)


def key_signer(
    pair: KeyPair,
    name: str = "release",
    *,
    root: str | None = None,
    require: Require = KEY_DEFAULTS,
) -> KeySigner:
    """Return the plan's signer for a managed key."""
    return KeySigner(name, pair.public_pem, root=root, require=require)


def verifier(
    *signers: Signer, root: bytes = ROOT, at: datetime = AT, revoked: Iterable[Digest] = ()
) -> Verifier:
    """Return a verifier that knows one trust root, called ``box``."""
    named = {signer.name: signer for signer in signers}
    return Verifier(Trust({"box": root}, named, frozenset(revoked)), at)


def verify(
    bundle: bytes,
    *signers: Signer,
    messages: Iterable[Artifact | Digest] = (),
    root: bytes = ROOT,
    at: datetime = AT,
    revoked: Iterable[Digest] = (),
) -> Verified:
    """Verify ``bundle`` for ``signers``, by default the one of continuous integration."""
    asked = verifier(*(signers or (CI,)), root=root, at=at, revoked=revoked)
    return asked.bundle(file(bundle), list(messages))


def refused(
    bundle: bytes,
    *signers: Signer,
    messages: Iterable[Artifact | Digest] = (),
    root: bytes = ROOT,
    at: datetime = AT,
    revoked: Iterable[Digest] = (),
) -> VerificationError:
    """Return the refusal that ``bundle`` meets."""
    with pytest.raises(VerificationError) as caught:
        verify(bundle, *signers, messages=messages, root=root, at=at, revoked=revoked)
    assert caught.value.exit_code == 4
    return caught.value
