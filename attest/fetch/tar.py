"""An OCI layout in one tar file: its members are found once and read in place, never unpacked.

POSIX.1-2017, pax, "ustar Interchange Format". Only plain members count, so that no two readers see
two different layouts: a link, a device, a sparse or renamed member or one that comes twice refuses
the whole file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import NamedTuple, Self

from attest.errors import FetchError
from attest.fetch import files
from attest.fetch.limits import FetchLimits
from attest.model.artifact import Reference

_BLOCK = 512
_PAX_SIZE = 64 << 10
_REGULAR, _FOLDER, _PAX = b"0\0", b"5", b"xg"
_LAYOUT = re.compile(r"oci-layout|index\.json|blobs/[a-z0-9+._-]{1,32}/[A-Za-z0-9]{1,256}")
_OCTAL = re.compile(rb"[ 0]*([0-7]{1,11})[ \0]*")
_PAX_RECORD = re.compile(rb"[1-9][0-9]{0,5} ([A-Za-z0-9._]{1,64})=[^\n]*\n")
_PAX_HARMLESS = frozenset(
    {b"atime", b"comment", b"ctime", b"gid", b"gname", b"mtime", b"uid", b"uname"}
)


class Archive:
    """The members of a tar file by name. ``reference`` names the file, relative to its base."""

    def __init__(self, reference: Reference, limits: FetchLimits) -> None:
        self._reference = reference
        self._limits = limits
        self._members: dict[str, tuple[int, int]] = {}
        with self._opened() as file:
            for name, place in _Headers(file, self._limits):
                if name in self._members:
                    raise self._malformed(f"{name} is in it twice")
                self._members[name] = place

    def read(self, name: str, limit: int) -> bytes:
        """Return a member of at most ``limit`` bytes; FILE_NOT_FOUND or FILE_TOO_LARGE."""
        if name not in self._members:
            raise FetchError("FILE_NOT_FOUND", f"{self._reference}: it has no {name}")
        start, size = self._members[name]
        if size > limit:
            message = f"{self._reference}: {name}: expected at most {limit:,} bytes, seen {size:,}"
            raise FetchError("FILE_TOO_LARGE", message)
        with self._opened() as file:
            return file.at(start, size)

    def _opened(self) -> _File:
        return _File(self._reference)

    def _malformed(self, why: str) -> FetchError:
        return _malformed(str(self._reference), why)


def is_file(reference: Reference) -> bool:
    """Tell whether a layout is a file rather than a folder."""
    try:
        return stat.S_ISREG(os.stat(files.path_of(reference)).st_mode)  # noqa: PTH116  # text
    except (OSError, ValueError):
        return False


class _File:
    """An open file, read at given places."""

    def __init__(self, reference: Reference) -> None:
        self.where = str(reference)
        self._descriptor = files.open_read(reference)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def at(self, start: int, size: int) -> bytes:
        """Return exactly ``size`` bytes from ``start``."""
        try:
            content = os.pread(self._descriptor, size, start)
        except OSError as error:
            raise files.failure(error, self.where) from None
        if len(content) != size:
            raise _malformed(self.where, "it ends before its content does")
        return content


class _Header(NamedTuple):
    name: str
    kind: bytes
    size: int


class _Headers:
    """Walks the headers of an archive; yields the layout's own files with place and size."""

    def __init__(self, file: _File, limits: FetchLimits) -> None:
        self._file = file
        self._limits = limits

    def __iter__(self) -> Iterator[tuple[str, tuple[int, int]]]:
        place = 0
        for _ in range(2 * self._limits.files):
            block = self._file.at(place, _BLOCK)
            place += _BLOCK
            if not any(block):
                return
            header = self._header(block)
            if header.kind in _PAX:
                self._check_pax(place, header.size)
            elif header.kind in _REGULAR:
                name = header.name.removeprefix("./")
                if _LAYOUT.fullmatch(name):
                    yield name, (place, header.size)
                elif name.startswith("/") or ".." in name.split("/"):
                    raise self._malformed(f"a member is called {name[:80]!r}")
            elif header.kind != _FOLDER:
                raise self._malformed(
                    f"{header.name[:80]!r} is no plain file (type {header.kind!r})"
                )
            place += -(-header.size // _BLOCK) * _BLOCK
        raise self._malformed(f"it has more than {self._limits.files:,} members")

    def _header(self, block: bytes) -> _Header:
        if block[:2] == b"\x1f\x8b":
            raise self._malformed("it is compressed; unpack it first")
        number = _OCTAL.fullmatch(block[124:136])
        stated = _OCTAL.fullmatch(block[148:156])
        unsigned = sum(block) - sum(block[148:156]) + 8 * ord(" ")
        if block[257:262] != b"ustar" or number is None or stated is None:
            raise self._malformed("it is neither a folder nor a tar file in ustar format")
        if int(stated[1], 8) != unsigned:
            raise self._malformed("the checksum of a header is wrong")
        name, prefix = (text.split(b"\0", 1)[0] for text in (block[:100], block[345:500]))
        # GNU tar keeps times where POSIX has the prefix of a name.
        whole = name if not prefix or block[257:265] == b"ustar  \0" else prefix + b"/" + name
        kind = block[156:157]
        return _Header(whole.decode("utf-8", "replace"), kind, int(number[1], 8))

    def _check_pax(self, place: int, size: int) -> None:
        """Refuse records that would give a member another name or size."""
        if size > _PAX_SIZE:
            raise self._malformed("an extended header is too large")
        records = self._file.at(place, size)
        read = 0
        while match := _PAX_RECORD.match(records, read):
            if match[1] not in _PAX_HARMLESS:
                raise self._malformed(f"an extended header sets {match[1].decode()}")
            read = match.end()
        if read != len(records):
            raise self._malformed("an extended header cannot be read")

    def _malformed(self, why: str) -> FetchError:
        return _malformed(self._file.where, why)


def _malformed(where: str, why: str) -> FetchError:
    return FetchError("LAYOUT_MALFORMED", f"{where}: {why}", where=where)
