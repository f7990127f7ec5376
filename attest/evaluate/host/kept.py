"""An instance that is used again: every page and number that changed is put back first.

A prepared instance of a frozen guest consists of its memory, the mutable globals, all of which it
exports, and a table that none of its code can change (`.ci/guests/freeze.py` sees to both). The
kernel says which pages of the memory were written since they were mapped. Those are overwritten
with what they held when the policy was prepared; every other page is the guest's own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from attest.evaluate.host.machine import Instance, Memory
from attest.evaluate.host.pagemap import Pagemap, runs
from attest.model.frozen import frozen

Pages = Sequence[tuple[int, bytes]]
"""Runs of memory: where each begins, and what it holds."""
_MOST = 8 << 20
"""Bytes that are put back; where more was written, a fresh instance is cheaper."""


@frozen
class Original:
    """What a prepared instance holds: ``pages`` over the memory of one that never ran.

    Beyond that memory, which it is larger than by ``grown`` pages, it is blank. ``numbers`` are the
    exported globals and their values; ``room`` is where a document that is not large can stand.
    """

    untouched: Memory
    pages: Pages = field(repr=False)
    numbers: Sequence[tuple[str, int]]
    grown: int
    room: int

    def write(self, instance: Instance, memory: Memory) -> None:
        """Prepare a fresh instance."""
        if self.grown:
            memory.grow(self.grown)
        memory.write_all(self.pages)
        for name, value in self.numbers:
            instance.set_global(name, value)

    def read(self, at: int, size: int) -> bytes:
        """Return a part of the prepared memory."""
        inside = max(0, min(size, self.untouched.size - at))
        content = bytearray(self.untouched.read(at, inside) if inside else b"")
        content += bytes(size - inside)
        for first, run in self.pages:
            low, high = max(at, first), min(at + size, first + len(run))
            if low < high:
                content[low - at : high - at] = run[low - first : high - first]
        return bytes(content)


class Kept:
    """One instance in the state of ``original``, now and after each `put_back`."""

    def __init__(
        self, instance: Instance, memory: Memory, original: Original, pagemap: Pagemap
    ) -> None:
        self.instance = instance
        self.memory = memory
        self.original = original
        self._pagemap = pagemap
        self._set_numbers = instance.numbers([name for name, _ in original.numbers])
        self._size = memory.size
        self._written = b""
        self._pages: Pages = ()

    @property
    def grown(self) -> bool:
        """Whether its memory is larger than it was: that cannot be undone."""
        return self.memory.size != self._size

    def put_back(self) -> bool:
        """Make the instance what it was; false where that cannot be proven."""
        written = self.memory.written(self._pagemap)
        if written is None or self.grown:
            return False
        if written != self._written and not self._learn(written):
            return False
        self.memory.write_all(self._pages)
        self._set_numbers()
        return True

    def _learn(self, written: bytes) -> bool:
        """Read what the written pages held; they are nearly the same ones each time.

        The host itself wrote those of ``original``: a system that does not say so is not believed.
        """
        found = list(runs(written))
        if sum(size for _, size in found) > _MOST or not _within(self.original.pages, found):
            return False
        self._pages = [(at, self.original.read(at, size)) for at, size in found]
        self._written = written
        return True


def _within(pages: Pages, found: Sequence[tuple[int, int]]) -> bool:
    return all(
        any(first <= at and at + len(content) <= first + size for first, size in found)
        for at, content in pages
    )
