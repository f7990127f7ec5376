"""Policies and images published to real registries, copied, signed, and read back by others."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from attest.model.digest import Digest
from attest.testing import statement
from fixtures.making.world import box
from tests.cli.command import assert_refused, attest
from tests.docs.blocks import blocks
from tests.docs.session import Session
from tests.e2e.registries import COSIGN, KINDS, Repository, running
from tests.e2e.test_discovery import OFFLINE, PREDICATE, Signer, pushed, with_cosign
from tests.e2e.test_registry import DEMO
from tests.fetch.test_docker_registry import BINARY, HTPASSWD, start
from tests.gate import CLEAN, Gate

pytestmark = pytest.mark.registry


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key that attest signs with, and its public half beside it."""
    pair = box.key_pair("publisher")
    (tmp_path / "key.pub").write_bytes(pair.public_pem)
    path = tmp_path / "key.pem"
    path.write_bytes(pair.private_pem())
    return path


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "signer")


def policy(folder: Path) -> Path:
    """Write the source of a policy."""
    (folder / "rules").mkdir()
    (folder / "rules" / "p.rego").write_text("package p\n\nallow := true\n")
    return folder / "rules"


def bare(reference: str) -> str:
    """Return a reference as other tools write it."""
    place, _, digest = reference.removeprefix("oci:").rpartition("@")
    host, _, rest = place.partition("/")
    return f"{host}/{rest.partition(':')[0]}@{digest}"


def published(repository: Repository, folder: Path, *words: str) -> str:
    """Push a policy; return the reference that pins it."""
    ran = attest("policy", "push", policy(folder), f"oci:{repository.name}:v1", *words)
    assert ran.code == 0, ran
    return ran.out.strip()


def gate_with(folder: Path, source: str, public: Path) -> Gate:
    gate = Gate(folder)
    gate.evidence(CLEAN)
    content = public.read_bytes()
    gate.case.files["trust/publisher.pub"] = content
    gate.plan["trust"]["signers"]["publisher"] = {
        "key": {"path": "trust/publisher.pub", "sha256": Digest.of(content).value}
    }
    gate.plan["policies"] = [{"source": source, "signed_by": ["publisher"]}]
    return gate


def test_what_is_pushed_and_signed_judges_a_gate(
    repository: Repository, tmp_path: Path, key: Path
) -> None:
    source = published(repository, tmp_path, "--version", "1.4.0")
    gate = gate_with(tmp_path, source, key.with_suffix(".pub"))
    assert gate.run().reason.code == "POLICY_UNSIGNED"
    assert attest("policy", "sign", source, "--key", key).code == 0
    report = gate.run()
    assert report.exit_code == 0, report.reason
    assert [(line.source, line.version) for line in report.policies] == [(source, "1.4.0")]


def test_the_same_policy_has_the_same_digest_everywhere(
    repository: Repository, tmp_path: Path
) -> None:
    source = published(repository, tmp_path)
    again = attest("policy", "push", tmp_path / "rules", f"oci:{repository.name}-2")
    layout = attest("policy", "push", tmp_path / "rules", f"oci-layout:{tmp_path / 'layout'}:v1")
    digests = {ran.out.strip().rpartition("@")[2] for ran in (again, layout)}
    assert digests == {source.rpartition("@")[2]}


def test_a_ready_layout_is_published_with_its_signature(
    repository: Repository, tmp_path: Path, key: Path
) -> None:
    layout = f"oci-layout:{tmp_path / 'layout'}"
    made = attest("policy", "push", policy(tmp_path), f"{layout}:v1").out.strip()
    pinned = f"{layout}@{made.rpartition('@')[2]}"
    assert attest("policy", "sign", pinned, "--key", key).code == 0
    ran = attest("policy", "push", f"{layout}:v1", f"oci:{repository.name}:v1")
    assert ran.code == 0, ran
    report = gate_with(tmp_path, ran.out.strip(), key.with_suffix(".pub")).run()
    assert report.exit_code == 0, report.reason


