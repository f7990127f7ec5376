"""Honest Extism programs: Chainloop's own, ours, and each service of the host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import wasmtime

from attest.evaluate import Evaluator
from attest.model.policy import Arguments
from attest.model.verdict import Outcome, Severity
from tests.evaluate.abi.extism.wat import CLEAN, SAY, answering, module
from tests.evaluate.make import code_of, decide, policy

ROOT = Path(__file__).parents[4]
VECTOR = ROOT.parent / "shared" / "vectors" / "chainloop-wasm" / "go-simple.wasm"
SBOM_POLICY = ROOT / "fixtures" / "policies-src" / "sbom-policy" / "policy.wasm"
KERNEL = ROOT / "attest" / "evaluate" / "abi" / "extism" / "kernel.wat"

CONFIG = '(import "extism:host/env" "config_get" (func $config (param i64) (result i64)))'
LENGTH = '(import "extism:host/env" "length" (func $length (param i64) (result i64)))'
ECHO_CONFIG = """(local $block i64)
  (local.set $block (call $config (call $put (i32.const 0) (i32.const 4))))
  (call $output_set (local.get $block) (call $length (local.get $block)))"""
VARIABLES = """
  (import "extism:host/env" "var_set" (func $set (param i64 i64)))
  (import "extism:host/env" "var_get" (func $get (param i64) (result i64)))
