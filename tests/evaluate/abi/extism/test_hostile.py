"""Hostile programs: each is an ERROR with the right code; none crashes the run, none passes."""

from __future__ import annotations

import pytest

from attest.evaluate import Evaluator
from tests.evaluate.abi.extism.wat import SAY, answering, assemble, module
from tests.evaluate.make import code_of, decide, policy

LOOP = "(loop $for_ever (br $for_ever))"
SPIN = f"(func $spin {LOOP})"
GROW = "(drop (memory.grow (i32.const 40000))) "
FILL = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 2000000000))"
WRITE = (
    '(import "wasi_snapshot_preview1" "fd_write"'
    " (func $write (param i32 i32 i32 i32) (result i32)))"
)
VECTOR = r"\00\00\00\00\00\80\00\00"
"""One buffer: 32 KiB at address 0."""
TABLE_BOMB = """(table $t 1 funcref) (func $bomb
  (loop $more
    (br_if $more
      (i32.ne (table.grow $t (ref.null func) (i32.const 100000)) (i32.const -1)))))"""
HTTP = '(import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))'
REQUEST = r"{\22violations\22:[]}{\22url\22: \22https://evil.example/x\22}"
CALL_HTTP = f"{SAY} (drop (call $http (call $put (i32.const 17) (i32.const 33)) (i64.const 0)))"


def discover(namespace: str) -> bytes:
    wanted = f'(import "{namespace}" "chainloop_discover" (func $d (param i64 i64) (result i64)))'
    return module(f"{SAY} (drop (call $d (i64.const 0) (i64.const 0)))", imports=wanted)


