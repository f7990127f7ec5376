"""Blocks of the kernel's memory, seen from the host: what a policy hands over, and what it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.evaluate.host.stopped import Stopped

if TYPE_CHECKING:  # the parent reads this as well, and never imports wasmtime
    from attest.evaluate.host.machine import Instance, Memory

MAX_TEXT = 64 << 10
"""Bytes of one name, log line or error text that the host looks at."""
_UNSIGNED = (1 << 64) - 1
_FIRST = 24
"""No block's content starts before it."""


class Blocks:
    """The kernel of one evaluation. Every pointer and length comes from the policy: hostile."""

    def __init__(self, kernel: Instance) -> None:
        if kernel.memory is None:
            raise Stopped("GUEST_INVALID", "the kernel has no memory")
        self._kernel = kernel
        self._memory: Memory = kernel.memory

    def put(self, content: bytes) -> int:
        """Copy ``content`` into a new block; empty content is block 0, as in Extism."""
        at = self._kernel.call("alloc", len(content))
        if content and not at:
            raise Stopped("OUT_OF_MEMORY", f"no room for {len(content)} bytes")
        self._memory.write(at, content)
        return at

    def get(self, at: int, most: int, what: str) -> bytes:
        """Return a block's content; raise ``Stopped`` GUEST_INVALID beyond ``most`` bytes."""
        size = self._length(at)
        if size > most:
            raise Stopped("GUEST_INVALID", f"{what} of {size} bytes, the limit is {most}")
        return self._read(at, size, what)

    def text(self, at: int, what: str) -> str:
        """Return a block as text, cut to ``MAX_TEXT``; bytes that are not UTF-8 are marked."""
        size = min(self._length(at), MAX_TEXT)
        return self._read(at, size, what).decode("utf-8", "replace")

    def set_input(self, content: bytes) -> None:
        """Make ``content`` the policy's input."""
        self._kernel.call("input_set", self.put(content), len(content))

    def output(self, most: int) -> bytes:
        """Return what the policy set as its output, at most ``most`` bytes.

        Raises ``Stopped`` NO_RESULT, OUTPUT_LIMIT, or GUEST_INVALID when it lies outside.
        """
        at = self._kernel.call("output_offset") & _UNSIGNED
        size = self._kernel.call("output_length") & _UNSIGNED
        if not size:
            raise Stopped("NO_RESULT", "it set no output")
        if size > most:
            raise Stopped("OUTPUT_LIMIT", f"an output of {size} bytes, the limit is {most}")
        return self._read(at, size, "output")

    def error(self) -> str | None:
        """Return the error text that the policy set, if it set one."""
        at = self._kernel.call("error_get") & _UNSIGNED
        return self.text(at, "error") if at else None

    def require_room(self) -> None:
        """Raise ``Stopped`` OUT_OF_MEMORY if a block that was asked for could not be had."""
        if self._kernel.call("full"):
            raise Stopped("OUT_OF_MEMORY", "there was no room for a block that it asked for")

    def _length(self, at: int) -> int:
        return self._kernel.call("length", at) & _UNSIGNED

    def _read(self, at: int, size: int, what: str) -> bytes:
        at &= _UNSIGNED
        if not size:
            return b""
        if at < _FIRST or at + size > self._memory.size:
            raise Stopped("GUEST_INVALID", f"{what}: {size} bytes at {at} lie outside its blocks")
        return self._memory.read(at, size)
