"""What a worker gives up before it sees a policy: Linux prctl, rlimits, seccomp.

Wasm is the first wall; this is the second, for the day the first has a hole. Where the system
offers less (macOS), less holds: the caller is told which.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_KILL_PROCESS, _ERRNO_EPERM, _ALLOW = 0x8000_0000, 0x0005_0001, 0x7FFF_0000

_ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
"""Machine -> its audit number."""
_CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "exit": (60, 93),
    "sigaltstack": (131, 132),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
"""All the system calls that an evaluation needs: their numbers on x86_64 and aarch64."""
_NUMBER, _ARCHITECTURE = 0, 4
"""Offsets in ``struct seccomp_data``."""
BY_PARENT = hasattr(resource, "prlimit")
"""Whether the parent can bound a worker, which then cannot move its own limits any more."""
_CPU_CLOCK = 2
"""Of a process, in the number of its clock (Linux, ``MAKE_PROCESS_CPUCLOCK``)."""

_MAX_SECONDS = 1e9


def enter(parent: int) -> None:
    """First thing in a child of the process ``parent``: die with it, gain nothing, leave no core.

    The parent-death signal fires when the parent's *thread* ends: pools live on the main thread.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0)
    if os.getppid() != parent:  # it was gone before the signal was set
        os._exit(1)


def close_doors(descriptors: int) -> str:
    """Forbid files and every system call that evaluation does not need; say what holds.

    Returns ``seccomp``, or ``limits`` where the system has no usable seccomp.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))
    machine = os.uname().machine
    if not sys.platform.startswith("linux") or machine not in _ARCHITECTURES:
        return "limits"
    column = list(_ARCHITECTURES).index(machine)
    try:
        _prctl(_PR_SET_DUMPABLE, 0, 0)
        _install(_ARCHITECTURES[machine], [numbers[column] for numbers in _CALLS.values()])
    except OSError:
        return "limits"
    return "seccomp"


def bound(seconds: float, data: int, process: int = 0) -> None:
    """Set the walls of evaluations: CPU seconds from now, bytes of private memory.

    ``process`` is a child, or 0 for this one. Backstops only: the parent's clock and the instance's
    own limits act first. RLIMIT_CPU counts from the start of the process, hence it moves.
    """
    with contextlib.suppress(OSError):
        until = int(_cpu_time(process) + min(seconds, _MAX_SECONDS)) + 1
        _limit(process, resource.RLIMIT_CPU, until)
    limit_memory(data, process)


def _cpu_time(process: int) -> float:
    return time.clock_gettime(~process << 3 | _CPU_CLOCK) if process else time.process_time()


def _limit(process: int, what: int, soft: int) -> None:
    """Move a soft limit; where a lower hard one already holds, it stays."""
    with contextlib.suppress(ValueError, OSError, OverflowError):
        if process:
            hard = resource.prlimit(process, what)[1]
            resource.prlimit(process, what, (soft, hard))
        else:
            resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))


def private_memory() -> int:
    """Return what RLIMIT_DATA counts of this process now (proc(5), statm); 0 where unknown.

    Some libraries take hundreds of gigabytes when they are loaded, as address space to allocate
    from: a limit below that would refuse the next page to everybody else.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # pathlib costs 5 ms
            pages = int(file.read().split()[5])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()


def limit_memory(data: int, process: int = 0) -> None:
    """Bound private memory (RLIMIT_DATA: reserved address space, gigabytes of it, counts not)."""
    _limit(process, resource.RLIMIT_DATA, data)


def _install(architecture: int, calls: list[int]) -> None:
    program = [
        _step(_LOAD_WORD, 0, 0, _ARCHITECTURE),
        _step(_JUMP_IF_EQUAL, 1, 0, architecture),
        _step(_RETURN, 0, 0, _KILL_PROCESS),
        _step(_LOAD_WORD, 0, 0, _NUMBER),
    ]
    for index, number in enumerate(calls):
        program.append(_step(_JUMP_IF_EQUAL, len(calls) - index, 0, number))
    program += [_step(_RETURN, 0, 0, _ERRNO_EPERM), _step(_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(program))
    head = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    kept = ctypes.create_string_buffer(head)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(kept))


def _step(code: int, hit: int, miss: int, operand: int) -> bytes:
    return struct.pack("HBBI", code, hit, miss, operand)


def _prctl(option: int, value: int, argument: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if library.prctl(option, value, argument, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")
