"""Archives: the same bytes for the same files, and nothing read that could lead outside."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import archive, tar
from attest.decode.policies.archive import bundle_tar, read_archive
from attest.errors import DecodeError
from attest.model.policy import File
from tests.decode.making import refused

REGO = b"package a\n"


def member(name: str, content: bytes = REGO, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content)
    return info


def packed(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a gzip-compressed archive as the standard library writes it."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=form) as writer:
        for info in members:
            writer.addfile(info, io.BytesIO(REGO.ljust(info.size, b"x")))
    return _gzip(found.getvalue())


def _gzip(content: bytes) -> bytes:
    """Compress without the time of day: the parameters of a test must not change."""
    return gzip.compress(content, mtime=0)


def plain(*members: tarfile.TarInfo) -> bytes:
    return gzip.decompress(packed(*members))


def test_order_and_leading_slash_do_not_change_the_bytes() -> None:
    one, two = File("a.rego", b"1"), File("b/c.rego", b"2")
    assert bundle_tar([one, two]) == bundle_tar([two, File("/a.rego", b"1")])
    assert read_archive(bundle_tar([two, one])) == (one, two)


def test_nothing_of_the_machine_is_written() -> None:
    content = bundle_tar([File("a.rego", REGO)])
    assert content[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    with tarfile.open(fileobj=io.BytesIO(content)) as reader:
        (info,) = reader.getmembers()
    assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 0, 0, "", "")


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="/\\\x7f"), min_size=1).filter(
                lambda part: part not in {".", ".."} and part.isprintable()
            ),
            min_size=1,
            max_size=4,
        ).map("/".join),
        st.binary(max_size=1200),
        max_size=4,
    )
)
def test_what_is_packed_is_read_here_and_by_the_standard_library(files: dict[str, bytes]) -> None:
    content = bundle_tar([File(path, body) for path, body in files.items()])
    assert {file.path: file.content for file in read_archive(content)} == files
    with tarfile.open(fileobj=io.BytesIO(content)) as reader:
        seen = {info.name: reader.extractfile(info).read() for info in reader}  # type: ignore[union-attr]  # regular files
    assert seen == files


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_is_read(form: int) -> None:
    long = "d" * 90 + "/" + "f" * 90 + ".rego"
    found = read_archive(packed(member("/a.rego"), member("./b.rego"), member(long), form=form))
    assert [file.path for file in found] == ["a.rego", "b.rego", long]
    assert {file.content for file in found} == {REGO}


def test_folders_are_no_files() -> None:
    folders = [member(name, b"", tarfile.DIRTYPE) for name in ("./", "/", "data/", "data/x")]
    assert [file.path for file in read_archive(packed(*folders, member("data/a.rego")))] == [
        "data/a.rego"
    ]


@pytest.mark.parametrize(
    "name", ["../a.rego", "a/../../b", "a//b", "a/./b", "//etc/passwd", "a\\b", "a\nb", "c" * 1025]
)
def test_paths_that_lead_elsewhere_are_refused(name: str) -> None:
    refused("POLICY_FILE_REFUSED", read_archive, packed(member(name)))
    with contextlib.suppress(DecodeError):
        assert name not in {file.path for file in read_archive(bundle_tar([File(name, REGO)]))}


def test_a_folder_outside_is_refused() -> None:
    refused("POLICY_FILE_REFUSED", read_archive, packed(member("../x", b"", tarfile.DIRTYPE)))


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
        tarfile.GNUTYPE_SPARSE,
        b"Z",
    ],
)
def test_what_is_neither_file_nor_folder_is_refused(kind: bytes) -> None:
    refused("POLICY_FILE_REFUSED", read_archive, packed(member("a.rego", b"", kind)))


def test_duplicates_are_refused() -> None:
    twice = packed(member("a.rego"), member("/a.rego"))
    refused("POLICY_FILE_REFUSED", read_archive, twice)
    refused("POLICY_FILE_REFUSED", bundle_tar, [File("a", b""), File("./a", b"")])


def test_members_are_counted() -> None:
    many = packed(*[member(f"{n}.rego", b"") for n in range(1001)])
    refused("POLICY_BUNDLE_TOO_LARGE", read_archive, many)


def test_bombs_are_refused_before_they_unpack(monkeypatch: pytest.MonkeyPatch) -> None:
    refused("POLICY_BUNDLE_TOO_LARGE", read_archive, _gzip(bytes(8 << 20)))
    monkeypatch.setattr(archive, "MAX_BYTES", 4096)
    refused("POLICY_BUNDLE_TOO_LARGE", read_archive, packed(member("a.rego")))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b",
        packed(member("a.rego"))[:-9],
        packed(member("a.rego")) + b"\x00",
        packed(member("a.rego")) * 2,
        _gzip(b""),
        _gzip(plain(member("a.rego"))[:700]),
        _gzip(plain(member("a.rego"))[:1024]),
        _gzip(plain(member("a.rego")) + b"x"),
        zlib.compress(plain(member("a.rego"))),
    ],
)
def test_damaged_archives_are_refused(content: bytes) -> None:
    refused("POLICY_BUNDLE_MALFORMED", read_archive, content)


def test_a_damaged_header_is_not_the_end() -> None:
    """The standard library stops there without a word, and the second policy is gone."""
    content = bytearray(plain(member("a.rego"), member("b.rego")))
    content[1024 + 150] ^= 1
    with tarfile.open(fileobj=io.BytesIO(bytes(content))) as reader:
        assert reader.getnames() == ["a.rego"]
    refused("POLICY_BUNDLE_MALFORMED", read_archive, _gzip(bytes(content)))


def with_pax(**headers: str) -> bytes:
    info = member("a.rego")
    info.pax_headers = headers
    return packed(info)


def test_extended_headers() -> None:
    assert [f.path for f in read_archive(with_pax(path="b.rego", mtime="1.5"))] == ["b.rego"]
    refused("POLICY_BUNDLE_MALFORMED", read_archive, with_pax(**{"GNU.sparse.major": "1"}))
    refused("POLICY_BUNDLE_MALFORMED", read_archive, with_pax(size="-512"))
    refused("POLICY_BUNDLE_MALFORMED", read_archive, with_pax(size="99999"))
    refused("POLICY_FILE_REFUSED", read_archive, with_pax(path="../b.rego"))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.integers(0, 2047), st.integers(0, 255))
def test_any_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    content = bytearray(plain(member("a.rego"), member("b.rego")))
    content[at] = value
    with contextlib.suppress(DecodeError):
        assert len(list(tar.members(bytes(content)))) == 2


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.binary(max_size=1100))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for each in (content, _gzip(content)):
        with contextlib.suppress(DecodeError):
            read_archive(each)
