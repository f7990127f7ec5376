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
    "mremap": (25, 216),
    "madvise": (28, 233),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "exit": (60, 93),
    "getrusage": (98, 165),
    "sigaltstack": (131, 132),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
"""All the system calls that an evaluation needs: their numbers on x86_64 and aarch64."""
_PRLIMIT = (302, 261)
"""Allowed on the process itself alone: another's limits would be a way to kill it."""
_NUMBER, _ARCHITECTURE, _FIRST_LOW, _FIRST_HIGH = 0, 4, 16, 20
"""Offsets in ``struct seccomp_data``; the first argument on a little-endian machine."""

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
        calls = [numbers[column] for numbers in _CALLS.values()]
        _install(_ARCHITECTURES[machine], calls, _PRLIMIT[column])
    except OSError:
        return "limits"
    return "seccomp"


def bound(seconds: float, data: int) -> None:
    """Set the walls of one evaluation: CPU seconds from now, bytes of private memory.

    Backstops only: the parent's clock and the instance's own limits act first. RLIMIT_CPU counts
    from the start of the process, hence the soft limit is moved for each evaluation.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime + min(seconds, _MAX_SECONDS)) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    limit_memory(data)


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


def limit_memory(data: int) -> None:
    """Bound private memory (RLIMIT_DATA: reserved address space, gigabytes of it, counts not)."""
    # Where a lower hard limit already holds, it stays.
    with contextlib.suppress(ValueError, OSError, OverflowError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (data, hard))


def _install(architecture: int, calls: list[int], prlimit: int) -> None:
    program = [
        _step(_LOAD_WORD, 0, 0, _ARCHITECTURE),
        _step(_JUMP_IF_EQUAL, 1, 0, architecture),
        _step(_RETURN, 0, 0, _KILL_PROCESS),
        _step(_LOAD_WORD, 0, 0, _NUMBER),
        _step(_JUMP_IF_EQUAL, 0, 6, prlimit),
        _step(_LOAD_WORD, 0, 0, _FIRST_LOW),
        _step(_JUMP_IF_EQUAL, 0, 2, 0),
        _step(_LOAD_WORD, 0, 0, _FIRST_HIGH),
        _step(_JUMP_IF_EQUAL, 1, 0, 0),
        _step(_RETURN, 0, 0, _ERRNO_EPERM),
        _step(_RETURN, 0, 0, _ALLOW),
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
