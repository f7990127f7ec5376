"""Real cosign accepts what the box signs, and refuses what it should.

Ed25519 message signatures are left out: where a log is involved cosign expects Ed25519ph. With
``--key`` cosign takes SHA-256 for every curve, so that only P-256 agrees with the specification.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.signature import public_pem
from attest.testing import (
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    LogKnobs,
    PrivateSigstore,
    statement,
)
from attest.testing.forms import blob_bundle

COSIGN = shutil.which("cosign")
pytestmark = pytest.mark.skipif(
    COSIGN is None,
    reason="cosign is not on PATH: go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
)

BLOB = b"released\n"
PREDICATE = "https://example.org/predicate/v1"
STATEMENT = statement({"blob": BLOB}, PREDICATE, {"passed": True})
WHO = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER)
LOGGED = [KeyType.P256, KeyType.P384, KeyType.P521, KeyType.RSA2048]


def cosign(
    folder: Path, box: PrivateSigstore, command: str, bundle: bytes, *who: str
) -> subprocess.CompletedProcess[str]:
    (folder / "blob").write_bytes(BLOB)
    (folder / "bundle.json").write_bytes(bundle)
    (folder / "root.json").write_bytes(box.trusted_root())
    files = ("--bundle", "bundle.json", "--trusted-root", "root.json")
    kind = ("--type", PREDICATE) if command == "verify-blob-attestation" else ()
    return subprocess.run(
        [str(COSIGN), command, *files, *kind, *who, "blob"],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("kind", LOGGED)
@pytest.mark.parametrize("version", [1, 2])
def test_certificates(box: PrivateSigstore, kind: KeyType, version: int, tmp_path: Path) -> None:
    knobs = BundleKnobs(certificate=CertificateKnobs(key_type=kind), log=LogKnobs(version=version))
    blob = cosign(tmp_path, box, "verify-blob", box.sign_blob(BLOB, knobs=knobs), *WHO)
    assert blob.returncode == 0, blob.stderr
    bundle = box.sign_statement(STATEMENT, knobs=knobs)
    attestation = cosign(tmp_path, box, "verify-blob-attestation", bundle, *WHO)
    assert attestation.returncode == 0, attestation.stderr


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.RSA2048])
@pytest.mark.parametrize("tlog", [True, False])
def test_managed_keys(box: PrivateSigstore, kind: KeyType, tmp_path: Path, *, tlog: bool) -> None:
    pair = box.key_pair("release", kind)
    (tmp_path / "key.pub").write_bytes(pair.public_pem)
    who = ("--key", "key.pub", f"--insecure-ignore-tlog={str(not tlog).lower()}")
    bundle = box.sign_blob(BLOB, key=pair, tlog=tlog, timestamp=False)
    blob = cosign(tmp_path, box, "verify-blob", bundle, *who)
    assert blob.returncode == 0, blob.stderr
    bundle = box.sign_statement(STATEMENT, key=pair, tlog=tlog, timestamp=False)
    attestation = cosign(tmp_path, box, "verify-blob-attestation", bundle, *who)
    assert attestation.returncode == 0, attestation.stderr


def test_stranger_is_refused(box: PrivateSigstore, tmp_path: Path) -> None:
    stranger = PrivateSigstore(box.now, seed="stranger")
    refused = cosign(tmp_path, box, "verify-blob", stranger.sign_blob(BLOB), *WHO)
    assert refused.returncode != 0


def test_other_content_is_refused(box: PrivateSigstore, tmp_path: Path) -> None:
    refused = cosign(tmp_path, box, "verify-blob", box.sign_blob(b"other"), *WHO)
    assert refused.returncode != 0


@pytest.mark.parametrize("managed", [False, True])
def test_the_older_blob_bundle(box: PrivateSigstore, tmp_path: Path, *, managed: bool) -> None:
    """Its own format from before version 3, with the keys in the variables it had for them."""
    pair = box.key_pair("release")
    bundle = box.sign_blob(BLOB, key=pair if managed else None, timestamp=False)
    chain = (one.public_bytes(Encoding.PEM) for one in box.authority.chain)
    for name, content in {
        "blob": BLOB,
        "cosign.bundle": blob_bundle(bundle),
        "key.pub": pair.public_pem,
        "rekor.pub": public_pem(box.log.key.public_key()),
        "ct.pub": public_pem(box.ct_log.key.public_key()),
        "fulcio.pem": b"".join(chain),
    }.items():
        (tmp_path / name).write_bytes(content)
    who = ("--key", "key.pub") if managed else WHO
    older = ("--new-bundle-format=false", "--offline", "--bundle", "cosign.bundle")
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "SIGSTORE_REKOR_PUBLIC_KEY": "rekor.pub",
        "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": "ct.pub",
        "SIGSTORE_ROOT_FILE": "fulcio.pem",
    }
    ran = subprocess.run(
        [str(COSIGN), "verify-blob", *older, *who, "blob"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
