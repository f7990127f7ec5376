"""The fuzzers of engines: some cases, and that they would notice.

`.ci/run` tries 10,000 (`python -m tests.fuzz.engines --count 10000`); docs/conformance.md has the
result of more.
"""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from attest.evaluate.detect import REGO
from attest.model.verdict import Decision, Engine, Finding, Outcome
from tests.evaluate.hostile.binary import join, split
from tests.fuzz import runner
from tests.fuzz.engines.modules import damaged
from tests.fuzz.engines.oracle import agrees, outcome_of
from tests.fuzz.engines.programs import OBJECTING
from tests.fuzz.engines.targets import targets

COUNT = 5_000
SAYS_SO = Decision(Outcome.PASSED, Engine(REGO, "1"), result='{"violations": []}')


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # the same seed must give the same case


def test_a_sample_of_cases() -> None:
    with targets() as offered:
        summary = runner.run(offered, COUNT)
    assert not summary.failures, runner.report(summary)
    assert summary.cases >= COUNT
    # They get past the readers, to what lies behind.
    assert summary.outcomes["modules"].keys() >= {"extism", "opa-wasm", "WASM_MALFORMED"}
    assert summary.outcomes["answers"].keys() >= {"failed", "passed", "GARBAGE_RESULT"}
    assert summary.outcomes["messages"].keys() >= {"broken", "heard", "no answer"}
    assert summary.outcomes["declarations"].keys() >= {"2 policies", "POLICY_INVALID"}
    assert summary.outcomes["bundles"].keys() >= {"1 policies", "POLICY_BUNDLE_MALFORMED"}
    assert summary.outcomes["rego"].keys() >= {"failed", "POLICY_COMPILE", "NO_ENTRY_RULE"}
    assert summary.outcomes["documents"].keys() >= {"failed", "INPUT_INVALID"}
    assert summary.outcomes["programs"].keys() >= {"failed", "COMPILE_FAILED", "WASM_MALFORMED"}


def test_the_same_number_is_the_same_case() -> None:
    made = [damaged(OBJECTING[0], OBJECTING[1], _random(7)) for _ in range(2)]
    assert made[0] == made[1] != OBJECTING[0]


def test_a_module_that_is_taken_apart_can_be_put_together() -> None:
    for one in OBJECTING:
        assert join(split(one)) == one


@pytest.mark.parametrize(
    "said",
    [
        *("null", "{}", "false", "[1]", '{"violations": ["x"]}', '{"p.deny": ["x"]}'),
        *('{"findings": [{"message": "m"}]}', '{"p.allow": false, "p.deny": []}', '{"p.warn": []}'),
        '{"declared": true, "chainloop": false, "answers": {"p/a": "[{\\"result\\": false}]"}}',
    ],
)
def test_an_objection_is_no_pass(said: str) -> None:
    assert not agrees(json.loads(said))
    with pytest.raises(AssertionError):
        outcome_of(replace(SAYS_SO, result=said))


def test_a_pass_with_findings_is_none() -> None:
    assert outcome_of(SAYS_SO) == "passed"
    with pytest.raises(AssertionError):
        outcome_of(replace(SAYS_SO, findings=(Finding("r", "m"),)))
