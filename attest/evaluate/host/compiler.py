"""Compiling one module in a throwaway process: standard input to standard output.

Compiling is the one step that no fuel bounds, and it leaves hundreds of megabytes behind; so it
happens in a process of its own, within limits, and its end costs nothing.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

from attest.errors import EngineError
from attest.evaluate.host import jail, launch

_REFUSED = 3
"""Exit status: the module is not valid; standard error says why."""
_MAX_FILE = 2 << 30
_OUT_OF_MEMORY = ("memory allocation", "MemoryError", "Cannot allocate memory")


def run(
    wasm: bytes, out: int, *, name: str, timeout: float, memory: int, target: str | None = None
) -> None:
    """Write native code for ``wasm`` to the descriptor ``out``, for this processor or ``target``.

    Raises ``EngineError`` COMPILE_FAILED, COMPILE_MEMORY, COMPILE_TIMEOUT.
    """
    arguments = [str(memory)] if target is None else [str(memory), target]
    try:
        ended = subprocess.run(
            launch.command("attest.evaluate.host.compiler", *arguments),
            input=wasm,
            stdout=out,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EngineError("COMPILE_TIMEOUT", f"{name}: not compiled after {timeout:g} s") from None
    if ended.returncode == 0:
        return
    said = ended.stderr.decode("utf-8", "replace").strip()
    if ended.returncode == _REFUSED:
        raise EngineError("COMPILE_FAILED", f"{name}: {said[:500]}")
    killed = ended.returncode == -signal.SIGKILL
    if killed or any(words in said for words in _OUT_OF_MEMORY):
        raise EngineError(
            "COMPILE_MEMORY", f"{name}: compiling takes more than {memory >> 20} MiB of memory"
        )
    last = said.splitlines()[-1][:300] if said else "no message"
    raise EngineError("COMPILE_FAILED", f"{name}: the compiler ended ({ended.returncode}): {last}")


def main(arguments: list[str]) -> None:
    """Be that process: compile standard input within ``arguments[0]`` bytes of memory.

    For every processor of the triple ``arguments[1]``, if there is one.
    """
    jail.limit_memory(int(arguments[0]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE, _MAX_FILE))
    from attest.evaluate.host.machine import compile_module

    try:
        native = compile_module(sys.stdin.buffer.read(), *arguments[1:])
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(_REFUSED)
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(native)
    os._exit(0)