CASES = {
    "start loop": (module(SAY, extra=f"{SPIN} (start $spin)"), "OUT_OF_FUEL"),
    "initialize loop": (
        module(SAY, extra=f'(func (export "_initialize") {LOOP})'),
        "OUT_OF_FUEL",
    ),
    "endless": (module(f"{SAY} {LOOP}"), "OUT_OF_FUEL"),
    "start memory bomb": (
        module(SAY, extra=f"(func $bomb {GROW} {FILL}) (start $bomb)"),
        "TRAP",
    ),
    "memory bomb": (module(f"{SAY} {GROW} {FILL}"), "TRAP"),
    "huge initial memory": (
        module(SAY, memory='(memory (export "memory") 20000)'),
        "OUT_OF_MEMORY",
    ),
    "kernel memory bomb": (
        module(
            f"""{SAY} (loop $more
              (br_if $more (i64.ne (call $alloc (i64.const 1000000)) (i64.const 0)))
            ) (call $store (i64.const 16) (i32.const 0))""",
            returns="(i32.const 1)",
        ),
        "GUEST_ERROR",
    ),
    "table bomb": (module("(call $bomb)", extra=TABLE_BOMB), "NO_RESULT"),
    "huge initial table": (module(SAY, extra="(table 10000000 funcref)"), "TRAP"),
    "trap": (module(f"{SAY} (unreachable)"), "TRAP"),
    "deep recursion": (
        module(f"{SAY} (call $deep)", extra="(func $deep (call $deep) (call $deep))"),
        "TRAP",
    ),
    "second memory": (
        module(SAY, extra="(memory $other 1)"),
        "COMPILE_FAILED",
    ),
    "NUL in an import": (
        module(SAY, imports=r'(import "extism:host/env" "a\00b" (func))'),
        "IMPORT_FORBIDDEN",
    ),
    "imported memory": (
        module(SAY, imports='(import "extism:host/env" "alloc" (global i64))'),
        "IMPORT_FORBIDDEN",
    ),
    "old toolkit": (
        module(SAY, imports='(import "env" "extism_alloc" (func (param i64) (result i64)))'),
        "IMPORT_FORBIDDEN",
    ),
    "unknown WASI function": (
        module(SAY, imports='(import "wasi_snapshot_preview1" "fork" (func))'),
        "TRAP",
    ),
    "kernel function of another type": (
        module(SAY, imports='(import "extism:host/env" "free" (func (param i32)))'),
        "TRAP",
    ),
    "host function of another type": (
        module(f"{SAY} (call $get)", imports='(import "extism:host/env" "config_get" (func $get))'),
        "GUEST_INVALID",
    ),
    "wide result": (
        module(SAY, form="(result i64)", returns="(i64.const 0)"),
        "EXPORT_MISSING",
    ),
    "arguments": (module(SAY, form="(param i32) (result i32)"), "EXPORT_MISSING"),
    "no Execute": (
        assemble(
            '(module (import "extism:host/env" "free" (func (param i64)))'
            ' (global (export "Execute") i32 (i32.const 0)))'
        ),
        "EXPORT_MISSING",
    ),
    "no output": (module(), "NO_RESULT"),
    "output out of range": (
        module("(call $output_set (i64.const 9999999) (i64.const 17))"),
        "GUEST_INVALID",
    ),
    "output before the first block": (
        module("(call $output_set (i64.const 0) (i64.const 17))"),
        "GUEST_INVALID",
    ),
    "output that wraps": (
        module("(call $output_set (i64.const 24) (i64.const -1))"),
        "OUTPUT_LIMIT",
    ),
    "output at the end of numbers": (
        module("(call $output_set (i64.const -8) (i64.const 16))"),
        "GUEST_INVALID",
    ),
    "output beyond 32 bits": (
        module(f"{SAY} (call $output_set (i64.const 4294967320) (i64.const 17))"),
        "GUEST_INVALID",
    ),
    "endless configuration key": (
        module(
            "(drop (call $get (call $alloc (i64.const 70000))))",
            imports='(import "extism:host/env" "config_get" (func $get (param i64) (result i64)))',
        ),
        "GUEST_INVALID",
    ),
    "garbage": (answering("passed!", 7), "GARBAGE_RESULT"),
    "not UTF-8": (answering(r"\ff\fe{}", 4), "GARBAGE_RESULT"),
    "empty object": (answering("{}", 2), "GARBAGE_RESULT"),
    "status after a clean answer": (module(SAY, returns="(i32.const 7)"), "GUEST_ERROR"),
    "error after a clean answer": (
        module(f"{SAY} (call $error_set (call $put (i32.const 0) (i32.const 5)))"),
        "GUEST_ERROR",
    ),
    "error that is not UTF-8": (
        module(
            "(call $error_set (call $put (i32.const 0) (i32.const 3)))",
            text=r"\ff\00\fe",
            returns="(i32.const 1)",
        ),
        "GUEST_ERROR",
    ),
    "exit 0 after a clean answer": (
        module(
            f"{SAY} (call $exit (i32.const 0))",
            imports='(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
        ),
        "GUEST_EXIT",
    ),
    "output spam": (
        module(
            "(loop $more (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1)"
            " (i32.const 64))) (br $more))",
            imports=WRITE,
            text=VECTOR,
        ),
        "OUTPUT_LIMIT",
    ),
    "HTTP": (module(CALL_HTTP, imports=HTTP, text=REQUEST), "HTTP_FORBIDDEN"),
    "discovery, Go": (discover("env"), "HOST_CALL_DENIED"),
    "discovery, JavaScript": (discover("extism:host/user"), "HOST_CALL_DENIED"),
    "invalid code": (module(SAY, returns="(i64.const 0)"), "COMPILE_FAILED"),
}


@pytest.mark.parametrize("case", CASES)
def test_is_an_error_with_its_code(scratch_evaluator: Evaluator, case: str) -> None:
    program, code = CASES[case]
    assert code_of(decide(scratch_evaluator, policy(program))) == code


def test_the_denied_host_is_named(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(CASES["HTTP"][0]))
    assert decision.problem is not None
    assert "evil.example" in decision.problem.message


def test_the_forbidden_import_is_named(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(CASES["NUL in an import"][0]))
    assert decision.problem is not None
    assert r"'a\x00b'" in decision.problem.message


def test_the_status_and_the_error_text_are_shown(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(CASES["error that is not UTF-8"][0]))
    assert decision.problem is not None
    assert "returned 1" in decision.problem.message
    assert "\ufffd" in decision.problem.message


def test_no_clean_answer_survives_an_error(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(CASES["status after a clean answer"][0]))
    assert decision.findings == ()
    assert decision.result is None
