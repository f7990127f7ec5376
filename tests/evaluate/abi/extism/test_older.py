"""The older convention: ``Execute(i32, i32) -> i64`` over plain WASI."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate import Evaluator
from attest.evaluate.abi.extism.older import is_older
from attest.evaluate.detect import detect
from attest.evaluate.probe import probe
from attest.model.verdict import Outcome
from tests.evaluate.abi.extism.older_wat import ALLOCATOR, FORM, SAY, older
from tests.evaluate.abi.extism.wat import CLEAN, assemble, module
from tests.evaluate.make import code_of, decide, policy

ECHO = """(i64.or
  (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
  (i64.extend_i32_u (local.get $size)))"""
WASI = "wasi_snapshot_preview1"
CLOCK = f"""
  (import "{WASI}" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "{WASI}" "random_get" (func $random (param i32 i32) (result i32)))
  (import "{WASI}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
"""
EXIT = f'(import "{WASI}" "proc_exit" (func $exit (param i32)))'
LOOP = "(loop $for_ever (br $for_ever))"


@pytest.mark.parametrize("document", [b'{"violations": []}', b'{"violations": ["\xc3\xa9"]}'])
def test_the_document_goes_in_and_the_result_comes_out(
    scratch_evaluator: Evaluator, document: bytes
) -> None:
    decision = decide(scratch_evaluator, policy(older(ECHO)), document)
    assert (decision.result or "").encode() == document
    assert decision.outcome is (Outcome.FAILED if b"\xc3" in document else Outcome.PASSED)
    assert decision.engine.name == "extism"


def test_it_agrees_with_a_declaration_of_extism(scratch_evaluator: Evaluator) -> None:
    assert decide(scratch_evaluator, policy(older(), engine="extism")).outcome is Outcome.PASSED
    other = decide(scratch_evaluator, policy(older(), engine="kubewarden"))
    assert code_of(other) == "ENGINE_MISMATCH"


@pytest.mark.parametrize("name", ["_initialize", "_start"])
def test_what_makes_it_ready_is_called_first(scratch_evaluator: Evaluator, name: str) -> None:
    ready = f"""(global $ready (mut i32) (i32.const 0))
      (func (export "{name}") (global.set $ready (i32.const 1)))"""
    once = f"(if (i32.eqz (global.get $ready)) (then (unreachable))) {SAY}"
    one = policy(older(once, extra=ready))
    for _ in range(2):
        assert decide(scratch_evaluator, one).outcome is Outcome.PASSED


def test_clock_and_randomness_are_the_same_every_time(scratch_evaluator: Evaluator) -> None:
    told = f"""
      (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 512)))
      (drop (call $random (i32.const 520) (i32.const 8)))
      (i32.store (i32.const 600) (i32.const 512)) (i32.store (i32.const 604) (i32.const 16))
      (drop (call $write (i32.const 2) (i32.const 600) (i32.const 1) (i32.const 608))) {SAY}"""
    one = policy(older(told, imports=CLOCK))
    first, second = (decide(scratch_evaluator, one) for _ in range(2))
    assert first.logs
    assert (first.logs, first.usage.fuel) == (second.logs, second.usage.fuel)


def test_nothing_is_left_for_the_next_document(scratch_evaluator: Evaluator) -> None:
    once = f"""(if (global.get $ran) (then (unreachable)))
      (global.set $ran (i32.const 1)) {SAY}"""
    one = policy(older(once, extra="(global $ran (mut i32) (i32.const 0))"))
    for _ in range(2):
        assert decide(scratch_evaluator, one).outcome is Outcome.PASSED


def test_arguments_have_no_place(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(older()), arguments={"level": "high"})
    assert code_of(decision) == "ARGUMENTS_UNSUPPORTED"
    assert decision.problem is not None
    assert "level" in decision.problem.message


def test_no_other_export_can_be_named(scratch_evaluator: Evaluator) -> None:
    named = policy(older(), entrypoint="malloc")
    assert code_of(decide(scratch_evaluator, named)) == "EXPORT_MISSING"


def test_the_second_opinion_says_that_it_cannot(scratch_evaluator: Evaluator) -> None:
    checked = decide(scratch_evaluator, policy(older()), cross_check=True).cross_check
    assert checked is not None
    assert checked.agrees is None
    assert "older" in checked.detail


HOSTILE = {
    "endless": (older(f"{LOOP} {SAY}"), "OUT_OF_FUEL"),
    "endless start": (older(extra=f'(func (export "_start") {LOOP})'), "OUT_OF_FUEL"),
    "endless allocator": (
        older(allocator=f'(func (export "malloc") (param i32) (result i32) {LOOP} (i32.const 9))'),
        "OUT_OF_FUEL",
    ),
    "trap": (older("(unreachable)"), "TRAP"),
    "exit 0": (older(f"(call $exit (i32.const 0)) {SAY}", imports=EXIT), "GUEST_EXIT"),
    "start exits": (
        older(imports=EXIT, extra='(func (export "_start") (call $exit (i32.const 0)))'),
        "GUEST_EXIT",
    ),
    "no result": (older("(i64.const 0)"), "NO_RESULT"),
    "position without a length": (older("(i64.const 0x100000000)"), "NO_RESULT"),
    "result outside": (older("(i64.const 0x7fffffff00000011)"), "GUEST_INVALID"),
    "result that wraps": (older("(i64.const 0xffffffff00000011)"), "GUEST_INVALID"),
    "result without end": (older("(i64.const 0xffffffff)"), "OUTPUT_LIMIT"),
    "full": (
        older(allocator='(func (export "malloc") (param i32) (result i32) (i32.const 0))'),
        "OUT_OF_MEMORY",
    ),
    "document outside": (
        older(allocator='(func (export "malloc") (param i32) (result i32) (i32.const -1))'),
        "GUEST_INVALID",
    ),
    "garbage": (older(text="passed!__________"), "GARBAGE_RESULT"),
    "memory bomb": (
        older(
            "(drop (memory.grow (i32.const 40000)))"
            f" (i32.store8 (i32.const 900000000) (i32.const 1)) {SAY}"
        ),
        "TRAP",
    ),
    "huge initial memory": (older(memory='(memory (export "memory") 20000)'), "OUT_OF_MEMORY"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_is_an_error_with_its_code(scratch_evaluator: Evaluator, case: str) -> None:
    program, code = HOSTILE[case]
    decision = decide(scratch_evaluator, policy(program))
    assert code_of(decision) == code
    assert decision.findings == ()


STRANGERS = {
    "another import": older(imports='(import "env" "x" (func))'),
    "no allocator": older(allocator=""),
    "allocator of another type": older(
        allocator='(func (export "malloc") (param i64) (result i32) (i32.const 9))'
    ),
    "allocator that is a global": older(allocator='(global (export "malloc") i32 (i32.const 9))'),
    "memory not exported": older(memory="(memory 4)"),
    "another result": older("(i32.const 0)", form=FORM.replace("i64", "i32")),
    "one parameter": older(form="(param $at i32) (result i64)"),
    "no Execute": assemble(f'(module (memory (export "memory") 1) {ALLOCATOR})'),
    "Extism": module(),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_only_its_own_form_is_recognised(case: str) -> None:
    program = STRANGERS[case]
    assert not is_older(probe(program), program)


def test_the_index_of_a_function_counts_the_imported_ones() -> None:
    program = older(imports=CLOCK)
    assert is_older(probe(program), program)
    assert detect(policy(program)) == "extism"


def test_a_program_of_two_conventions_is_refused(scratch_evaluator: Evaluator) -> None:
    both = older(extra='(func (export "evaluate"))', allocator=ALLOCATOR.replace("malloc", "alloc"))
    assert code_of(decide(scratch_evaluator, policy(both))) == "ENGINE_AMBIGUOUS"


def test_the_clean_answer_is_what_it_says() -> None:
    assert len(CLEAN.replace("\\22", '"')) == 17


WHOLE = older(imports=CLOCK, extra='(func (export "_start"))')


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(0, 3))
def test_damaged_modules_are_told_apart_or_refused(at: int, byte: int, cut: int) -> None:
    damaged = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 + cut :]
    with contextlib.suppress(EngineError):
        assert detect(policy(damaged)) in {"extism", "kubewarden-wasi"}
