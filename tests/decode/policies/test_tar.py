"""Tar headers: what two readers could take for different archives is refused."""

from __future__ import annotations

import io
import tarfile

import pytest

from attest.decode.policies import tar
from tests.decode.making import refused

END = bytes(1024)


def block(**changes: bytes) -> bytes:
    """Return a header of an empty file with fields changed and the checksum put right."""
    found = bytearray(tarfile.TarInfo("a.rego").tobuf(tarfile.USTAR_FORMAT))
    places = {"name": 0, "size": 124, "type": 156, "magic": 257, "prefix": 345}
    for name, value in changes.items():
        found[places[name] : places[name] + len(value)] = value
    found[148:156] = b" " * 8
    found[148:156] = b"%06o\x00 " % sum(found)
    return bytes(found)


def pax(content: bytes, kind: bytes = b"x") -> bytes:
    """Return an extended header."""
    return block(type=kind, size=b"%011o" % len(content)) + content.ljust(512, b"\x00")


def paths(archive: bytes) -> list[str]:
    return [member.path for member in tar.members(archive)]


def test_an_empty_file() -> None:
    assert list(tar.members(block() + END)) == [tar.Member("a.rego", b"")]
    assert paths(block(prefix=b"dir") + END) == ["dir/a.rego"]
    assert paths(block(prefix=b"dir", magic=b"ustar  \x00") + END) == ["a.rego"]
    assert list(tar.members(block(name=b"dir/\x00") + END)) == [tar.Member("dir/", None)]


@pytest.mark.parametrize(
    "archive",
    [
        block(magic=bytes(8)) + END,
        block(size=b"\x80" + bytes(11)) + END,
        block(size=b"-0000000777\x00") + END,
        block(size=bytes(12)) + END,
        block(size=b"00000004000") + END,
        block(name=b"\xff\xfe") + END,
        block(),
        block() + END + b"x",
        pax(b"10 path=b\n") + END,
        pax(b"10 path=b\n") + pax(b"10 path=c\n") + block() + END,
        pax(b"10 path=b\n") + pax(b"c\x00", b"L") + block() + END,
        pax(b"10 path=b\n", b"g") + block() + END,
        pax(b"10 size=1\n", b"g") + block() + END,
        pax(b"11 path=b\n") + block() + END,
        pax(b"8 path=b\n") + block() + END,
        pax(b"3 path=b\n") + block() + END,
        pax(b"path=b\n") + block() + END,
        pax(b"10 size=x\n") + block() + END,
        pax(b"22 GNU.sparse.size=10\n") + block() + END,
        block(type=b"5", size=b"%011o" % 5) + b"x".ljust(512, b"\x00") + END,
    ],
)
def test_what_is_ambiguous_is_refused(archive: bytes) -> None:
    refused("POLICY_BUNDLE_MALFORMED", lambda: list(tar.members(archive)))


def test_extended_headers_are_for_the_next_member_alone() -> None:
    assert paths(pax(b"10 path=b\n") + block() + block() + END) == ["b", "a.rego"]
    assert paths(pax(b"c\x00", b"L") + block() + block() + END) == ["c", "a.rego"]
    assert paths(pax(b"17 comment=a b c\n", b"g") + block() + END) == ["a.rego"]


def test_the_extended_size_counts() -> None:
    archive = pax(b"10 size=3\n") + block() + b"abc".ljust(512, b"\x00") + END
    assert list(tar.members(archive)) == [tar.Member("a.rego", b"abc")]
    with tarfile.open(fileobj=io.BytesIO(archive)) as reader:
        assert [info.size for info in reader] == [3]
