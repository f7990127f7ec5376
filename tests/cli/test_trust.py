"""``attest trust``: what is shown of a trust root, and how a newer one is got."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.testing import RootKnobs, Window, edit
from attest.verify import BUILTIN_ROOTS, builtin_root
from attest.verify.builtin import TUF_REPOSITORIES
from fixtures.making.world import CI, ISSUER, box
from tests.cli.command import Ran, assert_refused, attest
from tests.fetch.server import Server, serving
from tests.fetch.tuf_repository import PAST, TufRepository

ROOT = box.trusted_root()
TARGET = "trusted_root.json"


# show


@pytest.mark.parametrize("name", BUILTIN_ROOTS)
def test_a_built_in_root(name: str) -> None:
    digest = hashlib.sha256(builtin_root(name)).hexdigest()
    text = attest("trust", "show", "--trusted-root", name).out
    assert f"Trust root {name}\n  sha256:{digest}\n  built in, from " in text
    assert "as of 2026-11-21" in text
    assert max(map(len, text.splitlines())) <= 80
    assert attest("trust", "show").out.startswith("Trust root public-good\n")


def test_a_file(tmp_path: Path) -> None:
    ended = Window(box.now.replace(year=2019), box.now.replace(year=2020))
    content = box.trusted_root(RootKnobs(certificate_authority=ended))
    (tmp_path / "root.json").write_bytes(content)
    ran = attest("trust", "show", "--trusted-root", "root.json", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    head, digest, source, _, *lines = ran.out.splitlines()
    assert head == "Trust root root.json"
    assert digest == f"  sha256:{hashlib.sha256(content).hexdigest()}"
    assert source == "  a file"
    days = f"{ended.start:%Y-%m-%d} {ended.end:%Y-%m-%d}"
    row = ["✗", "certificates", "fulcio.attest.test", "ECDSA", "P-384"]
    assert lines[1].split() == [*row, *days.split()]
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["log", "rekor.attest.test"],
        ["log2.attest.test", "Ed25519"],
        ["ct", "log"],
        ["timestamps", "tsa.attest.test"],
    ]
    assert lines[-1].startswith("  ✗ not believed for what is signed today")


def test_nothing_is_marked_when_all_is_believed(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(ROOT)
    assert "✗" not in attest("trust", "show", "--trusted-root", "root.json", cwd=tmp_path).out


def test_json_says_it_whole(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(ROOT)
    words = ("trust", "show", "--trusted-root", "root.json", "-o", "json")
    shown = attest(*words, cwd=tmp_path).document
    assert shown["digest"] == f"sha256:{hashlib.sha256(ROOT).hexdigest()}"
    assert (shown["name"], shown["source"]) == ("root.json", "a file")
    authority = shown["rows"][0]
    window = json.loads(ROOT)["certificateAuthorities"][0]["validFor"]
    assert (authority["from"], authority["until"]) == (window["start"], None)
    assert authority["key"] == authority["chain"][0]["key"]
    assert len(authority["chain"]) == len(box.authority.chain)
    assert authority["chain"][0]["until"]
    assert shown["rows"][1]["chain"] == []


def test_the_roots_of_a_plan(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(ROOT)
    digest = hashlib.sha256(ROOT).hexdigest()
    (tmp_path / "attest.yaml").write_text(
        "apiVersion: attest/v1\nkind: Gate\ntrust:\n  roots:\n    gh: {builtin: github}\n"
        f"    corp: {{path: root.json, sha256: {digest}}}\n"
        f"  signers: {{ci: {{root: corp, issuer: {ISSUER}, identity: {CI}}}}}\n"
        "evidence:\n  sources: ['dir:evidence']\n  accept: [{signed_by: [ci]}]\n"
        "  required: [{kind: SARIF, signed_by: [ci]}]\n"
    )
    (tmp_path / "evidence").mkdir()
    ran = attest("trust", "show", "-c", "attest.yaml", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert f"\n\nTrust root corp\n  sha256:{digest}\n  a file\n" in ran.out
    assert ran.out.startswith("Trust root gh\n")
    assert "built in, from attest-gate" in ran.out
    shown = attest("trust", "show", "-c", "attest.yaml", "-o", "json", cwd=tmp_path).document
    assert [one["name"] for one in shown["roots"]] == ["gh", "corp"]
    both = attest("trust", "show", "-c", "attest.yaml", "--trusted-root", "github", cwd=tmp_path)
    assert_refused(both, 2, "OPTION_CONFLICT")
    assert_refused(attest("trust", "show", "-c", "none.yaml", cwd=tmp_path), 2, "CONFIG_NOT_FOUND")


def test_a_name_from_a_hostile_root(tmp_path: Path) -> None:
    hostile = edit(ROOT, "/tlogs/0/baseUrl", "https://a\x1b[2Jb\u202e" + "c" * 99)
    (tmp_path / "root.json").write_bytes(hostile)
    text = attest("trust", "show", "--trusted-root", "root.json", cwd=tmp_path).out
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("root", "code"), [("none.json", "FILE_NOT_FOUND"), ("app", "ROOT_MALFORMED")]
)
def test_what_is_no_root(tmp_path: Path, root: str, code: str) -> None:
    (tmp_path / "app").write_bytes(b"app")
    assert_refused(attest("trust", "show", "--trusted-root", root, cwd=tmp_path), 2, code)


# update


@pytest.fixture
def tuf(tmp_path: Path) -> Iterator[TufRepository]:
    """A repository that serves the box's trust root; its root metadata lies in ``tuf.json``."""
    with serving() as server:
        yield _repository(server, tmp_path)


