"""Run one hostile policy without some limits, and say what came of it.

python -m tests.evaluate.hostile.without CASE [LIMIT…]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from attest.evaluate import Evaluator
from attest.model.policy import Policy
from tests.evaluate.hostile.answers import ECHO
from tests.evaluate.hostile.binary import join, split, with_functions
from tests.evaluate.hostile.frames import CLEAN, FRAMES, WRITE, Code
from tests.evaluate.hostile.programs import LOOP, TABLE, grows, lengthens
from tests.evaluate.hostile.unbounded import remove
from tests.evaluate.make import code_of, decide, policy


@dataclass(frozen=True)
class Held:
    """A policy that one limit holds.

    ``held`` is its code; ``removed`` are the limits to take away, and ``free`` is its code then:
    ``None`` when it never ends. ``set`` are limits that are changed in both runs.
    """

    make: Callable[[], Policy]
    held: str
    removed: tuple[str, ...]
    free: str | None
    document: bytes = field(default=b"{}", repr=False)
    limits: dict[str, Any] = field(default_factory=dict)
    set: tuple[str, ...] = ()


def _program(code: Code) -> Callable[[], Policy]:
    return lambda: policy(FRAMES["extism"](code))


def _logs(lines: int) -> Code:
    """Return code that writes lines of 32 KiB to standard error."""
    return Code(
        "(local $n i32) (i32.store (i32.const 2052) (i32.const 32768)) (loop $more"
        " (drop (call $write (i32.const 2) (i32.const 2048) (i32.const 1) (i32.const 2060)))"
        " (local.set $n (i32.add (local.get $n) (i32.const 1)))"
        f" (br_if $more (i32.lt_u (local.get $n) (i32.const {lines}))))",
        imports=WRITE,
    )


def _large() -> Policy:
    return policy(join([*split(CLEAN["extism"]), (0, b"\x01x" + bytes(65 << 20))]))


def _functions() -> Policy:
    return policy(with_functions(CLEAN["extism"], b"\x41\x00\x1a" * 20, 30_000))


_FILLS = grows(20_000) + "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 1000000))"
_SAYS_MUCH = b'{"violations": [], "x": "' + b"a" * (3 << 20) + b'"}'
_DEEP = b'{"violations": [], "x": ' + b"[" * 300 + b"]" * 300 + b"}"
_MANY = b'{"violations": [' + b'"",' * 10_000 + b'""]}'
_ECHO = partial(policy, ECHO)

HELD: dict[str, Held] = {
    "fuel": Held(_program(Code(LOOP)), "OUT_OF_FUEL", ("fuel",), "TIMEOUT", limits={"timeout": 1}),
    "time": Held(
        _program(Code(LOOP)), "TIMEOUT", ("time",), None, limits={"timeout": 0.5, "fuel": 1 << 60}
    ),
    "memory": Held(_program(Code(grows(600))), "TRAP", ("memory",), "passed"),
    "private memory": Held(
        _program(Code(_FILLS)), "TRAP", ("private memory",), "passed", set=("memory",)
    ),
    "initial memory": Held(_program(Code(memory="600")), "OUT_OF_MEMORY", ("memory",), "passed"),
    "table": Held(_program(Code(lengthens(2_000_000), TABLE)), "TRAP", ("table",), "passed"),
    "initial table": Held(
        _program(Code(extra="(table 2000000 funcref)")), "TRAP", ("table",), "passed"
    ),
    "tables": Held(_program(Code(extra="(table 1 funcref)" * 17)), "TRAP", ("tables",), "passed"),
    "output": Held(_ECHO, "OUTPUT_LIMIT", ("output",), "WORKER_DIED", _SAYS_MUCH),
    "answer": Held(_ECHO, "WORKER_DIED", ("answer",), "passed", _SAYS_MUCH, set=("output",)),
    "log": Held(_program(_logs(64)), "passed", ("log",), "WORKER_DIED"),
    "calls into the host": Held(
        _program(_logs(2_000)), "passed", ("few calls into the host",), "OUT_OF_FUEL"
    ),
    "nesting": Held(_ECHO, "GARBAGE_RESULT", ("nesting",), "passed", _DEEP),
    "findings": Held(_ECHO, "RESULT_TOO_LARGE", ("findings",), "failed", _MANY),
    "size of a module": Held(_large, "WASM_MALFORMED", ("module",), "passed"),
    "compile time": Held(
        _functions, "COMPILE_TIMEOUT", ("compile time",), "passed", limits={"timeout": 0.4}
    ),
    "compile memory": Held(
        _functions,
        "COMPILE_MEMORY",
        ("private memory",),
        "passed",
        limits={"timeout": 50.0},
        set=("little compile memory",),
    ),
}
"""Limits, and a policy that each of them alone holds."""


def main(name: str, *removed: str) -> int:
    """Print the code."""
    case = HELD[name]
    remove([*case.set, *removed])
    with Evaluator(jobs=1) as evaluator:
        decision = decide(evaluator, case.make(), case.document, **case.limits)
    sys.stdout.write(code_of(decision))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
