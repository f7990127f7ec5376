"""The same hostile code in the form of each engine that runs Wasm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.evaluate.abi.extism.older_wat import SAY as OLDER_SAY
from tests.evaluate.abi.extism.older_wat import older
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.abi.opa.wat import FUNCTIONS
from tests.evaluate.abi.opa.wat import module as opa

_WASI = "wasi_snapshot_preview1"
WRITE = f'(import "{_WASI}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
POLL = f'(import "{_WASI}" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))'
EXIT = f'(import "{_WASI}" "proc_exit" (func $exit (param i32)))'


@dataclass(frozen=True)
class Code:
    """What a program does before it answers that all is well.

    ``extra`` stands beside its functions; ``memory`` are the limits of its memory; ``imports`` are
    for engines that serve WASI.
    """

    body: str = ""
    extra: str = ""
    imports: str = ""
    memory: str = ""


def _extism(code: Code) -> bytes:
    memory = f'(memory (export "memory") {code.memory or 1})'
    return module(f"{code.body} {SAY}", extra=code.extra, imports=code.imports, memory=memory)


def _older(code: Code) -> bytes:
    memory = f'(memory (export "memory") {code.memory or 4})'
    return older(f"{code.body} {OLDER_SAY}", extra=code.extra, imports=code.imports, memory=memory)


def _opa(code: Code) -> bytes:
    memory = f'(import "env" "memory" (memory {code.memory or 1}))'
    imports = memory + FUNCTIONS
    return opa(evaluate=code.body, extra=code.extra, imports=imports)


FRAMES: dict[str, Callable[[Code], bytes]] = {"extism": _extism, "older": _older, "opa": _opa}
"""Engine -> a program of that engine."""
CLEAN = {name: frame(Code()) for name, frame in FRAMES.items()}
"""Programs that say that all is well."""
