"""Deterministic WASI preview 1: a virtual clock, seeded randomness, no files, no environment.

The same module over the same input then uses the same fuel and writes the same bytes, always.
Where the specification would allow more, the answer is an error number of its list.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from typing import Protocol

from attest.evaluate.host.stopped import Exited, Stopped

SUCCESS, BADF, FAULT, INVAL, NOSYS, SPIPE = 0, 8, 21, 28, 52, 70
"""Error numbers (WASI preview 1, ``errno``)."""

STDIN, STDOUT, STDERR = 0, 1, 2
TICK = 1_000
"""Nanoseconds that pass with every look at the clock, so that a loop that waits comes to an end."""
MAX_VECTORS = 1_024
"""Buffers of one read or write."""
MAX_RANDOM = 1 << 20
"""Random bytes of one call."""
MAX_LOG = 64 << 10
"""Bytes of standard error that are kept; more is dropped and said so."""

_FILESTAT_CHARACTER = bytes(16) + b"\2" + bytes(47)
_FDSTAT_CHARACTER = struct.pack("<BxHxxxxQQ", 2, 0, 0x1FFF_FFFF, 0)


class Window(Protocol):
    """Linear memory, as `machine.Memory` offers it."""

    def read(self, pointer: int, size: int) -> bytes:
        """Copy bytes out."""

    def write(self, pointer: int, content: bytes) -> None:
        """Copy bytes in."""


class Wasi:
    """The host side of one instance at a time: `begin` it, let it run, read ``stdout``."""

    def __init__(self, arguments: Sequence[str] = ("policy",)) -> None:
        self._arguments = [argument.encode() + b"\0" for argument in arguments]
        self._memory: Window | None = None
        self.begin(0, 0)

    def begin(self, at_ns: int, output: int, stdin: bytes = b"") -> None:
        """Start afresh: the clock at ``at_ns``, at most ``output`` bytes of standard output."""
        self._clock = at_ns
        self._random = 0
        self._output = output
        self._stdin = memoryview(stdin)
        self._dropped = 0
        self._stderr = bytearray()
        self.stdout = bytearray()
        self._memory = None

    def attach(self, memory: Window | None) -> None:
        """Use this memory: that of the instance that now runs."""
        self._memory = memory

    def logs(self) -> tuple[str, ...]:
        """Return the lines of standard error."""
        lines = tuple(self._stderr.decode("utf-8", "replace").splitlines())
        return (*lines, f"[{self._dropped} bytes more]") if self._dropped else lines

    def functions(self) -> dict[tuple[str, str], Callable[..., int | None]]:
        """Return every function of the interface, for `machine.Program`."""
        names = [name for name in dir(self) if name.startswith(_FAMILIES)]
        return {(_MODULE, name): getattr(self, name) for name in names} | {
            (_MODULE, name): _refuse for name in _REFUSED
        }

    @property
    def memory(self) -> Window:
        """The memory of the running instance."""
        if self._memory is None:
            raise Stopped("GUEST_INVALID", "a host call before its memory is known")
        return self._memory

    def _word(self, pointer: int, value: int) -> int:
        self.memory.write(pointer, struct.pack("<I", value & 0xFFFF_FFFF))
        return SUCCESS

    # The functions themselves, named and ordered as in the specification.

    def args_sizes_get(self, count: int, size: int) -> int:
        """Say how many arguments there are, and their bytes."""
        self._word(count, len(self._arguments))
        return self._word(size, sum(map(len, self._arguments)))

    def args_get(self, pointers: int, texts: int) -> int:
        """Write the arguments."""
        for index, argument in enumerate(self._arguments):
            self._word(pointers + 4 * index, texts)
            self.memory.write(texts, argument)
            texts += len(argument)
        return SUCCESS

    def environ_sizes_get(self, count: int, size: int) -> int:
        """Say that the environment is empty."""
        self._word(count, 0)
        return self._word(size, 0)

    def environ_get(self, _pointers: int, _texts: int) -> int:
        """Write the empty environment."""
        return SUCCESS

    def clock_res_get(self, _clock: int, pointer: int) -> int:
        """Say how finely the clock ticks."""
        self.memory.write(pointer, struct.pack("<Q", TICK))
        return SUCCESS

    def clock_time_get(self, _clock: int, _precision: int, pointer: int) -> int:
        """Tell the virtual time, then let it tick."""
        self.memory.write(pointer, struct.pack("<Q", self._clock & 0xFFFF_FFFF_FFFF_FFFF))
        self._clock += TICK
        return SUCCESS

    def fd_close(self, _fd: int) -> int:
        """Close nothing."""
        return SUCCESS

    def fd_fdstat_get(self, fd: int, pointer: int) -> int:
        """Describe a standard stream."""
        if not STDIN <= fd <= STDERR:
            return BADF
        self.memory.write(pointer, _FDSTAT_CHARACTER)
        return SUCCESS

    def fd_fdstat_set_flags(self, _fd: int, _flags: int) -> int:
        """Accept and ignore."""
        return SUCCESS

    def fd_filestat_get(self, fd: int, pointer: int) -> int:
        """Describe a standard stream as a character device."""
        if not STDIN <= fd <= STDERR:
            return BADF
        self.memory.write(pointer, _FILESTAT_CHARACTER)
        return SUCCESS

    def fd_prestat_get(self, _fd: int, _pointer: int) -> int:
        """Say that no directory is open."""
        return BADF

    def fd_prestat_dir_name(self, _fd: int, _pointer: int, _size: int) -> int:
        """Say that no directory is open."""
        return BADF

    def fd_read(self, fd: int, vectors: int, count: int, pointer: int) -> int:
        """Read from standard input."""
        if fd != STDIN:
            return BADF
        if not 0 <= count <= MAX_VECTORS:
            return INVAL
        total = 0
        for buffer, size in struct.iter_unpack("<II", self.memory.read(vectors, 8 * count)):
            part = bytes(self._stdin[:size])
            self.memory.write(buffer, part)
            self._stdin = self._stdin[len(part) :]
            total += len(part)
        return self._word(pointer, total)

    def fd_seek(self, _fd: int, _offset: int, _whence: int, _pointer: int) -> int:
        """Refuse: streams cannot seek."""
        return SPIPE

    def fd_write(self, fd: int, vectors: int, count: int, pointer: int) -> int:
        """Write to standard output, which is limited, or standard error, which is cut."""
        if fd not in {STDOUT, STDERR}:
            return BADF
        if not 0 <= count <= MAX_VECTORS:
            return INVAL
        total = 0
        for buffer, size in struct.iter_unpack("<II", self.memory.read(vectors, 8 * count)):
            self._keep(fd, buffer, size)
            total += size
        return self._word(pointer, total)

    def _keep(self, fd: int, buffer: int, size: int) -> None:
        if fd == STDOUT:
            if len(self.stdout) + size > self._output:
                raise Stopped("OUTPUT_LIMIT", f"more than {self._output} bytes of output")
            self.stdout += self.memory.read(buffer, size)
            return
        kept = min(size, MAX_LOG - len(self._stderr))
        self._stderr += self.memory.read(buffer, kept)
        self._dropped += size - kept

    def poll_oneoff(self, subscriptions: int, events: int, count: int, pointer: int) -> int:
        """Let virtual time pass for every clock that is waited for; nothing ever blocks."""
        if not 0 < count <= MAX_VECTORS:
            return INVAL
        for index in range(count):
            one = self.memory.read(subscriptions + 48 * index, 48)
            if one[8] == 0:
                self._clock += min(struct.unpack_from("<Q", one, 24)[0], 1 << 60)
            event = one[:8] + bytes(2) + one[8:9] + bytes(21)
            self.memory.write(events + 32 * index, event)
        return self._word(pointer, count)

    def proc_exit(self, status: int) -> None:
        """End the guest."""
        raise Exited(status)

    def random_get(self, pointer: int, size: int) -> int:
        """Give the next bytes of a fixed sequence."""
        if not 0 <= size <= MAX_RANDOM:
            return INVAL
        self._random += 1
        seed = b"attest deterministic randomness %d" % self._random
        self.memory.write(pointer, hashlib.shake_256(seed).digest(size))
        return SUCCESS

    def sched_yield(self) -> int:
        """Go on."""
        return SUCCESS


def _refuse(*_arguments: int) -> int:
    return NOSYS


_MODULE = "wasi_snapshot_preview1"
_FAMILIES = ("args_", "clock_", "environ_", "fd_", "poll_", "proc_", "random_", "sched_")
_REFUSED = (
    "fd_advise",
    "fd_allocate",
    "fd_datasync",
    "fd_fdstat_set_rights",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_pwrite",
    "fd_readdir",
    "fd_renumber",
    "fd_sync",
    "fd_tell",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "proc_raise",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
)
