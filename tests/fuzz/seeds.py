"""What is fuzzed: signatures that verify, in each form that is read, of our own and public ones."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, CosignAnnotations, Form
from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Trust,
)
from attest.testing import (
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    LogKnobs,
    PrivateSigstore,
    sign_envelope,
    statement,
)
from attest.testing.forms import (
    blob_bundle,
    cosign_parts,
    envelope_layer,
    pypi_attestation,
    simple_signing,
)
from attest.verification import IN_MEMORY, Item
from attest.verify import Verifier
from tests.verify.setting import AT, NOW

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors/sigstore-conformance.json"
BOX = PrivateSigstore(NOW)
APP = b"the released artifact\n"
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
LATER = AT.replace(year=2027)
"""When the public cases are verified: after all of them were signed."""

_ANNOTATIONS = ("signature", "certificate", "chain", "bundle", "timestamp")


@dataclass(frozen=True)
class Seed:
    """A signature that verifies, what it is about, and who asks.

    ``form`` is that of cosign's parts beside an image; ``content`` then holds them as JSON.
    """

    name: str
    content: bytes
    subject: Artifact | Digest
    verifier: Verifier
    form: Form = Form.BUNDLE


def read(seed: Seed, content: bytes) -> Item:
    """Return ``content`` as what is verified for the seed's form."""
    if seed.form is Form.BUNDLE:
        return Artifact.of(IN_MEMORY, content)
    return _parts(seed.form, content)


def _parts(form: Form, content: bytes) -> Attachment:
    """Read a layer and its annotations; what is no text there is none."""
    try:
        document = json.loads(content)
        layer = base64.b64decode(document["layer"])
        texts = {name: document.get(name) for name in _ANNOTATIONS}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Attachment(form, Artifact.of(IN_MEMORY, content), CosignAnnotations())
    texts = {name: text if isinstance(text, str) else None for name, text in texts.items()}
    return Attachment(form, Artifact.of(IN_MEMORY, layer), CosignAnnotations(**texts))


def _with_layer(layer: bytes, parts: CosignAnnotations) -> bytes:
    document = {name: getattr(parts, name) for name in _ANNOTATIONS}
    return json.dumps({"layer": base64.b64encode(layer).decode(), **document}).encode()


def _trust(*keys: tuple[str, bytes], require: Require = CERTIFICATE_DEFAULTS) -> Trust:
    ci = CertificateSigner("ci", "box", Match(IDENTITY), Match(ISSUER), {}, require)
    managed = {name: KeySigner(name, pem) for name, pem in keys}
    return Trust({"box": BOX.trusted_root()}, {"ci": ci, **managed})


def _verifier(**options: Any) -> Verifier:
    pairs = [BOX.key_pair(f"fuzz {kind.value}", kind) for kind in KeyType]
    keys = [(kind.value, pair.public_pem) for kind, pair in zip(KeyType, pairs, strict=True)]
    return Verifier(_trust(*keys, **options), AT)


def _artifact(content: bytes) -> Artifact:
    return Artifact.of(Reference("file", "app"), content)


def made() -> list[Seed]:
    """Return seeds of the private Sigstore: each form, log, key type and proof."""
    strict, timestamps = _verifier(), _verifier(require=Require(tlog=0, sct=1, timestamp=1))
    about = statement({"app": APP}, "https://example.test/predicate", {"answer": 42})
    v2 = BundleKnobs(log=LogKnobs(version=2))
    signed = {
        "statement, v1 log": BOX.sign_statement(about),
        "statement, v2 log": BOX.sign_statement(about, knobs=v2),
        "file, v1 log": BOX.sign_blob(APP, timestamp=False),
        "file, v2 log": BOX.sign_blob(APP, knobs=v2),
        "promise alone": BOX.sign_blob(
            APP, timestamp=False, knobs=BundleKnobs(media_type=V01, log=LogKnobs(proof=False))
        ),
        "blob bundle": blob_bundle(BOX.sign_blob(APP, timestamp=False)),
        "index attestation": pypi_attestation(BOX.sign_statement(about, timestamp=False)),
    }
    for kind in (KeyType.P384, KeyType.RSA2048, KeyType.ED25519):
        knobs = BundleKnobs(certificate=CertificateKnobs(key_type=kind))
        signed[f"statement, {kind.value}"] = BOX.sign_statement(about, knobs=knobs)
    for kind in KeyType:
        pair = BOX.key_pair(f"fuzz {kind.value}", kind)
        signed[f"key, {kind.value}"] = BOX.sign_blob(APP, key=pair, timestamp=False)
    pairs = [BOX.key_pair(f"fuzz {kind.value}", kind) for kind in (KeyType.P256, KeyType.P384)]
    signed["envelope"] = sign_envelope(about, *pairs)
    alone = BOX.sign_statement(about, tlog=False)
    found = [Seed(name, content, _artifact(APP), strict) for name, content in signed.items()]
    return [*found, Seed("timestamp alone", alone, _artifact(APP), timestamps), *_beside(strict)]


def _beside(verifier: Verifier) -> list[Seed]:
    """Return what cosign wrote beside images before version 3: a signature and an attestation."""
    image = _artifact(APP)
    payload = simple_signing(str(image.digest))
    parts = cosign_parts(BOX.sign_blob(payload))
    signature = _with_layer(payload, parts)
    about = statement({"app": APP}, "https://example.test/predicate", {})
    old = BundleKnobs(log=LogKnobs(intoto=True))
    bundle = BOX.sign_statement(about, knobs=old, timestamp=False)
    attestation = _with_layer(envelope_layer(bundle), cosign_parts(bundle))
    return [
        Seed("image signature", signature, image, verifier, Form.COSIGN_SIGNATURE),
        Seed("image attestation", attestation, image, verifier, Form.COSIGN_ATTESTATION),
    ]


def vectors() -> list[Seed]:
    """Return the public cases that pass, where they are beside the repository."""
    if not VECTORS.exists():
        return []
    cases = strict_json.parse(VECTORS.read_bytes())
    return [_vector(case) for case in cases if case["expect"] == "pass"]


def _vector(case: dict[str, Any]) -> Seed:
    folder = VECTORS.parent
    signer: KeySigner | CertificateSigner
    if "key" in case:
        signer = KeySigner("signer", (folder / case["key"]).read_bytes(), root="root")
    else:
        identity, issuer = Match(case["identity"]), Match(case["issuer"])
        signer = CertificateSigner("signer", "root", identity, issuer)
    trust = Trust({"root": (folder / case["trusted_root"]).read_bytes()}, {"signer": signer})
    subject = _artifact((folder / case["artifact"]).read_bytes())
    content = (folder / case["bundle"]).read_bytes()
    return Seed(case["id"], content, subject, Verifier(trust, LATER))
