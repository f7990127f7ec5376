"""Images in real registries, signed and attested by real cosign, decided by the gate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from attest import api
from attest.author.layout import Layout
from attest.config import Overrides, load_plan
from attest.model.digest import Digest
from attest.report import Options
from attest.report.json import document
from attest.testing import statement
from fixtures.making.beside import COSIGN_SIGN, image
from fixtures.making.world import box
from tests.cli.command import attest
from tests.e2e.registries import COSIGN, Repository
from tests.gate import LATER, Gate, refusals

FIXTURES = Path(__file__).parents[2] / "fixtures"
PREDICATE = "https://example.org/reviewed/v1"
OFFLINE = ("--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "-y")

pytestmark = pytest.mark.registry

with_cosign = pytest.mark.skipif(
    COSIGN is None,
    reason="cosign is not on PATH: go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
)


class Signer:
    """A key pair of cosign's, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "predicate.json").write_text('{"reviewed": true}')
        self._cosign("generate-key-pair")

    @property
    def public(self) -> bytes:
        """The public key, PEM."""
        return (self.folder / "cosign.pub").read_bytes()

    def sign(self, image: str, *flags: str) -> None:
        """Sign an image and attest something about it."""
        self._cosign("sign", "--key", "cosign.key", *OFFLINE, *flags, image)
        about = ("--type", PREDICATE, "--predicate", "predicate.json")
        self._cosign("attest", "--key", "cosign.key", *about, *OFFLINE, *flags, image)

    def save(self, image: str, folder: Path) -> None:
        """Save an image with its signatures as a layout."""
        folder.mkdir()
        self._cosign("save", "--allow-http-registry", "--dir", str(folder), image)

    def verify(self, image: str, key: bytes) -> subprocess.CompletedProcess[str]:
        """Let cosign verify an image, by keys alone."""
        (self.folder / "other.pub").write_bytes(key)
        flags = ("--insecure-ignore-tlog", "--allow-http-registry")
        return self._run("verify", "--key", "other.pub", *flags, image)

    def _cosign(self, *words: str) -> None:
        ran = self._run(*words)
        assert ran.returncode == 0, ran.stderr

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(COSIGN), *words],
            cwd=self.folder,
            env={"PATH": os.defpath, "HOME": str(self.folder), "COSIGN_PASSWORD": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "signer")


def pushed(repository: Repository, folder: Path) -> Digest:
    made = Layout()
    digest = image(made)
    made.write(folder / "pushed")
    repository.push(folder / "pushed")
    return digest


def gate_about(folder: Path, subject: str, *keys: bytes) -> Gate:
    """Return a gate that requires a signature and an attestation by one of ``keys``."""
    gate = Gate(folder)
    gate.plan["subjects"] = [subject]
    gate.plan["evidence"]["sources"] = ["oci:referrers"]
    for number, key in enumerate(keys):
        name = f"signer-{number}"
        gate.case.files[f"trust/{name}.pub"] = key
        pin = Digest.of(key).value
        gate.plan["trust"]["signers"][name] = {"key": {"path": f"trust/{name}.pub", "sha256": pin}}
        gate.accept(name, kinds=["SIGNATURE"])
        gate.accept(name, predicate_types=[PREDICATE])
    gate.require("SIGNATURE")
    gate.plan["evidence"]["required"].append({"predicate_type": PREDICATE})
    return gate


