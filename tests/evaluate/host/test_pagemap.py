"""What the kernel says about pages: written, read only, never touched."""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

import pytest

from attest.evaluate.host.pagemap import PAGE, Pagemap, runs

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pagemap is Linux's")


@linux
def test_pages_of_a_file_are_written_once_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 4 * PAGE)
    with file.open("r+b") as opened:
        mapped = mmap.mmap(opened.fileno(), 4 * PAGE, access=mmap.ACCESS_COPY)
    view = (ctypes.c_char * len(mapped)).from_buffer(mapped)
    address, pagemap = ctypes.addressof(view), Pagemap()
    assert pagemap.written(address, 4 * PAGE) == bytes(4)
    assert mapped[PAGE] == mapped[3 * PAGE] == ord("x")
    assert pagemap.written(address, 4 * PAGE) == bytes(4)
    mapped[PAGE + 7 : PAGE + 8] = b"x"
    mapped[2 * PAGE : 2 * PAGE + 1] = b"y"
    assert pagemap.written(address, 4 * PAGE) == b"\0\1\1\0"
    del view
    mapped.close()


@linux
def test_blank_pages_are_written_once_they_were_written() -> None:
    mapped = mmap.mmap(-1, 2 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    view = (ctypes.c_char * len(mapped)).from_buffer(mapped)
    address, pagemap = ctypes.addressof(view), Pagemap()
    assert pagemap.written(address, 2 * PAGE) == bytes(2)
    mapped[PAGE : PAGE + 1] = b"\0"
    assert pagemap.written(address, 2 * PAGE) == b"\0\1"
    del view
    mapped.close()


def test_what_cannot_be_asked_is_not_known() -> None:
    pagemap = Pagemap()
    assert pagemap.written(1, PAGE) is None
    assert pagemap.written(0, PAGE - 1) is None
    pagemap._file = None  # noqa: SLF001  # as on a system without one
    assert pagemap.written(0, PAGE) is None


def test_runs_are_in_bytes() -> None:
    assert list(runs(b"\1\0\1\1")) == [(0, PAGE), (2 * PAGE, 2 * PAGE)]
    assert list(runs(bytes(3))) == []
