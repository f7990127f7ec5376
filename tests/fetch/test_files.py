"""Files: bounded, regular, and those that the pin names."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import assert_code

OTHER = Digest.of(b"other")


def reference(folder: Path, name: str = "f", pin: Digest | None = None) -> Reference:
    return Reference("file", name, pin, base=str(folder))


def make_file(path: Path) -> None:
    path.write_bytes(b"content")


def make_nothing(path: Path) -> None:
    assert not path.exists()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(200 << 20)


def make_unopenable(path: Path) -> None:
    path.symlink_to(path)


def test_a_file_comes_with_its_digest(tmp_path: Path) -> None:
    make_file(tmp_path / "f")
    pin = Digest.of(b"content", "sha512")
    found = Fetcher(offline=True).file(reference(tmp_path, pin=pin), limit=7)
    assert found.content == b"content"
    assert found.digest == Digest.of(b"content")
    assert str(found.reference) == f"f@{pin}"


@pytest.mark.parametrize(
    ("make", "code", "exit_code"),
    [
        (make_nothing, "FILE_NOT_FOUND", 2),
        (make_folder, "FILE_NOT_REGULAR", 2),
        (make_pipe, "FILE_NOT_REGULAR", 2),
        (make_device, "FILE_NOT_REGULAR", 2),
        (make_large, "FILE_TOO_LARGE", 4),
        (make_unopenable, "FILE_UNREADABLE", 5),
    ],
)
def test_what_is_no_readable_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], code: str, exit_code: int
) -> None:
    make(tmp_path / "f")
    with Fetcher(offline=True) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.file(reference(tmp_path), limit=1 << 20)
    assert_code(refused, code, exit_code)
    assert str(tmp_path) not in refused.value.message
    if code == "FILE_TOO_LARGE":
        # The size is looked up; nothing is read to find out.
        assert "seen 209,715,200 bytes" in refused.value.message
    else:
        with Fetcher(offline=True) as fetcher, pytest.raises(FetchError) as refused:
            fetcher.digest(reference(tmp_path))
        assert_code(refused, code, exit_code)


def test_one_byte_over_the_limit_is_refused(tmp_path: Path) -> None:
    make_file(tmp_path / "f")
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).file(reference(tmp_path), limit=6)
    assert_code(refused, "FILE_TOO_LARGE", 4)


def test_a_file_that_reports_no_size_is_still_bounded() -> None:
    # /proc files state a size of zero and have content.
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).file(Reference("file", "/proc/self/status"), limit=10)
    assert_code(refused, "FILE_TOO_LARGE", 4)


def test_other_bytes_than_the_pin_are_refused(tmp_path: Path) -> None:
    make_file(tmp_path / "f")
    wrong = reference(tmp_path, pin=OTHER)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).file(wrong, limit=99)
    assert_code(refused, "DIGEST_MISMATCH", 4)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).digest(wrong, ("sha512",))
    assert_code(refused, "DIGEST_MISMATCH", 4)


def test_a_large_subject_is_digested_under_each_algorithm(tmp_path: Path) -> None:
    content = b"x" * ((3 << 20) + 1)
    (tmp_path / "f").write_bytes(content)
    expected = tuple(Digest.of(content, name) for name in ("sha256", "sha512"))
    found = Fetcher(offline=True).digest(reference(tmp_path))
    assert found == expected
    pin = reference(tmp_path, pin=Digest.of(content, "sha384"))
    assert Fetcher(offline=True).digest(pin, ("sha256",)) == expected[:1]


def test_the_digest_of_an_oci_reference_is_the_one_it_carries() -> None:
    place = Reference("oci", "example.test/app", OTHER)
    assert Fetcher(offline=True).digest(place) == (OTHER,)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).digest(replace(place, digest=None, tag="v1"))
    assert_code(refused, "TAG_UNPINNED", 2)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a" * 5000])
def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).file(reference(tmp_path, name), limit=1)
    assert refused.value.code in {"REFERENCE_MALFORMED", "FILE_UNREADABLE"}
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).folder(Reference("dir", name, base=str(tmp_path)))
    assert refused.value.code in {"REFERENCE_MALFORMED", "FILE_UNREADABLE"}


def test_an_unknown_digest_algorithm_is_refused(tmp_path: Path) -> None:
    make_file(tmp_path / "f")
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).digest(reference(tmp_path), ("md5",))
    assert_code(refused, "REFERENCE_MALFORMED", 2)
