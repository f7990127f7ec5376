"""``attest policy push``, ``sign``, ``pull``, ``attest copy`` and ``sign --attach``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.decode.policies.archive import bundle_tar
from attest.model.digest import Digest
from attest.model.policy import File
from attest.testing import statement
from fixtures.making.world import box
from tests.cli.command import Ran, assert_refused, attest, snapshot
from tests.fetch.writable import Handler, WritableRegistry, writable
from tests.gate import CLEAN, Gate

REGO = b"package p\n\nallow := true\n"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WritableRegistry]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with writable() as running:
        yield running


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(box.key_pair("publisher").private_pem())
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "p.rego").write_bytes(REGO)
    return folder


def push(source: Path | str, target: str, *words: str) -> Ran:
    return attest("policy", "push", source, target, *words)


def pinned(ran: Ran) -> str:
    assert ran.code == 0, ran
    return ran.out.strip()


def manifest(folder: Path, reference: str) -> dict[str, Any]:
    digest = Digest.parse(reference.rpartition("@")[2])
    found: dict[str, Any] = json.loads((folder / "blobs/sha256" / digest.value).read_bytes())
    return found


# push


def test_a_folder_a_file_and_an_archive_of_the_same_have_one_digest(
    rules: Path, tmp_path: Path
) -> None:
    (tmp_path / "p.tar.gz").write_bytes(bundle_tar([File("p.rego", REGO)]))
    references = {
        pinned(push(source, f"oci-layout:{tmp_path / 'layout'}"))
        for source in (rules, rules / "p.rego", tmp_path / "p.tar.gz", f"dir:{rules}")
    }
    assert len(references) == 1
    document = manifest(tmp_path / "layout", references.pop())
    assert document["artifactType"] == "application/vnd.attest.policy.bundle.v1"
    assert "annotations" not in document


def test_what_is_claimed_stands_under_the_digest(rules: Path, tmp_path: Path) -> None:
    words = ("--version", "1.4.0", "--revision", "abc", "--author", "us")
    times = ("--created", "2026-01-02T03:04:05Z", "--expires", "2027-01-02T03:04:05+01:00")
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}", *words, *times))
    assert manifest(tmp_path / "layout", reference)["annotations"] == {
        "org.opencontainers.image.version": "1.4.0",
        "org.opencontainers.image.revision": "abc",
        "org.opencontainers.image.authors": "us",
        "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
        "dev.attest.policy.expires": "2027-01-02T02:04:05Z",
    }


def test_what_does_not_load_is_not_published(tmp_path: Path, server: WritableRegistry) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README").write_text("no policy")
    assert push(tmp_path / "empty", f"oci:{server.name}").code == 4
    assert push(tmp_path / "missing", f"oci:{server.name}").code == 2
    assert server.seen == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("rules", "SCHEME_UNSUPPORTED"),
        ("https://h.test/p", "SCHEME_UNSUPPORTED"),
        ("oci:h.test/p@sha256:" + "0" * 64, "REFERENCE_MALFORMED"),
        ("oci:h.test/UPPER", "REFERENCE_MALFORMED"),
        ("oci:h.test/p@sha256:0", "REFERENCE_MALFORMED"),
    ],
)
def test_targets_that_are_none(rules: Path, target: str, code: str) -> None:
    assert_refused(push(rules, target), 2, code)


@pytest.mark.parametrize(("status", "code"), [(403, "PUSH_DENIED"), (400, "PUSH_FAILED")])
def test_a_registry_that_refuses(
    rules: Path, server: WritableRegistry, status: int, code: str
) -> None:
    def refuses(handler: Handler) -> bool:
        handler.reply(status if handler.command != "HEAD" else 404)
        return True

    server.twist = refuses
    assert_refused(push(rules, f"oci:{server.name}"), 5, code)


def test_a_registry_that_is_not_there(rules: Path, tmp_path: Path) -> None:
    with writable() as server:
        name = server.name
    assert_refused(push(rules, f"oci:{name}"), 5, "REGISTRY_UNREACHABLE")


def test_a_ready_bundle_stays_as_it_is(rules: Path, tmp_path: Path, key: Path) -> None:
    first = f"oci-layout:{tmp_path / 'first'}"
    reference = pinned(push(rules, f"{first}:v1"))
    attest("policy", "sign", reference, "--key", key)
    copied = pinned(push(f"{first}:v1", f"oci-layout:{tmp_path / 'second'}:v1"))
    assert copied.rpartition("@")[2] == reference.rpartition("@")[2]
    words = ("--version", "1")
    refused = push(f"{first}:v1", f"oci-layout:{tmp_path / 'second'}", *words)
    assert_refused(refused, 2, "OPTION_CONFLICT")
    assert_refused(push(first, f"oci-layout:{tmp_path / 'second'}"), 2, "DIGEST_REQUIRED")


# sign


def test_a_signed_bundle_in_a_layout_judges_a_gate(rules: Path, tmp_path: Path, key: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    attached = pinned(attest("policy", "sign", reference, "--key", key))
    assert attached.startswith(f"oci-layout:{tmp_path / 'layout'}@sha256:")
    again = pinned(attest("policy", "sign", reference, "--key", key))
    assert again == attached, "the same key signs the same"
    public = box.key_pair("publisher").public_pem
    gate = Gate(tmp_path)
    gate.evidence(CLEAN)
    gate.key("publisher", box.key_pair("publisher"))
    gate.plan["policies"] = [{"source": reference, "signed_by": ["publisher"]}]
    report = gate.run()
    assert report.exit_code == 0, report.reason
    assert public


def test_sign_wants_a_digest_and_one_signer(rules: Path, tmp_path: Path, key: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    tagged, digest = reference.split("@")
    assert_refused(attest("policy", "sign", reference), 2, "SIGNER_CHOICE")
    assert_refused(attest("policy", "sign", tagged, "--key", key), 2, "TAG_UNPINNED")
    missing = f"{tagged.rpartition(':')[0]}@sha256:{'0' * 64}"
    assert_refused(attest("policy", "sign", missing, "--key", key), 5, "NOT_FOUND")
    path = tmp_path / "layout/blobs" / digest.replace(":", "/")
    path.write_bytes(path.read_bytes() + b" ")
    assert_refused(attest("policy", "sign", reference, "--key", key), 4, "DIGEST_MISMATCH")


def test_a_signed_statement_is_attached(rules: Path, tmp_path: Path, key: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    about = [{"name": "p", "digest": {"sha256": reference.rpartition(":")[2]}}]
    said = statement(about, "https://example.org/reviewed/v1", {})
    (tmp_path / "said.json").write_bytes(said)
    words = ("sign", tmp_path / "said.json", "--statement", "--key", key)
    ran = attest(*words, "--attach", reference, "-o", tmp_path / "bundle.json")
    assert ran.code == 0, ran
    (tmp_path / "key.pub").write_bytes(box.key_pair("publisher").public_pem)
    verified = attest("verify", "--key", tmp_path / "key.pub", reference)
    assert verified.code == 0, verified
    assert (tmp_path / "bundle.json").exists()
    listed = json.loads((tmp_path / "layout/index.json").read_bytes())["manifests"]
    kinds = {each.get("artifactType") for each in listed}
    assert "application/vnd.dev.sigstore.bundle.v0.3+json" in kinds
    assert_refused(attest(*words, "-c", "attest.yaml"), 2, "OPTION_CONFLICT")


def test_what_is_about_something_else_is_not_attached(
    rules: Path, tmp_path: Path, key: Path
) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    said = statement({"p": b"another"}, "https://example.org/reviewed/v1", {})
    (tmp_path / "said.json").write_bytes(said)
    words = ("sign", tmp_path / "said.json", "--key", key, "--attach", reference)
    before = snapshot(tmp_path)
    assert_refused(attest(*words, "--statement"), 4, "SUBJECT_MISMATCH")
    assert_refused(attest(*words), 4, "SUBJECT_MISMATCH")
    assert snapshot(tmp_path) == before


def test_a_signature_over_the_manifest_itself_is_attached(
    rules: Path, tmp_path: Path, key: Path
) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    path = tmp_path / "layout/blobs/sha256" / reference.rpartition(":")[2]
    assert attest("sign", path, "--key", key, "--attach", reference).code == 0
    (tmp_path / "key.pub").write_bytes(box.key_pair("publisher").public_pem)
    assert attest("verify", "--key", tmp_path / "key.pub", reference).code == 0


def test_verify_takes_a_tag_by_permission_alone(rules: Path, tmp_path: Path, key: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    attest("policy", "sign", reference, "--key", key)
    (tmp_path / "key.pub").write_bytes(box.key_pair("publisher").public_pem)
    words = ("verify", "--key", tmp_path / "key.pub", "-o", "json")
    tagged = reference.partition("@")[0]
    assert_refused(attest(*words, tagged), 2, "TAG_UNPINNED")
    shown = attest(*words[:-2], "--allow-tag", tagged)
    assert shown.code == 0
    assert shown.out.startswith(f"VERIFIED  {reference}\n")
    ran = attest(*words, "--allow-tag", tagged)
    assert "--allow-tag" in ran.document["weakened"]
    assert "--allow-tag" not in attest(*words, "--allow-tag", reference).document["weakened"]


def test_policy_eval_takes_a_tag_by_permission_alone(rules: Path, tmp_path: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    (tmp_path / "in.json").write_bytes(b"{}")
    words = ("policy", "eval", reference.partition("@")[0], tmp_path / "in.json")
    assert_refused(attest(*words), 2, "TAG_UNPINNED")
    ran = attest(*words, "--allow-tag")
    assert (ran.code, ran.err) == (0, f"attest: the policy is {reference}\n")


# pull and copy


def test_files_are_pulled_into_a_new_folder_alone(rules: Path, tmp_path: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    ran = attest("policy", "pull", reference, tmp_path / "out")
    assert pinned(ran) == reference
    assert "not verified" in ran.err
    assert (tmp_path / "out" / "p.rego").read_bytes() == REGO
    assert_refused(attest("policy", "pull", reference, tmp_path / "out"), 2, "OUTPUT_EXISTS")
    file = tmp_path / "out" / "p.rego"
    assert_refused(attest("policy", "pull", reference, file), 2, "OUTPUT_UNWRITABLE")


def test_a_damaged_bundle_writes_no_file(rules: Path, tmp_path: Path) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    layer = manifest(tmp_path / "layout", reference)["layers"][0]["digest"].rpartition(":")[2]
    path = tmp_path / "layout/blobs/sha256" / layer
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert_refused(attest("policy", "pull", reference, tmp_path / "out"), 4, "DIGEST_MISMATCH")
    assert not (tmp_path / "out").exists()


def test_an_index_is_no_policy(tmp_path: Path) -> None:
    from attest.author.layout import Layout

    made = Layout()
    media = "application/vnd.oci.image.index.v1+json"
    content = {"schemaVersion": 2, "mediaType": media, "manifests": []}
    digest = made.add_subject(json.dumps(content).encode(), media)
    made.write(tmp_path / "layout")
    source = f"oci-layout:{tmp_path / 'layout'}@{digest}"
    assert_refused(attest("policy", "pull", source, tmp_path / "out"), 2, "MANIFEST_IS_INDEX")


def test_copy_pins_resolves_and_says_what_it_did(
    rules: Path, tmp_path: Path, server: WritableRegistry
) -> None:
    layout = f"oci-layout:{tmp_path / 'layout'}"
    reference = pinned(push(rules, f"{layout}:v1"))
    digest = reference.rpartition("@")[2]
    assert_refused(attest("copy", f"{layout}:v1", f"oci:{server.name}"), 2, "TAG_UNPINNED")
    assert_refused(attest("copy", layout, f"oci:{server.name}"), 2, "DIGEST_REQUIRED")
    ran = attest("copy", f"{layout}:v1", f"oci:{server.name}:v2", "--allow-tag")
    assert pinned(ran) == f"oci:{server.name}:v2@{digest}"
    assert ran.err == "1 manifest, 2 blobs\n"
    tagged = f"oci:{server.name}:v2"
    back = attest("copy", tagged, f"oci-layout:{tmp_path / 'back'}", "--allow-tag")
    assert pinned(back) == f"oci-layout:{tmp_path / 'back'}@{digest}"
    unknown = f"oci:{server.name}:v3"
    refused = attest("copy", unknown, f"oci-layout:{tmp_path / 'back'}", "--allow-tag")
    assert_refused(refused, 5, "NOT_FOUND")


def test_offline_only_layouts_are_copied(
    rules: Path, tmp_path: Path, server: WritableRegistry
) -> None:
    reference = pinned(push(rules, f"oci-layout:{tmp_path / 'layout'}:v1"))
    ran = attest("copy", reference, f"oci-layout:{tmp_path / 'other'}", "--offline")
    assert ran.code == 0, ran
    refused = attest("copy", reference, f"oci:{server.name}", "--offline")
    assert_refused(refused, 5, "OFFLINE")
    assert server.seen == []


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this machine on Linux alone")
def test_plain_http_needs_a_plan_that_declares_the_host(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    gate = Gate(tmp_path)
    gate.require()
    with writable("127.0.0.2") as server:
        assert push(rules, f"oci:{server.name}").code == 5
        assert server.seen == []
        host = f"127.0.0.2:{server.server_port}"
        gate.plan["network"] = {"hosts": {host: {"plain_http": True}}}
        ran = push(rules, f"oci:{server.name}", "-c", str(gate.write()))
        assert pinned(ran).startswith(f"oci:{server.name}@sha256:")


def test_nothing_is_written_that_was_not_asked_for(
    rules: Path, tmp_path: Path, server: WritableRegistry
) -> None:
    before = snapshot(tmp_path)
    assert push(rules, f"oci:{server.name}:v1").code == 0
    assert snapshot(tmp_path) == before
