"""Programs that break OPA's ABI, each by its reason; none of them passes, and no worker dies."""

from __future__ import annotations

import json

import pytest

from attest.evaluate import Evaluator
from tests.evaluate.abi.opa.wat import FUNCTIONS, IMPORTS, TEXT, module
from tests.evaluate.make import code_of, decide, policy

FAR = "(i32.const 0x7fff0000)"
SAY_TEXT = f"(call $abort (i32.const {TEXT}))"
FILL = f"""
  (drop (memory.grow (i32.const 160)))
  (memory.fill (i32.const {1 << 20}) (i32.const 32) (i32.const {8 << 20}))
  (global.set $result (i32.const {1 << 20}))"""

HOSTILE: dict[str, tuple[bytes, str]] = {
    "no ABI version": (module(abi=None), "ENGINE_UNSUPPORTED"),
    "ABI version 0": (module(abi=(0, 3)), "ENGINE_UNSUPPORTED"),
    "ABI version 2": (module(abi=(2, 0)), "ENGINE_UNSUPPORTED"),
    "a later ABI": (module(abi=(1, 4)), "ENGINE_UNSUPPORTED"),
    "a negative ABI": (module(abi=(-1, -1)), "ENGINE_UNSUPPORTED"),
    "another import": (
        module(imports=IMPORTS + '(import "env" "system" (func (param i32)))'),
        "IMPORT_FORBIDDEN",
    ),
    "WASI beside it": (
        module(imports=IMPORTS + '(import "wasi_snapshot_preview1" "fd_write" (func))'),
        "IMPORT_FORBIDDEN",
    ),
    "an imported global": (
        module(imports=IMPORTS + '(import "env" "opa_abort" (global i32))'),
        "IMPORT_FORBIDDEN",
    ),
    "a name with a NUL": (
        module(imports=IMPORTS + r'(import "env" "a\00b" (func))'),
        "IMPORT_FORBIDDEN",
    ),
    "no memory": (
        module(imports=FUNCTIONS, extra="(memory 1)"),
        "EXPORT_MISSING",
    ),
    "no eval": (module(without="eval", extra="", abi=(1, 0)), "EXPORT_MISSING"),
    "a memory beyond the limit": (
        module(imports=IMPORTS.replace("(memory 1)", "(memory 20000)")),
        "OUT_OF_MEMORY",
    ),
    "data beyond the limit": (
        module(extra='(data (i32.const 0x70000000) "x")'),
        "OUT_OF_MEMORY",
    ),
    "a start that loops": (module(extra="(func $s (loop br 0)) (start $s)"), "OUT_OF_FUEL"),
    "a start that calls the host": (
        module(extra=f"(func $s {SAY_TEXT}) (start $s)"),
        "GUEST_INVALID",
    ),
    "a loop": (module(evaluate="(loop br 0)"), "OUT_OF_FUEL"),
    "a trap": (module(evaluate="(unreachable)"), "TRAP"),
    "deep recursion": (
        module(evaluate="(drop (call $r))", extra="(func $r (result i32) (call $r))"),
        "TRAP",
    ),
    "memory without end": (
        module(
            evaluate="(loop (br_if 0 (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0))))"
            " (unreachable)"
        ),
        "TRAP",
    ),
    "eval reports an error": (module(evaluate="(return (i32.const 2))"), "GUEST_ERROR"),
    "no result": (module(evaluate="(global.set $result (i32.const 0))"), "GUEST_INVALID"),
    "a result outside": (module(evaluate=f"(global.set $result {FAR})"), "GUEST_INVALID"),
    "a result at -1": (module(evaluate="(global.set $result (i32.const -1))"), "GUEST_INVALID"),
    "a result without end": (
        module(
            evaluate="(global.set $result (i32.const 1024))"
            " (memory.fill (i32.const 1024) (i32.const 65) (i32.const 64512))"
        ),
        "GUEST_INVALID",
    ),
    "a result beyond the limit": (module(evaluate=FILL), "OUTPUT_LIMIT"),
    "a result that is not UTF-8": (module(b'[{"result": "\xff"}]'), "GUEST_INVALID"),
    "a dump at 0": (module(dump="(i32.const 0)"), "GUEST_INVALID"),
    "a dump outside": (module(dump=FAR), "GUEST_INVALID"),
    "memory from outside": (module(malloc=FAR), "OUT_OF_MEMORY"),
    "memory at 0": (module(malloc="(i32.const 0)"), "OUT_OF_MEMORY"),
    "memory at the end": (module(malloc="(i32.const 65535)"), "OUT_OF_MEMORY"),
    "an allocator without room": (
        module(malloc=f"{SAY_TEXT} (i32.const 0)", text="opa_malloc: failed"),
        "OUT_OF_MEMORY",
    ),
    "an abort": (module(evaluate=SAY_TEXT, text="\x1b[2J::error::gone"), "GUEST_ERROR"),
    "an abort of a conflict": (
        module(evaluate=SAY_TEXT, text="p.rego:1:1: object insert conflict"),
        "EVAL_CONFLICT",
    ),
    "an abort outside": (module(evaluate=f"(call $abort {FAR})"), "GUEST_ERROR"),
    "entrypoints that are none": (module(entrypoints="[]"), "GUEST_INVALID"),
    "no entrypoint": (module(entrypoints="{}"), "NO_ENTRY_RULE"),
    "entrypoints that are no JSON": (module(entrypoints="{"), "GUEST_INVALID"),
    "an entrypoint twice": (module(entrypoints='{"p/a": 0, "p/a": 1}'), "GUEST_INVALID"),
    "an entrypoint's number is none": (module(entrypoints='{"p/a": "0"}'), "GUEST_INVALID"),
    "an entrypoint's number is negative": (module(entrypoints='{"p/a": -1}'), "GUEST_INVALID"),
    "an entrypoint's number is huge": (module(entrypoints='{"p/a": 1e30}'), "GUEST_INVALID"),
    "a flood of entrypoints": (
        module(entrypoints=json.dumps({f"e{at}": 0 for at in range(30)})),
        "ENTRY_AMBIGUOUS",
    ),
    "a built-in that it did not name": (
        module(evaluate="(drop (call $builtin (i32.const 7) (i32.const 0) (i32.const 1024)))"),
        "GUEST_INVALID",
    ),
    "built-ins that its bytes hide": (module(builtins='{"sprintf": 0}'), "GUEST_INVALID"),
    "a refused one that its bytes hide": (module(builtins='{"http.send": 0}'), "BUILTIN_REFUSED"),
    "a function of another type": (
        module(
            without="opa_json_parse",
            extra='(func (export "opa_json_parse") (param i64 i32 i32) (result i32) (i32.const 0))',
        ),
        "TRAP",
    ),
    "an import of another type": (
        module(
            imports=IMPORTS.replace("(func $abort (param i32))", "(func $abort (param f64))"),
            evaluate="(call $abort (f64.const 1))",
        ),
        "GUEST_INVALID",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(scratch_evaluator: Evaluator, name: str) -> None:
    program, code = HOSTILE[name]
    decision = decide(scratch_evaluator, policy(program), output=4 << 20)
    assert code_of(decision) == code, decision.problem


def test_refused_imports_are_listed(scratch_evaluator: Evaluator) -> None:
    wants = "".join(f'(import "env" "f{at}" (func))' for at in range(12))
    decision = decide(scratch_evaluator, policy(module(imports=IMPORTS + wants)))
    assert decision.problem is not None
    assert "'env'.'f0' (func)" in decision.problem.message
    assert "and 2 more" in decision.problem.message


def test_what_is_printed_is_kept_up_to_a_limit(scratch_evaluator: Evaluator) -> None:
    flood = f"""(local i32) (loop (call $print (i32.const {TEXT}))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (i32.const 5000))))"""
    program = module(evaluate=flood, text="x" * 100)
    decision = decide(scratch_evaluator, policy(program))
    assert decision.problem is None
    assert decision.logs[0] == "x" * 100
    assert sum(map(len, decision.logs)) < 70_000
    assert decision.logs[-1] == "[more was printed]"


def test_nothing_is_left_for_the_next_document(scratch_evaluator: Evaluator) -> None:
    once = """(if (i32.load (i32.const 3000)) (then (global.set $result (i32.const 0))))
      (i32.store (i32.const 3000) (i32.const 1))"""
    one = policy(module(evaluate=once))
    for _ in range(3):
        assert decide(scratch_evaluator, one).problem is None
