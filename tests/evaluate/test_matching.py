"""matches_parameters and matches_evaluation: the policy's own answer, or a refusal."""

from __future__ import annotations

import dataclasses

import pytest

from attest.errors import EngineError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.matching import matches_evaluation, matches_parameters
from attest.model.policy import Arguments, Policy
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.make import AT, LIMITS, policy

REGO = """# A policy of Chainloop's.
package levels.of_severity

levels := ["low", "medium", "high"]

result := {"violations": []}

rank(level) := at if levels[at] == level

matches_parameters := rank(input.args.severity) <= rank(input.expected_args.severity)

default matches_evaluation := true

matches_evaluation := false if {
	count(input.violations) > 0
	input.expected_args.severity == "high"
}
"""
SETTINGS = Settings(AT, LIMITS)


def with_arguments(**arguments: str) -> Settings:
    return dataclasses.replace(SETTINGS, arguments=arguments)


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(
    ("given", "expected", "answer"),
    [("low", "high", True), ("high", "low", False), ("medium", "medium", True)],
)
def test_rego_compares_parameters(
    evaluator: Evaluator,
    given: str,
    expected: str,
    answer: bool,  # noqa: FBT001  # a column of the table
    declared: bool,  # noqa: FBT001  # as above
) -> None:
    one = policy(REGO, chainloop=declared)
    wanted: Arguments = {"severity": expected}
    assert matches_parameters(evaluator, one, wanted, with_arguments(severity=given)) is answer


@pytest.mark.parametrize(
    ("violations", "expected", "answer"), [([], "high", True), (["no"], "high", False)]
)
def test_rego_looks_at_an_evaluation(
    evaluator: Evaluator,
    violations: list[str],
    expected: str,
    answer: bool,  # noqa: FBT001  # a column of the table
) -> None:
    wanted: Arguments = {"severity": expected}
    settings = with_arguments(severity="low")
    assert matches_evaluation(evaluator, policy(REGO), violations, wanted, settings) is answer


def exporting(name: str, text: str) -> bytes:
    say = f"(call $output_set (call $put (i32.const 0) (i32.const {len(text)}))"
    answering = (
        f'(func (export "{name}") (result i32) {say} (i64.const {len(text)})) (i32.const 0))'
    )
    return module(SAY, extra=answering, text=text.replace('"', "\\22"))


@pytest.mark.parametrize("text", ["true", "false"])
def test_an_extism_program_answers_by_its_export(scratch_evaluator: Evaluator, text: str) -> None:
    one = policy(exporting("matches_parameters", text))
    assert matches_parameters(scratch_evaluator, one, {}, SETTINGS) is (text == "true")
    other = policy(exporting("matches_evaluation", text))
    assert matches_evaluation(scratch_evaluator, other, [], {}, SETTINGS) is (text == "true")


SEES = """(local $index i64)
  (call $output_set (call $put (i32.const 0) (i32.const 4)) (i64.const 4))
  (if (i64.lt_u (call $size) (i64.const 40)) (then (unreachable)))"""


def test_an_extism_program_sees_both(scratch_evaluator: Evaluator) -> None:
    extra = f'(func (export "matches_parameters") (result i32) {SEES} (i32.const 0))'
    size = '(import "extism:host/env" "input_length" (func $size (result i64)))'
    one = policy(module(SAY, imports=size, extra=extra, text="true"))
    settings, wanted = with_arguments(severity="low"), {"severity": "high"}
    assert matches_parameters(scratch_evaluator, one, wanted, settings)


def refused(evaluator: Evaluator, one: Policy, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        matches_parameters(evaluator, one, {}, SETTINGS)
    assert caught.value.code == code
    with pytest.raises(EngineError) as caught:
        matches_evaluation(evaluator, one, [], {}, SETTINGS)
    assert caught.value.code == code


def test_a_policy_that_does_not_answer_is_refused(scratch_evaluator: Evaluator) -> None:
    refused(scratch_evaluator, policy(module(SAY)), "EXPORT_MISSING")
    silent = 'package p\n\nresult := {"violations": []}\n'
    refused(scratch_evaluator, policy(silent, chainloop=True), "NO_ENTRY_RULE")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("if input.never", "UNDEFINED_RESULT"),
        (':= "yes"', "GARBAGE_RESULT"),
        (":= 1", "GARBAGE_RESULT"),
        (':= {"violations": []}', "GARBAGE_RESULT"),
    ],
)
def test_anything_but_true_or_false_is_refused(
    scratch_evaluator: Evaluator, rule: str, code: str
) -> None:
    text = f"package p\n\nmatches_parameters {rule}\n\nmatches_evaluation {rule}\n"
    refused(scratch_evaluator, policy(text), code)


@pytest.mark.parametrize("text", ["null", "1", '"true"', '{"violations":[]}', "nonsense"])
def test_any_other_answer_of_a_program_is_refused(scratch_evaluator: Evaluator, text: str) -> None:
    one = policy(exporting("matches_parameters", text))
    with pytest.raises(EngineError) as caught:
        matches_parameters(scratch_evaluator, one, {}, SETTINGS)
    assert caught.value.code == "GARBAGE_RESULT"


def test_a_package_that_cannot_be_named_is_refused(evaluator: Evaluator) -> None:
    refused(evaluator, policy('package a["b-c"]\n\nmatches_parameters := true\n'), "NO_ENTRY_RULE")