def test_a_bundle_is_pulled_as_files_and_as_a_layout(
    repository: Repository, tmp_path: Path, key: Path
) -> None:
    source = published(repository, tmp_path)
    attest("policy", "sign", source, "--key", key)
    tagged = source.partition("@")[0]
    assert_refused(attest("policy", "pull", tagged, tmp_path / "out"), 2, "TAG_UNPINNED")
    ran = attest("policy", "pull", tagged, tmp_path / "out", "--allow-tag")
    assert (ran.code, ran.out.strip()) == (0, source)
    assert "not verified" in ran.err
    files = (tmp_path / "out").rglob("*")
    assert {path.name: path.read_bytes() for path in files} == {
        "p.rego": (tmp_path / "rules" / "p.rego").read_bytes()
    }
    assert_refused(attest("policy", "pull", source, tmp_path / "out"), 2, "OUTPUT_EXISTS")
    layout = tmp_path / "pulled"
    assert attest("policy", "pull", source, f"oci-layout:{layout}").code == 0
    pinned = f"oci-layout:{layout}@{source.rpartition('@')[2]}"
    report = gate_with(tmp_path, pinned, key.with_suffix(".pub")).run()
    assert report.exit_code == 0, report.reason


def test_a_moved_tag_is_seen_and_the_lock_holds(
    repository: Repository, tmp_path: Path, key: Path
) -> None:
    first = published(repository, tmp_path, "--version", "1.0.0")
    attest("policy", "sign", first, "--key", key)
    tagged = first.partition("@")[0]
    plan = gate_with(tmp_path, tagged, key.with_suffix(".pub")).write()
    assert attest("lock", "-c", plan).code == 0
    assert attest("lock", "-c", plan, "--check").code == 0
    (tmp_path / "rules" / "p.rego").write_text("package p\n\nallow := false\n")
    words = ("policy", "push", tmp_path / "rules", f"oci:{repository.name}:v1")
    second = attest(*words, "--version", "0.9.0").out.strip()
    attest("policy", "sign", second, "--key", key)
    checked = attest("lock", "-c", plan, "--check")
    assert_refused(checked, 4, "TAG_MOVED")
    assert second.rpartition("@")[2] in checked.err
    assert_refused(attest("lock", "-c", plan), 4, "POLICY_ROLLBACK")
    ran = attest("gate", "-c", plan, "-o", "json")
    assert (ran.code, ran.document["policies"][0]["source"]) == (0, first)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_fetched_once_decides_offline(
    kind: str, tmp_path: Path, store_folder: Path, key: Path
) -> None:
    """The registry is gone; the report is the same, and no socket is opened."""
    with running(kind, tmp_path) as host:
        source = published(Repository(f"{host}/team/p"), tmp_path)
        attest("policy", "sign", source, "--key", key)
        gate = gate_with(tmp_path, source, key.with_suffix(".pub"))
        gate.plan["allow_at"] = True
        at = ("--at", "2026-06-01T00:00:00Z")
        words = ("gate", "-c", gate.write(), "-o", "json", "--reproducible", *at)
        refused = attest(*words, "--offline")
        assert refused.document["reason"]["code"] == "OFFLINE"
        online = attest(*words)
        assert online.code == 0
    script = (
        "import socket, sys\n"
        "from pathlib import Path\n"
        "import attest.fetch.store as store\n"
        "from attest.cli import main\n"
        "store.store_folder = lambda: Path(sys.argv[1])\n"
        "made = []\n"
        "def hook(event, args):\n"
        "    if event == 'socket.__new__': made.append(args[1])\n"
        "    if event in {'socket.connect', 'socket.getaddrinfo'}: made.append(event)\n"
        "sys.addaudithook(hook)\n"
        "try: main(sys.argv[2:])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, set(made) <= {int(socket.AF_UNIX)}, file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, store_folder, *words, "--offline"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.stderr == "0 True\n"
    assert ran.stdout == online.out


def test_evidence_beside_an_image_cannot_be_listed_offline(
    repository: Repository, tmp_path: Path
) -> None:
    digest = pushed(repository, tmp_path)
    gate = Gate(tmp_path)
    gate.plan["subjects"] = [repository.reference(digest)]
    gate.plan["evidence"]["sources"] = ["oci:referrers"]
    gate.require()
    assert gate.run().reason.code == "REQUIRED_MISSING"
    report = gate.run(offline=True)
    assert (report.exit_code, report.reason.code) == (5, "OFFLINE")


def test_the_demo_from_a_registry_that_it_was_copied_to(
    repository: Repository, tmp_path: Path
) -> None:
    shutil.copytree(DEMO, tmp_path / "demo")
    ran = attest("copy", "oci-layout:policies:stable", f"oci:{repository.name}:v1",
                 "--allow-tag", cwd=tmp_path / "demo")  # fmt: skip
    assert ran.code == 0, ran
    plan = tmp_path / "demo" / "attest.yaml"
    text = plan.read_text()
    pinned = ran.out.strip().rpartition("@")[2]
    assert f"oci-layout:policies@{pinned}" in text
    plan.write_text(text.replace(f"oci-layout:policies@{pinned}", ran.out.strip()))
    assert attest("gate", "-c", plan, cwd=tmp_path / "demo").code == 0


def test_the_ten_lines_of_the_documentation(repository: Repository, tmp_path: Path) -> None:
    """`tests/docs` runs them with a layout."""
    (block,) = [one for one in blocks("docs/oci.md") if "attest policy push" in one.text]
    first, _, rest = block.text.partition("\n")
    assert first == "REGISTRY=oci-layout:registry"
    session = Session(tmp_path)
    session.run(replace(block, text=f"REGISTRY=oci:{repository.name}\n{rest}"))
    assert f"oci:{repository.name}:v1" in (session.folder / "attest.lock").read_text()


def test_a_registry_with_logins_is_written_to_by_who_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if BINARY is None:
        pytest.skip("docker-registry is not installed")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    auth = f"auth: {{htpasswd: {{realm: r, path: {tmp_path / 'htpasswd'}}}}}\n"
    secret = base64.b64encode(b"user:pass").decode()
    for registry in start(tmp_path, auth, f"Basic {secret}"):
        words = ("policy", "push", policy(tmp_path), f"oci:{registry.netloc}/team/p:v1")
        assert_refused(attest(*words), 5, "PUSH_DENIED")
        (tmp_path / ".docker").mkdir()
        login = {"auths": {registry.netloc: {"auth": secret}}}
        (tmp_path / ".docker" / "config.json").write_text(json.dumps(login))
        ran = attest(*words)
        assert ran.code == 0, ran
        assert secret not in ran.out + ran.err


# cosign


@with_cosign
def test_cosign_verifies_a_policy_that_attest_published(
    repository: Repository, tmp_path: Path, key: Path, signer: Signer
) -> None:
    source = published(repository, tmp_path)
    public = key.with_suffix(".pub").read_bytes()
    assert signer.verify(bare(source), public).returncode != 0
    attest("policy", "sign", source, "--key", key)
    ran = signer.verify(bare(source), public)
    assert ran.returncode == 0, ran.stderr


@with_cosign
def test_cosign_verifies_an_attestation_that_attest_attached(
    repository: Repository, tmp_path: Path, key: Path, signer: Signer
) -> None:
    reference = repository.reference(pushed(repository, tmp_path))
    digest = {"sha256": reference.rpartition(":")[2]}
    said = statement([{"name": "image", "digest": digest}], PREDICATE, {"reviewed": True})
    (tmp_path / "said.json").write_bytes(said)
    words = ("sign", tmp_path / "said.json", "--statement", "--key", key, "--attach", reference)
    ran = attest(*words)
    assert ran.code == 0, ran
    assert not (tmp_path / "said.json.sigstore.json").exists()
    checked = subprocess.run(
        [str(COSIGN), "verify-attestation", "--key", str(key.with_suffix(".pub")), "--type",
         PREDICATE, "--insecure-ignore-tlog", "--allow-http-registry", bare(reference)],
        cwd=signer.folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert attest("verify", "--key", key.with_suffix(".pub"), reference).code == 0


@with_cosign
def test_attest_believes_a_policy_that_cosign_signed(
    repository: Repository, tmp_path: Path, signer: Signer
) -> None:
    source = published(repository, tmp_path)
    signer._cosign("sign", "--key", "cosign.key", *OFFLINE, bare(source))  # noqa: SLF001  # its own helper
    report = gate_with(tmp_path, source, signer.folder / "cosign.pub").run()
    assert report.exit_code == 0, report.reason


@with_cosign
@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["v3", "before-v3"])
def test_a_copy_is_as_good_to_cosign_as_the_original(
    repository: Repository, signer: Signer, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """To a layout, and from there to another repository; with what cosign keeps under tags."""
    first = repository.reference(pushed(repository, tmp_path))
    signer.sign(bare(first), *flags)
    layout = f"oci-layout:{tmp_path / 'copy'}"
    ran = attest("copy", first, f"{layout}:v1")
    assert ran.code == 0, ran
    assert ran.out.strip() == f"{layout}:v1@{first.rpartition('@')[2]}"
    other = attest("copy", ran.out.strip(), f"oci:{repository.name}-copy:v1").out.strip()
    checked = signer.verify(bare(other), signer.public)
    assert checked.returncode == 0, checked.stderr
    words = ("verify", "--key", signer.folder / "cosign.pub", "--predicate-type", PREDICATE)
    for place in (ran.out.strip(), other):
        assert attest(*words, place).code == 0
