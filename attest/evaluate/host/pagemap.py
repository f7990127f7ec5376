"""Which pages of its own private mappings this process has written (Linux, ``pagemap``).

A page that was never written shows the file it is mapped from, or nothing; the kernel gives a
process its own copy at the first write, and says so (Linux, Documentation/admin-guide/mm/pagemap).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

PAGE = os.sysconf("SC_PAGESIZE")
"""Bytes of a page of the system."""
_ENTRY = 8
_PRESENT, _SWAPPED, _OF_A_FILE = 0x80, 0x40, 0x20
"""Bits 63, 62 and 61 of an entry, in its highest byte."""
_HIGHEST = slice(_ENTRY - 1 if sys.byteorder == "little" else 0, None, _ENTRY)


def _clean(entry: int) -> bool:
    """Tell whether a page is not there at all, or is the file's."""
    there = entry & (_PRESENT | _SWAPPED)
    return not there or (there == _PRESENT and bool(entry & _OF_A_FILE))


_WRITTEN = bytes(not _clean(entry) for entry in range(256))
_RUN = re.compile(b"\x01+")


class Pagemap:
    """Opened before the jail closes; ``None`` is its answer where the system has no such file."""

    def __init__(self) -> None:
        self._file: int | None = None
        if sys.platform.startswith("linux"):
            try:
                self._file = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return

    def written(self, address: int, size: int) -> bytes | None:
        """Return one byte for each page of the range, 1 where it may have been written."""
        if self._file is None or address % PAGE or size % PAGE:
            return None
        count = size // PAGE
        try:
            entries = os.pread(self._file, count * _ENTRY, address // PAGE * _ENTRY)
        except OSError:
            return None
        return entries[_HIGHEST].translate(_WRITTEN) if len(entries) == count * _ENTRY else None


def runs(written: bytes) -> Iterator[tuple[int, int]]:
    """Give offset and size, in bytes, of each run of pages that may have been written."""
    for run in _RUN.finditer(written):
        first, last = run.span()
        yield first * PAGE, (last - first) * PAGE
