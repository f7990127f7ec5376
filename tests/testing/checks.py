"""Two independent verifiers: sigstore-python, and attest's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier as SigstoreVerifier
from sigstore.verify.policy import Identity

from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    KEY_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Trust,
    Verified,
)
from attest.testing import IDENTITY, ISSUER, KeyPair, PrivateSigstore
from attest.verify import Verifier

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def artifact(content: bytes) -> Artifact:
    """Wrap bytes as if they came from a file."""
    return Artifact(Reference.parse("bundle.json"), "", content, Digest.of(content))


def verified(
    box: PrivateSigstore,
    bundle: bytes,
    *,
    message: bytes | None = None,
    key: KeyPair | None = None,
    root: bytes | None = None,
    require: Require | None = None,
) -> Verified:
    """Verify with attest, as of a day after the box's time."""
    at = box.now.replace(day=box.now.day + 1)
    roots = {"box": root or box.trusted_root()}
    signer: CertificateSigner | KeySigner = (
        CertificateSigner(
            "ci",
            "box",
            Match(IDENTITY),
            Match(ISSUER),
            require=require or CERTIFICATE_DEFAULTS,
        )
        if key is None
        else KeySigner("key", key.public_pem, root="box", require=require or KEY_DEFAULTS)
    )
    messages: Sequence[Artifact] = [] if message is None else [artifact(message)]
    return Verifier(Trust(roots, {signer.name: signer}), at).bundle(artifact(bundle), messages)


def sigstore_accepts(
    box: PrivateSigstore, bundle: bytes, folder: Path, *, message: bytes | None = None
) -> bytes | None:
    """Verify with sigstore-python; return an envelope's payload, raise what it raises."""
    path = folder / "trusted_root.json"
    path.write_bytes(box.trusted_root())
    verifier = SigstoreVerifier(trusted_root=TrustedRoot.from_file(str(path)))
    parsed, policy = Bundle.from_json(bundle), Identity(identity=IDENTITY, issuer=ISSUER)
    if message is not None:
        verifier.verify_artifact(message, parsed, policy)
        return None
    return verifier.verify_dsse(parsed, policy)[1]
