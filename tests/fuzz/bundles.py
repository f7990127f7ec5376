"""Fuzzing signatures: ``python -m tests.fuzz.bundles --count 200000``.

Every form that is read, changed anywhere inside. A case breaks something when it is accepted and
says something else than the original does (or than the other original whose parts it was given),
when anything but a refusal of our own is raised, when it takes longer than `SLOWEST` seconds of
processor time, or when memory grows.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from attest.errors import AttestError
from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Trust,
    Verified,
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
from attest.testing.forms import blob_bundle, pypi_attestation
from attest.verification import IN_MEMORY, check
from attest.verify import Verifier
from tests.fuzz import encodings, runner
from tests.verify.setting import AT, NOW

COMMAND = "tests.fuzz.bundles"
SLOWEST = 5.0
GROWTH = 32 << 10
"""KiB by which memory may grow after the first hundred cases of each target."""

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors/sigstore-conformance.json"
BOX = PrivateSigstore(NOW)
APP = b"the released artifact\n"
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
LATER = AT.replace(year=2027)
"""When the public cases are verified: after all of them were signed."""

_TRIED = 100

Said = tuple[Any, ...]


@dataclass(frozen=True)
class Seed:
    """A signature that verifies, what it is about, and who asks."""

    name: str
    content: bytes
    subject: Artifact | Digest
    verifier: Verifier


class ChangedError(AssertionError):
    """An accepted case that says what no original said."""


def said(seed: Seed, content: bytes) -> Verified:
    """Return what ``content`` proves about the subject of ``seed``; raise the refusal."""
    return check(Artifact.of(IN_MEMORY, content), [seed.subject], seed.verifier).verified


def signers(verified: Verified) -> set[Said]:
    """Return who signed, with all that is known of each."""
    return {
        (one.name, one.issuer, one.identity, tuple(sorted(one.claims.items())), one.key)
        for one in verified.signers
    }


def meaning(verified: Verified) -> Said:
    """Return what was signed, and as what."""
    return (verified.method, verified.payload, verified.payload_type, verified.signed)


def indexes(content: bytes) -> set[int]:
    """Return every log index that a seed states: of its entries, and of their proofs."""
    found = encodings.places(json.loads(content))
    return {int(box[key]) for box, key in found if key == "logIndex"}


def same(verified: Verified, seed: Seed) -> bool:
    """Tell whether ``verified`` says no more than the seed does.

    One of several signatures, timestamps, promises or log entries may be left out; none may be
    another. Where the signer is a certificate, some time must remain proven.
    """
    known = original(seed)
    timeless = all(signer.identity is None for signer in verified.signers)
    logged = {(one.log, one.kind) for one in known.log_entries}
    return (
        meaning(verified) == meaning(known)
        and set() < signers(verified) <= signers(known)
        and set(verified.times) <= set(known.times)
        and (timeless or bool(verified.times) == bool(known.times))
        and {(one.log, one.kind) for one in verified.log_entries} <= logged
        and {one.index for one in verified.log_entries} <= indexes(seed.content)
    )


def attempt(seed: Seed, others: Sequence[Seed], source: random.Random) -> str:
    """Change the seed and verify it; return the code, or ``accepted``."""
    donor = source.choice(others) if source.random() < 0.2 else None
    content = encodings.change(seed.content, source, None if donor is None else donor.content)
    began = time.process_time()
    try:
        verified = said(seed, content)
        outcome = "accepted"
    except AttestError as refusal:
        verified, outcome = None, refusal.code
    took = time.process_time() - began
    if took > SLOWEST:
        raise ChangedError(f"it took {took:.1f} s")
    originals = [seed] if donor is None else [seed, donor]
    if verified is not None and not any(same(verified, one) for one in originals):
        found = (*meaning(verified), signers(verified), verified.times)
        raise ChangedError(f"accepted, and says {found}")
    return outcome


@cache
def _originals() -> dict[str, Verified]:
    return {}


def original(seed: Seed) -> Verified:
    """Return what the seed itself proves."""
    known = _originals()
    if seed.name not in known:
        known[seed.name] = said(seed, seed.content)
    return known[seed.name]


# Seeds


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
    return [*found, Seed("timestamp alone", alone, _artifact(APP), timestamps)]


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


@contextmanager
def targets() -> Iterator[Sequence[runner.Target]]:
    """Yield a target for each seed, of our own and of the public ones."""
    own, public = made(), vectors()
    yield [
        *(_target(seed, own) for seed in own),
        *(_target(seed, public) for seed in public),
    ]


def _target(seed: Seed, family: Sequence[Seed]) -> runner.Target:
    others = [one for one in family if one.verifier is seed.verifier]
    peaks: list[int] = []

    def tries(source: random.Random) -> str:
        outcome = attempt(seed, others, source)
        if len(peaks) < _TRIED:
            peaks.append(memory())
        elif memory() > peaks[-1] + GROWTH:
            raise ChangedError(f"memory has grown from {peaks[-1]:,} to {memory():,} KiB")
        return outcome

    return runner.Target(seed.name, tries)


def memory() -> int:
    """Return the most memory that this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(runner.main(COMMAND, targets))
