"""Modules that attack the host itself: its compiler, its memory, its clock, what it takes for Wasm.

Each costs its own verdict alone, with the right code, and the next policy is judged as if nothing
had happened.
"""

from __future__ import annotations

import gzip

import pytest

from attest.evaluate import Evaluator
from attest.model.verdict import Outcome
from tests.evaluate.abi.extism.wat import SAY, assemble, module
from tests.evaluate.make import code_of, decide, policy

WASI = "wasi_snapshot_preview1"


def number(value: int) -> bytes:
    """Return an unsigned LEB128 number."""
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def section(name: int, content: bytes) -> bytes:
    return bytes([name]) + number(len(content)) + content


def raw(body: bytes, *, functions: int = 1) -> bytes:
    """Return a policy of ``functions`` functions with this body, the first being ``Execute``.

    Written byte by byte: as text it would take longer to assemble than to refuse.
    """
    types = b"\x02\x60\x00\x00\x60\x01\x7e\x00"
    free = b"\x01\x0fextism:host/env\x04free\x00\x01"
    declared = number(functions) + b"\x00" * functions
    exported = b"\x01\x07Execute\x00\x01"
    code = number(len(body) + 2) + b"\x00" + body + b"\x0b"
    return b"".join(
        [
            b"\0asm\1\0\0\0",
            section(1, types),
            section(2, free),
            section(3, declared),
            section(7, exported),
            section(10, number(functions) + code * functions),
        ]
    )


def nested_ifs(depth: int) -> bytes:
    return raw(b"\x41\x00\x04\x40" * depth + b"\x0b" * depth)


def nested_blocks(depth: int) -> bytes:
    return raw(b"\x02\x40" * depth + b"\x0b" * depth)


def jump_table(size: int) -> bytes:
    return raw(b"\x41\x00\x0e" + number(size) + b"\x00" * size + b"\x00")


COMPILER = {
    "100,000 nested ifs": (nested_ifs(100_000), {"COMPILE_TIMEOUT"}),
    "200,000 functions": (raw(b"", functions=200_000), {"COMPILE_TIMEOUT", "COMPILE_MEMORY"}),
    "1,000,000 nested blocks": (
        nested_blocks(1_000_000),
        {"COMPILE_TIMEOUT", "COMPILE_FAILED", "NO_RESULT"},
    ),
    "jump table of 1,000,000": (jump_table(1_000_000), {"COMPILE_FAILED"}),
}


@pytest.mark.parametrize("case", COMPILER)
def test_compiling_stays_within_the_policys_time(scratch_evaluator: Evaluator, case: str) -> None:
    program, codes = COMPILER[case]
    assert code_of(decide(scratch_evaluator, policy(program), timeout=2.0)) in codes
    survives(scratch_evaluator)


def survives(evaluator: Evaluator) -> None:
    assert decide(evaluator, policy(module(SAY))).outcome is Outcome.PASSED


GC = '(module (import "extism:host/env" "free" (func (param i64))) (type $big (array (mut i64)))'
EXITING = f'(import "{WASI}" "proc_exit" (func $exit (param i32)))'
MEMORY_BOMB = """(func $fill
  (drop (memory.grow (i32.const 40000)))
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 2000000000)))"""
FLOOD = f"""{SAY}
  (call $error_set (call $alloc (i64.const 40000000)))"""

