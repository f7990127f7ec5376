"""Hostile programs: what each does, and the reason code that it gets from each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from attest.model.policy import Policy
from tests.evaluate.hostile.binary import (
    jump_table,
    nested_blocks,
    nested_ifs,
    with_functions,
)
from tests.evaluate.hostile.frames import CLEAN, EXIT, FRAMES, POLL, WRITE, Code
from tests.evaluate.make import policy

WASM = tuple(FRAMES)
ON_WASI = ("extism", "older")
PASSED = "passed"
LOOP = "(loop $for_ever (br $for_ever))"
SPIN = f"(func $spin {LOOP})"
_GROW = "(drop (memory.grow (i32.const 40000)))"
_FILL = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 2000000000))"
_BOMB = f"(func $bomb {_GROW} {_FILL})"
_ARRAYS = "(type $big (array (mut i64)))"
TABLE = "(table $t 1 funcref)"


@dataclass(frozen=True)
class Case:
    """A policy, a document, and the codes that are right; `PASSED` where it does no harm at all.

    Made when it is needed: some are large. ``limits`` differ from `make.LIMITS`.
    """

    name: str
    engine: str
    make: Callable[[], Policy]
    codes: frozenset[str]
    document: bytes = field(default=b"{}", repr=False)
    limits: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.engine}: {self.name}"


def grows(pages: int) -> str:
    """Return code that stops where its memory cannot grow by so much."""
    return f"(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then (unreachable)))"


def lengthens(elements: int) -> str:
    """Return code that stops where its table cannot grow by so much."""
    grown = f"(table.grow $t (ref.null func) (i32.const {elements}))"
    return f"(if (i32.eq {grown} (i32.const -1)) (then (unreachable)))"


RECURSION = Code("(call $deep)", "(func $deep (call $deep) (call $deep))")
SPAM = Code(
    "(i32.store (i32.const 2052) (i32.const 32768)) (loop $more (drop (call $write"
    " (i32.const 1) (i32.const 2048) (i32.const 1) (i32.const 2060))) (br $more))",
    imports=WRITE,
)
NAP = Code(
    "(i64.store (i32.const 2072) (i64.const 3600000000000))"
    " (drop (call $poll (i32.const 2048) (i32.const 3072) (i32.const 1) (i32.const 4000)))",
    imports=POLL,
)

_RUNNING: dict[str, tuple[Code, str]] = {
    "nothing": (Code(), PASSED),
    "endless loop": (Code(LOOP), "OUT_OF_FUEL"),
    "start loop": (Code(extra=f"{SPIN} (start $spin)"), "OUT_OF_FUEL"),
    "start memory bomb": (Code(extra=f"{_BOMB} (start $bomb)"), "TRAP"),
    "memory bomb": (Code(_GROW + _FILL), "TRAP"),
    "memory that must grow": (Code(grows(600)), "TRAP"),
    "huge initial memory": (Code(memory="20000"), "OUT_OF_MEMORY"),
    "memory of 4 GiB": (Code(memory="65536"), "OUT_OF_MEMORY"),
    "memory that cannot grow": (Code(memory="4 4"), PASSED),
    "second memory": (Code(extra="(memory $other 1)"), "COMPILE_FAILED"),
    "table that must grow": (Code(lengthens(2_000_000), TABLE), "TRAP"),
    "table of 10,000,000": (Code(extra="(table 10000000 funcref)"), "TRAP"),
    "many tables": (Code(extra="(table 1 funcref)" * 17), "TRAP"),
    "array of 4 GB": (
        Code("(drop (array.len (array.new $big (i64.const 0) (i32.const 500000000))))", _ARRAYS),
        "TRAP",
    ),
    "arrays without end": (
        Code(
            "(loop $more (drop (array.len (array.new $big (i64.const 0) (i32.const 100000))))"
            " (br $more))",
            _ARRAYS,
        ),
        "OUT_OF_FUEL",
    ),
    "trap": (Code("(unreachable)"), "TRAP"),
    "division by zero": (Code("(drop (i32.div_u (i32.const 1) (i32.const 0)))"), "TRAP"),
    "read outside": (Code("(drop (i32.load (i32.const -4)))"), "TRAP"),
    "deep recursion": (RECURSION, "TRAP"),
    "start that recurses": (
        Code(extra="(func $deep (call $deep) (call $deep)) (start $deep)"),
        "TRAP",
    ),
    "start that traps": (Code(extra="(func $s unreachable) (start $s)"), "TRAP"),
    "64-bit memory": (Code(extra="(memory $other i64 1)"), "COMPILE_FAILED"),
    "shared memory": (Code(extra="(memory $other 1 1 shared)"), "COMPILE_FAILED"),
    "exceptions": (Code(extra="(tag $oops)"), "COMPILE_FAILED"),
}
_READY: dict[str, tuple[Code, str]] = {
    "initialize loop": (Code(extra=f'(func (export "_initialize") {LOOP})'), "OUT_OF_FUEL"),
    "initialize memory bomb": (
        Code(extra=f'{_BOMB} (export "_initialize" (func $bomb))'),
        "TRAP",
    ),
    "initialize that exits": (
        Code(extra='(func (export "_initialize") (call $exit (i32.const 0)))', imports=EXIT),
        "GUEST_EXIT",
    ),
    "exit 0": (Code("(call $exit (i32.const 0))", imports=EXIT), "GUEST_EXIT"),
    "exit 1": (Code("(call $exit (i32.const 1))", imports=EXIT), "GUEST_EXIT"),
    "exit -1": (Code("(call $exit (i32.const -1))", imports=EXIT), "GUEST_EXIT"),
    "output spam": (SPAM, "OUTPUT_LIMIT"),
    "sleep of an hour": (NAP, PASSED),
}
_ANY_COMPILE = frozenset({"COMPILE_TIMEOUT", "COMPILE_MEMORY", "COMPILE_FAILED"})
_COMPILING: dict[str, tuple[bytes, int, frozenset[str]]] = {
    "100,000 nested ifs": (nested_ifs(100_000), 1, frozenset({"COMPILE_TIMEOUT"})),
    "200,000 functions": (b"", 200_000, frozenset({"COMPILE_TIMEOUT", "COMPILE_MEMORY"})),
    "1,000,000 nested blocks": (
        nested_blocks(1_000_000),
        1,
        _ANY_COMPILE | {PASSED},
    ),
    "jump table of 1,000,000": (jump_table(1_000_000), 1, frozenset({"COMPILE_FAILED"})),
}
_NO_WASM = {
    "JSON": b'{"wasm": [{"path": "/etc/passwd"}], "allowed_paths": {"/": "/"}}',
    "TOML": b'[[wasm]]\npath = "/etc/passwd"\n',
    "WAT": b'(module (func (export "Execute")))',
    "gzip": b"\x1f\x8b\x08" + bytes(20),
    "ELF": b"\x7fELF" + bytes(64),
    "text": b"policy",
    "nothing": b"",
}
_DECLARED = {"extism": "extism", "older": "extism", "opa": "opa-wasm"}


def programs() -> Iterator[Case]:
    """Yield every hostile program, for every engine that could be asked to run it."""
    for engine in WASM:
        frame = FRAMES[engine]
        for name, (code, expected) in _RUNNING.items():
            unknown = engine == "older" and code.extra == _ARRAYS  # its types come first
            codes = frozenset({"ENGINE_UNKNOWN" if unknown else expected})
            yield Case(name, engine, _later(frame, code), codes)
        for name, (body, many, codes) in _COMPILING.items():
            make = partial(_compiling, engine, body, many)
            yield Case(name, engine, make, codes, limits={"timeout": 1.0})
    for engine in ON_WASI:
        for name, (code, expected) in _READY.items():
            yield Case(name, engine, _later(FRAMES[engine], code), frozenset({expected}))
    for engine, declared in _DECLARED.items():
        for name, content in _NO_WASM.items():
            make = partial(policy, content, engine=declared)
            yield Case(f"{name} named .wasm", engine, make, frozenset({"ENGINE_UNKNOWN"}))
        component = partial(policy, b"\0asm\x0d\0\1\0", engine=declared)
        yield Case("component", engine, component, frozenset({"ENGINE_MISMATCH"}))


def _later(frame: Callable[[Code], bytes], code: Code) -> Callable[[], Policy]:
    return lambda: policy(frame(code))


def _compiling(engine: str, body: bytes, many: int) -> Policy:
    return policy(with_functions(CLEAN[engine], body, many))