def _repository(server: Server, folder: Path) -> TufRepository:
    repository = TufRepository(server)
    repository.publish({TARGET: ROOT})
    (folder / "tuf.json").write_bytes(repository.initial)
    return repository


def _update(tuf: TufRepository, folder: Path, *words: str) -> Ran:
    where = ("--tuf-url", tuf.url, "--tuf-root", "tuf.json")
    return attest("trust", "update", "root.json", *where, *words, cwd=folder)


def test_update(tuf: TufRepository, tmp_path: Path) -> None:
    digest = hashlib.sha256(ROOT).hexdigest()
    ran = _update(tuf, tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "root.json").read_bytes() == ROOT
    first, second, third = ran.out.splitlines()
    assert first == f"root.json  sha256:{digest}"
    assert second == f"  from {tuf.url}, new"
    assert third.endswith(f"trust: {{roots: {{corp: {{path: root.json, sha256: {digest}}}}}}}")
    assert (tmp_path / "root.json.tuf" / "timestamp.json").exists()
    assert "unchanged" in _update(tuf, tmp_path).out
    newer = box.trusted_root(RootKnobs(name="newer"))
    tuf.publish({TARGET: newer})
    shown = _update(tuf, tmp_path, "-o", "json", "--state", "kept").document
    assert shown == {
        "file": "root.json",
        "digest": f"sha256:{hashlib.sha256(newer).hexdigest()}",
        "previous": f"sha256:{digest}",
        "repository": tuf.url,
    }
    assert (tmp_path / "kept" / "timestamp.json").exists()
    assert (tmp_path / "root.json").read_bytes() == newer
    tuf.publish({TARGET: ROOT})
    assert "replaced sha256:" in _update(tuf, tmp_path).out


def test_the_file_is_what_verifies(tuf: TufRepository, tmp_path: Path) -> None:
    _update(tuf, tmp_path)
    (tmp_path / "app").write_bytes(b"app")
    (tmp_path / "b.json").write_bytes(box.sign_blob(b"app", identity=CI, issuer=ISSUER))
    who = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)
    words = ("verify", "--bundle", "b.json", "--trusted-root", "root.json", *who, "app")
    assert attest(*words, cwd=tmp_path).code == 0


def test_what_is_refused_replaces_nothing(tuf: TufRepository, tmp_path: Path) -> None:
    _update(tuf, tmp_path)
    newer = box.trusted_root(RootKnobs(name="newer"))
    tuf.publish({TARGET: newer}, timestamp_by=tuf.signers["targets"])
    assert_refused(_update(tuf, tmp_path), 4, "TUF_REFUSED")
    tuf.publish({TARGET: newer}, expires=PAST)
    assert_refused(_update(tuf, tmp_path), 5, "TUF_EXPIRED")
    tuf.publish({TARGET: b"{}"})
    assert_refused(_update(tuf, tmp_path), 4, "TUF_TARGET")
    assert (tmp_path / "root.json").read_bytes() == ROOT
    assert {path.name for path in tmp_path.iterdir()} == {"tuf.json", "root.json", "root.json.tuf"}


@pytest.mark.parametrize("words", [("--offline",), ("--offline", "--instance", "staging")])
def test_offline(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = attest("trust", "update", "root.json", *words, cwd=tmp_path)
    assert_refused(ran, 5, "OFFLINE")
    assert list(tmp_path.iterdir()) == []


def test_a_repository_needs_both(tuf: TufRepository, tmp_path: Path) -> None:
    for words in (("--tuf-url", tuf.url), ("--tuf-root", "tuf.json")):
        ran = attest("trust", "update", "root.json", *words, cwd=tmp_path)
        assert_refused(ran, 2, "OPTION_CONFLICT")


def test_a_place_that_cannot_be_written(tuf: TufRepository, tmp_path: Path) -> None:
    (tmp_path / "root.json").mkdir()
    assert_refused(_update(tuf, tmp_path), 2, "OUTPUT_UNWRITABLE")
    where = ("--tuf-url", tuf.url, "--tuf-root", "tuf.json")
    ran = attest("trust", "update", "none/root.json", "--state", "s", *where, cwd=tmp_path)
    assert_refused(ran, 2, "OUTPUT_UNWRITABLE")


@pytest.mark.parametrize("name", TUF_REPOSITORIES)
def test_every_instance_that_has_a_repository_can_be_named(name: str, tmp_path: Path) -> None:
    ran = attest("trust", "update", "root.json", "--instance", name, "--offline", cwd=tmp_path)
    assert_refused(ran, 5, "OFFLINE")