"""
LOG = '(import "extism:host/env" "log_warn" (func $log (param i64)))'


def test_chainloops_own_program(evaluator: Evaluator) -> None:
    if not VECTOR.is_file():
        pytest.skip("the public vectors are not here")
    simple = policy(VECTOR.read_bytes())
    passed = decide(evaluator, simple, b'{"message": "hello"}')
    failed = decide(evaluator, simple, b"{}")
    assert passed.outcome is Outcome.PASSED
    assert "info: Validation passed for message: hello" in passed.logs
    assert failed.outcome is Outcome.FAILED
    assert [one.message for one in failed.findings] == ["message cannot be empty"]
    assert passed.engine.name == "extism"
    assert decide(evaluator, simple, b"[]").outcome is Outcome.SKIPPED


def test_the_same_fuel_every_time(evaluator: Evaluator) -> None:
    one = policy(SBOM_POLICY.read_bytes())
    document = b'{"bomFormat": "CycloneDX", "components": []}'
    runs = [decide(evaluator, one, document, {"forbidden": "X"}) for _ in range(3)]
    assert len({run.usage.fuel for run in runs}) == 1
    assert runs[0].usage.fuel > 0


@pytest.mark.parametrize(
    ("license_", "arguments", "outcome"),
    [
        ({"license": {"id": "MIT"}}, {"forbidden": "GPL-3.0-only"}, Outcome.PASSED),
        ({"license": {"id": "GPL-3.0-only"}}, {"forbidden": "gpl-3.0-only"}, Outcome.FAILED),
        ({"license": {"name": "Beer"}}, {"forbidden": ("MIT", "Beer")}, Outcome.FAILED),
        ({"expression": "(MIT OR Beer)"}, {"forbidden": ("X", "Beer")}, Outcome.FAILED),
        (None, {"forbidden": "X"}, Outcome.FAILED),
        (None, {"forbidden": "X", "missing": "ignore"}, Outcome.PASSED),
    ],
)
def test_the_fixture_policy(
    evaluator: Evaluator,
    license_: object,
    arguments: Arguments,
    outcome: Outcome,
) -> None:
    inner = {"name": "a", "purl": "pkg:x/a@1", "licenses": [license_] if license_ else []}
    fine = [{"license": {"id": "0BSD"}}]
    outer = {"name": "b", "licenses": fine, "components": [inner]}
    content = json.dumps({"bomFormat": "CycloneDX", "components": [outer]}).encode()
    decision = decide(evaluator, policy(SBOM_POLICY.read_bytes()), content, arguments)
    assert decision.outcome is outcome
    if outcome is Outcome.FAILED:
        (finding,) = decision.findings
        assert finding.location == "/components/0/components/0"
        assert "pkg:x/a@1" in finding.ids
        assert finding.severity in {Severity.HIGH, Severity.MEDIUM}


def test_the_fixture_policy_needs_its_argument(evaluator: Evaluator) -> None:
    document = b'{"bomFormat": "CycloneDX", "components": []}'
    decision = decide(evaluator, policy(SBOM_POLICY.read_bytes()), document)
    assert code_of(decision) == "GUEST_ERROR"


def test_the_kernel_is_built_from_its_source() -> None:
    built = bytes(wasmtime.wat2wasm(KERNEL.read_text()))
    assert built == KERNEL.with_suffix(".wasm").read_bytes()


def test_arguments_are_the_configuration_args(scratch_evaluator: Evaluator) -> None:
    program = module(ECHO_CONFIG, imports=CONFIG + LENGTH, text="args")
    arguments: Arguments = {"violations": ("a", "é"), "skip_reason": "no"}
    decision = decide(scratch_evaluator, policy(program), b"{}", arguments)
    assert json.loads(decision.result or "") == {"violations": ["a", "é"], "skip_reason": "no"}
    assert [one.message for one in decision.findings] == ["a", "é"]


def test_another_configuration_key_is_absent(scratch_evaluator: Evaluator) -> None:
    program = module(ECHO_CONFIG, imports=CONFIG + LENGTH, text="path")
    assert code_of(decide(scratch_evaluator, policy(program))) == "NO_RESULT"


def test_variables_hold_within_one_evaluation(scratch_evaluator: Evaluator) -> None:
    use = """
      (call $set (call $put (i32.const 0) (i32.const 3)) (call $put (i32.const 0) (i32.const 17)))
      (call $output_set (call $get (call $put (i32.const 0) (i32.const 3))) (i64.const 17))"""
    decision = decide(scratch_evaluator, policy(module(use, imports=VARIABLES)))
    assert decision.outcome is Outcome.PASSED


def test_a_variable_that_was_removed_is_gone(scratch_evaluator: Evaluator) -> None:
    use = """
      (call $set (call $put (i32.const 0) (i32.const 3)) (call $put (i32.const 0) (i32.const 17)))
      (call $set (call $put (i32.const 0) (i32.const 3)) (i64.const 0))
      (call $output_set (call $get (call $put (i32.const 0) (i32.const 3))) (i64.const 17))"""
    decision = decide(scratch_evaluator, policy(module(use, imports=VARIABLES)))
    assert code_of(decision) == "GUEST_INVALID"


def test_variables_have_a_limit(scratch_evaluator: Evaluator) -> None:
    flood = f"""{SAY}
      (call $set (call $put (i32.const 0) (i32.const 1)) (call $alloc (i64.const 600000)))
      (call $set (call $put (i32.const 0) (i32.const 2)) (call $alloc (i64.const 600000)))"""
    decision = decide(scratch_evaluator, policy(module(flood, imports=VARIABLES)))
    assert code_of(decision) == "OUT_OF_MEMORY"


def test_nothing_is_left_for_the_next_document(scratch_evaluator: Evaluator) -> None:
    once = "(global.set $runs (i32.add (global.get $runs) (i32.const 1)))"
    program = module(
        f"{SAY} {once}",
        extra="(global $runs (mut i32) (i32.const 0))",
        returns="(i32.gt_u (global.get $runs) (i32.const 1))",
    )
    for _ in range(2):
        assert decide(scratch_evaluator, policy(program)).outcome is Outcome.PASSED


def test_log_lines_carry_their_level(scratch_evaluator: Evaluator) -> None:
    program = module(f"{SAY} (call $log (call $put (i32.const 0) (i32.const 5)))", imports=LOG)
    decision = decide(scratch_evaluator, policy(program))
    assert decision.logs == ('warn: {"vio',)


def test_logs_have_a_limit(scratch_evaluator: Evaluator) -> None:
    flood = f"""(local $count i32) {SAY}
      (loop $more
        (call $log (call $put (i32.const 0) (i32.const 2000)))
        (br_if $more
          (i32.lt_u (local.tee $count (i32.add (local.get $count) (i32.const 1)))
            (i32.const 50))))"""
    decision = decide(scratch_evaluator, policy(module(flood, imports=LOG)))
    assert decision.outcome is Outcome.PASSED
    assert sum(len(line) for line in decision.logs) < 70_000
    assert decision.logs[-1] == "[18 lines more]"


def test_memory_that_cannot_grow_is_fine(scratch_evaluator: Evaluator) -> None:
    program = module(SAY, memory='(memory (export "memory") 2 2)')
    assert decide(scratch_evaluator, policy(program)).outcome is Outcome.PASSED


def test_an_answer_beyond_the_output_limit(scratch_evaluator: Evaluator) -> None:
    decision = decide(scratch_evaluator, policy(answering(CLEAN, 17)), output=16)
    assert code_of(decision) == "OUTPUT_LIMIT"


def test_a_declared_module_without_imports(scratch_evaluator: Evaluator) -> None:
    silent = wasmtime.wat2wasm('(module (func (export "Execute") (result i32) (i32.const 0)))')
    assert code_of(decide(scratch_evaluator, policy(bytes(silent)))) == "ENGINE_UNKNOWN"
    declared = policy(bytes(silent), engine="extism")
    assert code_of(decide(scratch_evaluator, declared)) == "NO_RESULT"