@with_cosign
@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["v3", "before-v3"])
def test_what_cosign_signs_and_attests_is_discovered_and_believed(
    repository: Repository, signer: Signer, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    digest = pushed(repository, tmp_path)
    signer.sign(f"{repository.name}@{digest}", *flags)
    report = gate_about(tmp_path, repository.reference(digest), signer.public).run()
    assert report.exit_code == 0, report.reason
    found = {line.kind: line for line in report.evidence}
    assert found.keys() == {"SIGNATURE", "UNKNOWN"}
    assert found["UNKNOWN"].predicate_type == PREDICATE
    assert {line.trust.status for line in report.evidence} == {"verified"}


@with_cosign
@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["v3", "before-v3"])
def test_what_a_stranger_signs_with_cosign_is_refused_and_listed(
    repository: Repository, signer: Signer, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    digest = pushed(repository, tmp_path)
    signer.sign(f"{repository.name}@{digest}", *flags)
    other = Signer(tmp_path / "other")
    report = gate_about(tmp_path, repository.reference(digest), other.public).run()
    assert (report.exit_code, report.reason.code) == (4, "REQUIRED_REFUSED")
    assert len(refusals(report)) == 2
    assert not any(line.blocks for line in report.evidence)
    other.sign(f"{repository.name}@{digest}", *flags)
    report = gate_about(tmp_path, repository.reference(digest), other.public).run()
    assert report.exit_code == 0, report.reason


@with_cosign
@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["v3", "before-v3"])
def test_verify_finds_it_beside_the_image(
    repository: Repository, signer: Signer, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    subject = repository.reference(pushed(repository, tmp_path))
    words = ("verify", "--key", signer.folder / "cosign.pub", "-o", "json")
    assert attest(*words, subject).document["code"] == "SIGNATURE_MISSING"
    signer.sign(subject.removeprefix("oci:"), *flags)
    ran = attest(*words, subject)
    assert (ran.code, ran.document["verified"]) == (0, True)
    assert attest(*words, "--predicate-type", PREDICATE, subject).code == 0
    refused = attest(*words, "--offline", subject)
    assert refused.code == 5
    assert "OFFLINE" in refused.err


@with_cosign
def test_cosign_accepts_what_is_signed_here(
    repository: Repository, signer: Signer, tmp_path: Path
) -> None:
    made, pair = Layout(), box.key_pair("release")
    digest = image(made)
    said = statement({repository.name: made.blob(digest)}, COSIGN_SIGN, {})
    made.attach(digest, box.sign_statement(said, key=pair, tlog=False, timestamp=False))
    made.write(tmp_path / "pushed")
    repository.push(tmp_path / "pushed")
    ran = signer.verify(f"{repository.name}@{digest}", pair.public_pem)
    assert ran.returncode == 0, ran.stderr
    assert str(digest) in ran.stdout
    assert signer.verify(f"{repository.name}@{digest}", signer.public).returncode != 0


@with_cosign
def test_what_cosign_saves_is_a_source_too(
    repository: Repository, signer: Signer, tmp_path: Path
) -> None:
    """`cosign save` keeps what stands under its own tags, and leaves referrers behind."""
    digest = pushed(repository, tmp_path)
    signer.sign(f"{repository.name}@{digest}", "--new-bundle-format=false")
    gate = gate_about(tmp_path, f"oci-layout:image@{digest}", signer.public)
    folder = gate.write().parent
    signer.save(f"{repository.name}@{digest}", folder / "image")
    gate.write = lambda: folder / "attest.yaml"  # type: ignore[method-assign]
    report = gate.run()
    assert report.exit_code == 0, report.reason
    assert len(report.evidence) == 2


def test_nothing_attached_is_believed_of_a_real_registry(
    repository: Repository, tmp_path: Path
) -> None:
    digest = pushed(repository, tmp_path)
    gate = Gate(tmp_path)
    gate.plan["subjects"] = [repository.reference(digest)]
    gate.plan["evidence"]["sources"] = ["oci:referrers"]
    gate.require()
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "REQUIRED_MISSING")
    assert [line.trust.code for line in report.evidence] == ["NOTHING_ATTACHED"]


@pytest.mark.parametrize("case", ["image-with-referrers", "image-with-stranger"])
def test_a_registry_gives_the_report_that_the_layout_gives(
    repository: Repository, tmp_path: Path, case: str
) -> None:
    folder = tmp_path / case
    shutil.copytree(FIXTURES / case, folder)
    repository.push(folder / "image")
    from_layout = decided(folder)
    plan = folder / "attest.yaml"
    plan.write_text(plan.read_text().replace("oci-layout:image@", f"oci:{repository.name}@"))
    from_registry = decided(folder)
    text = json.dumps(from_registry).replace(f"oci:{repository.name}@", "oci-layout:image@")
    assert json.loads(text) == from_layout


def decided(folder: Path) -> dict[str, Any]:
    """Run the gate in a folder; return its report without the plan's digest."""
    report = api.run(load_plan(str(folder / "attest.yaml"), Overrides(now=LATER)))
    assert report.exit_code == 0, report.reason
    found = document(report, Options(reproducible=True))
    del found["plan"]
    return found