RUNNING = {
    "initialize memory bomb": (
        module(SAY, extra=f'{MEMORY_BOMB} (export "_initialize" (func $fill))'),
        "TRAP",
    ),
    "constructor memory bomb": (
        module(SAY, extra=f'{MEMORY_BOMB} (export "__wasm_call_ctors" (func $fill))'),
        "TRAP",
    ),
    "array of the garbage collector": (
        assemble(
            f"""{GC} (func (export "Execute") (result i32)
              (array.len (array.new $big (i64.const 0) (i32.const 500000000)))))"""
        ),
        "TRAP",
    ),
    "arrays without end": (
        assemble(
            f"""{GC} (func (export "Execute") (result i32)
              (local $all (ref null $big))
              (loop $more
                (local.set $all (array.new $big (i64.const 0) (i32.const 100000)))
                (br $more)) (i32.const 0)))"""
        ),
        "OUT_OF_FUEL",
    ),
    "exit 1": (module(f"{SAY} (call $exit (i32.const 1))", imports=EXITING), "GUEST_EXIT"),
    "exit -1": (module(f"{SAY} (call $exit (i32.const -1))", imports=EXITING), "GUEST_EXIT"),
    "exit while it is made ready": (
        module(
            SAY,
            imports=EXITING,
            extra='(func (export "_initialize") (call $exit (i32.const 0)))',
        ),
        "GUEST_EXIT",
    ),
    "error of 40 MB": (module(FLOOD), "OUT_OF_MEMORY"),
    "error with NUL": (
        module(
            f"{SAY} (call $error_set (call $put (i32.const 17) (i32.const 3)))",
            text=r"{\22violations\22:[]}a\00b",
        ),
        "GUEST_ERROR",
    ),
    "error outside": (
        module(f"{SAY} (call $error_set (i64.const 9999999))"),
        "GUEST_ERROR",
    ),
    "error at the end of numbers": (
        module(f"{SAY} (call $error_set (i64.const -1))"),
        "GUEST_ERROR",
    ),
    "output inside a block": (
        module(f"{SAY} (call $output_set (i64.const 25) (i64.const 16))"),
        "GARBAGE_RESULT",
    ),
    "a call in the start function": (
        module(
            SAY,
            imports='(import "extism:host/env" "log_warn" (func $log (param i64)))',
            extra="(func $early (call $log (i64.const 24))) (start $early)",
        ),
        "GUEST_INVALID",
    ),
    "request that is none": (
        module(
            f"{SAY} (drop (call $http (call $put (i32.const 0) (i32.const 3)) (i64.const 0)))",
            imports='(import "extism:host/env" "http_request"'
            " (func $http (param i64 i64) (result i64)))",
        ),
        "GUEST_INVALID",
    ),
}


@pytest.mark.parametrize("case", RUNNING)
def test_running_it_costs_its_own_verdict(scratch_evaluator: Evaluator, case: str) -> None:
    program, code = RUNNING[case]
    decision = decide(scratch_evaluator, policy(program))
    assert code_of(decision) == code
    assert decision.findings == ()
    survives(scratch_evaluator)


def test_an_error_of_40_mb_is_cut(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(module(FLOOD)), memory=256 << 20)
    assert code_of(decision) == "GUEST_ERROR"
    assert decision.problem is not None
    assert len(decision.problem.message) < 70_000


SLEEP = f"""(import "{WASI}" "poll_oneoff"
  (func $poll (param i32 i32 i32 i32) (result i32)))"""


def test_a_sleep_of_an_hour_takes_no_time(scratch_evaluator: Evaluator) -> None:
    nap = f"""{SAY}
      (i64.store (i32.const 1048) (i64.const 3600000000000))
      (drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 3072)))"""
    decision = decide(scratch_evaluator, policy(module(nap, imports=SLEEP)), timeout=5.0)
    assert decision.outcome is Outcome.PASSED


NO_WASM = {
    "JSON": b'{"wasm": [{"path": "/etc/passwd"}], "allowed_paths": {"/": "/"}}',
    "TOML": b'[[wasm]]\npath = "/etc/passwd"\n',
    "WAT": b'(module (func (export "Execute")))',
    "gzip": gzip.compress(module(SAY), mtime=0),
    "ELF": b"\x7fELF" + bytes(64),
    "zip": b"PK\x03\x04" + bytes(64),
    "nothing": b"",
    "text": b"policy",
}


@pytest.mark.parametrize("case", NO_WASM)
@pytest.mark.parametrize("engine", [None, "extism"])
def test_what_is_only_called_wasm(evaluator: Evaluator, case: str, engine: str | None) -> None:
    assert code_of(decide(evaluator, policy(NO_WASM[case], engine=engine))) == "ENGINE_UNKNOWN"


def test_a_component_is_none(evaluator: Evaluator) -> None:
    component = policy(b"\0asm\x0d\0\1\0", engine="extism")
    assert code_of(decide(evaluator, component)) == "ENGINE_MISMATCH"


@pytest.mark.parametrize("size", [0, 4, 7, 8, 40, 200])
def test_a_module_that_was_cut_off(scratch_evaluator: Evaluator, size: int) -> None:
    decision = decide(scratch_evaluator, policy(module(SAY)[:size], engine="extism"))
    assert code_of(decision) in {"WASM_MALFORMED", "ENGINE_UNKNOWN", "ENGINE_MISMATCH"}
