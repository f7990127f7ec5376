"""``attest store``: list, check, shrink."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.fetch import Store
from attest.model.digest import Digest
from tests.cli.command import assert_refused, attest


@pytest.fixture
def kept(store_folder: Path) -> list[Digest]:
    """Two files in the user's store."""
    contents = [b"one", b"other"]
    store = Store()
    for content in contents:
        store.put(Digest.of(content), content)
    store.note("a list", b"{}")
    return [Digest.of(content) for content in contents]


def test_an_empty_store_is_no_error() -> None:
    for words in (("ls",), ("verify",), ("gc",)):
        ran = attest("store", *words)
        assert (ran.code, ran.out) == (0, "")


def test_what_is_there_is_listed(kept: list[Digest]) -> None:
    ran = attest("store", "ls")
    assert ran.code == 0
    assert set(ran.out.split()[::2]) > {str(digest) for digest in kept}


def test_a_sound_store_verifies(kept: list[Digest]) -> None:
    ran = attest("store", "verify")
    assert (ran.code, ran.out, ran.err) == (0, "", "3 files, 0 corrupt\n")


def test_a_damaged_file_is_named_and_dropped(kept: list[Digest], store_folder: Path) -> None:
    digest = kept[0]
    path = store_folder / "sha256" / digest.value[:2] / digest.value
    path.write_bytes(b"two")
    (path.parent / "stray").write_bytes(b"x")
    ran = attest("store", "verify")
    assert ran.code == 5
    assert ran.out.count("STORE_CORRUPT") == 2
    assert str(digest) in ran.out
    assert attest("store", "verify").code == 0
    assert not path.exists()


def test_it_shrinks_to_what_may_stay(kept: list[Digest]) -> None:
    assert attest("store", "gc").err == "0 files dropped, 0 bytes\n"
    assert attest("store", "gc", "--keep", "0B").err == "3 files dropped, 10 bytes\n"
    assert attest("store", "ls").out == ""


def test_bad_sizes(kept: list[Digest]) -> None:
    assert_refused(attest("store", "gc", "--keep", "some"), 2, "SIZE_INVALID")


def test_a_store_that_cannot_be_read_is_exit_5(
    kept: list[Digest], store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path, pattern: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "glob", denied)
    assert_refused(attest("store", "ls"), 5, "STORE_UNUSABLE")
    assert_refused(attest("store", "verify"), 5, "STORE_UNUSABLE")
    assert_refused(attest("store", "gc"), 5, "STORE_UNUSABLE")
