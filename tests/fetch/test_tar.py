"""Layouts in one tar file: read in place, and only where every reader sees the same."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.tar import Archive
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, assert_code, layout, pinned, shown

Change = Callable[[tarfile.TarFile], None]


def packed(
    folder: Path, form: int = tarfile.USTAR_FORMAT, prefix: str = "", change: Change | None = None
) -> bytes:
    """Pack a layout, with whatever ``change`` adds."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, prefix + str(path.relative_to(folder)), recursive=False)
        if change is not None:
            change(tar)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layout"


@pytest.mark.parametrize("prefix", ["", "./"])
@pytest.mark.parametrize(
    "form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=str
)
def test_a_packed_layout_is_read_like_its_folder(folder: Path, form: int, prefix: str) -> None:
    digest = layout(folder, BUNDLE)
    file = folder.parent / "layout.tar"
    file.write_bytes(packed(folder, form, prefix))
    with Fetcher(offline=True) as fetcher:
        one, other = (fetcher.policy(pinned(place, digest)) for place in (folder, file))
        assert one.artifact.content == other.artifact.content
        assert one.blobs == other.blobs
        assert shown(fetcher.discover(pinned(file, digest))) == [BUNDLE.decode()]


def added(name: str, **fields: object) -> Change:
    def change(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo(name)
        for field, value in fields.items():
            setattr(member, field, value)
        tar.addfile(member)

    return change


def twice(tar: tarfile.TarFile) -> None:
    added("index.json")(tar)


REFUSED = {
    "absolute": added("/etc/passwd"),
    "upwards": added("blobs/../../x"),
    "link": added("blobs/sha256/00", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": added("blobs/sha256/00", type=tarfile.LNKTYPE, linkname="index.json"),
    "device": added("blobs/sha256/00", type=tarfile.CHRTYPE),
    "pipe": added("x", type=tarfile.FIFOTYPE),
    "sparse": added("x", type=tarfile.GNUTYPE_SPARSE),
    "contiguous": added("x", type=tarfile.CONTTYPE),
    "twice": twice,
}


@pytest.mark.parametrize("name", REFUSED)
def test_games_with_members_are_refused(folder: Path, name: str) -> None:
    digest = layout(folder)
    file = folder.parent / "layout.tar"
    file.write_bytes(packed(folder, change=REFUSED[name]))
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).discover(pinned(file, digest))
    assert_code(refused, "LAYOUT_MALFORMED", 4)


@pytest.mark.parametrize(
    "records",
    [
        {"path": "index.json"},
        {"size": "5"},
        {"linkpath": "index.json"},
        {"GNU.sparse.name": "index.json"},
        {"comment": "x" * 70_000},
        {"comment": "one\ntwo"},
    ],
    ids=["path", "size", "linkpath", "sparse", "too large", "two lines"],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_extended_header_renames_nothing(
    folder: Path, records: dict[str, str], *, everywhere: bool
) -> None:
    layout(folder)
    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream,
        mode="w",
        format=tarfile.PAX_FORMAT,
        pax_headers=records if everywhere else {},
    ) as tar:
        member = tarfile.TarInfo("harmless")
        member.pax_headers = {} if everywhere else records
        tar.addfile(member)
    file = folder.parent / "layout.tar"
    file.write_bytes(stream.getvalue())
    with pytest.raises(FetchError) as refused:
        Archive(Reference("file", str(file)), FetchLimits())
    assert_code(refused, "LAYOUT_MALFORMED", 4)


def test_other_files_are_left_where_they_are(folder: Path) -> None:
    digest = layout(folder)
    file = folder.parent / "layout.tar"
    file.write_bytes(packed(folder, change=added("manifest.json")))
    assert Fetcher(offline=True).discover(pinned(file, digest)).found == ()


def cut_short(content: bytes) -> bytes:
    return content[: content.index(b"blobs/sha256/") + 600]


def without_end(content: bytes) -> bytes:
    return content.rstrip(b"\0")


def other_checksum(content: bytes) -> bytes:
    return content[:148] + b"0000001\0" + content[156:]


def other_format(content: bytes) -> bytes:
    return content.replace(b"ustar", b"tarus")


def huge(content: bytes) -> bytes:
    """A size in base 256, as GNU tar writes what octal cannot hold."""
    return content[:124] + b"\x80" + content[125:]


@pytest.mark.parametrize(
    "harm", [gzip.compress, cut_short, without_end, other_checksum, other_format, huge]
)
def test_what_is_not_whole_is_refused(folder: Path, harm: Callable[[bytes], bytes]) -> None:
    digest = layout(folder)
    file = folder.parent / "layout.tar"
    file.write_bytes(harm(packed(folder)))
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).discover(pinned(file, digest))
    assert_code(refused, "LAYOUT_MALFORMED", 4)


def test_members_are_bounded_and_absent_ones_are_absent(folder: Path) -> None:
    digest = layout(folder)
    file = folder.parent / "layout.tar"
    file.write_bytes(packed(folder))
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True, limits=FetchLimits(files=1)).discover(pinned(file, digest))
    assert_code(refused, "LAYOUT_MALFORMED", 4)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).policy(pinned(file, Digest.of(b"elsewhere")))
    assert_code(refused, "NOT_FOUND", 5)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True, limits=FetchLimits(manifest=10)).policy(pinned(file, digest))
    assert_code(refused, "MANIFEST_TOO_LARGE", 4)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=24))
def test_any_change_gives_an_archive_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: bytes
) -> None:
    base = tmp_path_factory.mktemp("tar")
    layout(base / "layout")
    content = bytearray(packed(base / "layout"))
    content[place : place + len(change)] = change
    (base / "layout.tar").write_bytes(content)
    codes = set()
    try:
        Archive(Reference("file", str(base / "layout.tar")), FetchLimits())
    except FetchError as error:
        codes.add(error.code)
    assert codes <= {"LAYOUT_MALFORMED"}
