"""A window on one instance's linear memory. It knows addresses, not wasmtime."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable

from attest.evaluate.host.pagemap import Pagemap
from attest.evaluate.host.settings import PAGE
from attest.evaluate.host.stopped import Stopped

_CHUNK = 4_096
_BLANK = (ctypes.c_char * PAGE)()
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]


class Memory:
    """Linear memory; pointers are taken modulo 2**32.

    ``window`` tells where it is now and how many bytes it has; ``grow`` adds pages, or raises
    ``Stopped`` OUT_OF_MEMORY.
    """

    def __init__(self, window: Callable[[], tuple[int, int]], grow: Callable[[int], None]) -> None:
        self._window = window
        self.grow = grow

    @property
    def size(self) -> int:
        """Bytes of the memory now."""
        return self._window()[1]

    def read(self, pointer: int, size: int) -> bytes:
        """Copy ``size`` bytes out; raise ``Stopped`` GUEST_INVALID when they lie outside."""
        base, end = self._window()
        pointer &= 0xFFFF_FFFF
        size &= 0xFFFF_FFFF
        if pointer + size > end:
            raise Stopped("GUEST_INVALID", f"{size} bytes at {pointer} lie outside its memory")
        return ctypes.string_at(base + pointer, size)

    def write(self, pointer: int, content: bytes) -> None:
        """Copy ``content`` in; raise ``Stopped`` GUEST_INVALID when it does not fit there."""
        base, end = self._window()
        pointer &= 0xFFFF_FFFF
        if pointer + len(content) > end:
            raise Stopped("GUEST_INVALID", f"{len(content)} bytes at {pointer} do not fit")
        ctypes.memmove(base + pointer, content, len(content))

    def write_all(self, runs: Iterable[tuple[int, bytes]]) -> None:
        """Copy many runs in, each to its address; all must lie inside."""
        base, end = self._window()
        for at, content in runs:
            if not 0 <= at <= end - len(content):
                raise Stopped("GUEST_INVALID", f"{len(content)} bytes at {at} do not fit")
            ctypes.memmove(base + at, content, len(content))

    def written(self, pagemap: Pagemap) -> bytes | None:
        """Return one byte for each page of the system, 1 where it may have been written."""
        return pagemap.written(*self._window())

    def changed(self, before: Memory) -> tuple[tuple[int, bytes], ...]:
        """Return the runs of bytes that differ from ``before``, a memory that may be smaller."""
        (now, end), (was, was_end) = self._window(), before._window()
        runs: list[tuple[int, int]] = []
        for page in range(0, end, PAGE):
            old = was + page if page < was_end else ctypes.addressof(_BLANK)
            if not _memcmp(now + page, old, PAGE):
                continue
            for at in range(0, PAGE, _CHUNK):
                if _memcmp(now + page + at, old + at, _CHUNK):
                    first = page + at
                    if runs and runs[-1][1] == first:
                        first = runs.pop()[0]
                    runs.append((first, page + at + _CHUNK))
        return tuple((first, ctypes.string_at(now + first, last - first)) for first, last in runs)
