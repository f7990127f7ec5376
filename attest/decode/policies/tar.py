"""Tar archives, read in memory by an allow-list (POSIX.1-2017 pax, ustar; GNU long names).

The standard library's reader takes a damaged header for the end of the archive, so that members
behind it vanish; it follows links and sparse maps. Here every block is accounted for: what is not
a regular file or a folder is refused, and so is anything behind the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attest.errors import DecodeError
from attest.model.frozen import frozen

BLOCK = 512

_OCTAL = re.compile(rb" *([0-7]+)[ \x00]*")
_PAX_RECORD = re.compile(rb"(\d{1,10}) ([^=\n]+)=")
_NO_BYTES = bytes(BLOCK)
_REGULAR = b"0\x00"
_FOLDER = b"5"
_PAX, _PAX_GLOBAL, _LONG_NAME = b"x", b"g", b"L"


@frozen
class Member:
    """One member as the archive names it. ``content`` is ``None`` for a folder."""

    path: str
    content: bytes | None


@frozen
class _Header:
    name: bytes
    size: int
    type: bytes


def members(archive: bytes) -> Iterator[Member]:
    """Yield the members; raise `DecodeError` (POLICY_BUNDLE_MALFORMED) on anything unexpected."""
    at = 0
    extended: dict[str, bytes] = {}
    while True:
        block = archive[at : at + BLOCK]
        if len(block) < BLOCK:
            raise _malformed("expected an end-of-archive block, seen the end of the bytes")
        if block == _NO_BYTES:
            if archive[at:].strip(b"\x00") or extended:
                raise _malformed("expected nothing behind the end of the archive")
            return
        header = _header(block)
        size = _size(header, extended)
        content = archive[at + BLOCK : at + BLOCK + size]
        if len(content) < size:
            raise _malformed("expected a whole member, seen the end of the bytes")
        at += BLOCK + -(-size // BLOCK) * BLOCK
        if header.type in {_PAX, _PAX_GLOBAL, _LONG_NAME}:
            extended = _extend(extended, header.type, content)
        else:
            yield _member(header, extended, content)
            extended = {}


def _header(block: bytes) -> _Header:
    if block[257:262] != b"ustar":
        raise _malformed("expected a ustar header")
    if sum(block) - sum(block[148:156]) + 8 * 32 != _number(block[148:156]):
        raise _malformed("expected a header whose checksum matches")
    name = block[:100].partition(b"\x00")[0]
    prefix = block[345:500].partition(b"\x00")[0]
    if prefix and block[262:263] == b"\x00":  # GNU keeps times in these bytes
        name = prefix + b"/" + name
    return _Header(name, _number(block[124:136]), block[156:157])


def _number(field: bytes) -> int:
    match = _OCTAL.fullmatch(field)
    if match is None:
        raise _malformed("expected an octal number in a header")
    return int(match[1], 8)


def _size(header: _Header, extended: dict[str, bytes]) -> int:
    given = extended.get("size")
    if given is None or header.type in {_PAX, _PAX_GLOBAL, _LONG_NAME}:
        return header.size
    if not given.isdigit() or len(given) > 12:  # noqa: PLR2004  # far beyond any size limit
        raise _malformed("expected a decimal size in an extended header")
    return int(given)


def _extend(extended: dict[str, bytes], kind: bytes, content: bytes) -> dict[str, bytes]:
    name = {"path": content.partition(b"\x00")[0]}
    records = name if kind == _LONG_NAME else _records(content)
    if kind == _PAX_GLOBAL:
        if records.keys() & {"path", "size"}:
            raise _malformed("expected no path or size for all members")
        return extended
    if extended.keys() & records.keys():
        raise _malformed("expected one extended header for a member, seen two")
    return extended | records


def _records(content: bytes) -> dict[str, bytes]:
    """Return the records of a pax header that change a member; the others are times and owners."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        match = _PAX_RECORD.match(content, at)
        end = at + int(match[1]) if match else 0
        if match is None or not match.end() < end <= len(content) or content[end - 1] != ord("\n"):
            raise _malformed("expected a record of an extended header")
        key = match[2].decode("ascii", "replace")
        if key.startswith("GNU.sparse."):
            raise _malformed("expected no sparse member")
        if key in {"path", "size"}:
            found[key] = content[match.end() : end - 1]
        at = end
    return found


def _member(header: _Header, extended: dict[str, bytes], content: bytes) -> Member:
    try:
        path = extended.get("path", header.name).decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("expected names in UTF-8") from None
    if header.type == _FOLDER or (header.type in _REGULAR and path.endswith("/")):
        if content:
            raise _malformed(f"expected the folder {path[:200]!r} to be empty")
        return Member(path, None)
    if header.type not in _REGULAR:
        raise DecodeError(
            "POLICY_FILE_REFUSED",
            f"expected files and folders alone, seen {path[:200]!r} of type {header.type!r}",
        )
    return Member(path, content)


def _malformed(message: str) -> DecodeError:
    return DecodeError("POLICY_BUNDLE_MALFORMED", f"not a tar archive: {message}")
