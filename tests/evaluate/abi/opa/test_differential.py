"""The same rules as source and as compiled program: the same outcome and the same findings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.evaluate import Evaluator, Settings
from attest.model.limits import Limits
from attest.model.verdict import Decision, Outcome
from tests.evaluate.abi.opa.programs import entrypoints, program, source
from tests.evaluate.make import AT, code_of, decide, policy

WIDE = {"memory": 128 << 20, "fuel": 500_000_000}
DOCUMENTS: list[Any] = [
    {},
    {"ok": True, "id": "b", "count": 3, "components": [{"name": "a b", "count": 2, "bad": True}]},
    {"id": '\u0000\n"\\é\u2028', "components": [{"name": "x", "count": -1}, {"name": "y"}]},
    {"id": "2026-01-02T03:04:05Z", "components": [{"name": "", "count": 1e3, "bad": 1.10}]},
    [1, "two", None],
    "text",
]
RANDOM = "asking/deny_random"
"""A fixed sequence for each: the same on every run, not the same in both."""


Pair = tuple[Decision, Decision]


def both(evaluator: Evaluator, entrypoint: str, *documents: object) -> list[Pair]:
    """Return what source and program say about each document."""
    name = entrypoint.partition("/")[0]
    raw = [json.dumps(document).encode() for document in documents]
    settings = Settings(AT, Limits(timeout=20.0, **WIDE))
    ours = evaluator.evaluate(policy(source(name), entrypoint=entrypoint), raw, settings)
    theirs = evaluator.evaluate(policy(program(name), entrypoint=entrypoint), raw, settings)
    return list(zip(ours, theirs, strict=True))


def said(decision: Decision) -> tuple[object, object]:
    if decision.problem is not None:
        return decision.problem.code, ()
    return decision.outcome, frozenset(decision.findings)


@pytest.mark.parametrize(
    "entrypoint",
    [
        one
        for one in entrypoints("pure") + entrypoints("asking")
        if one not in {"pure/details", "pure/many", RANDOM}
    ],
)
def test_source_and_program_say_the_same(evaluator: Evaluator, entrypoint: str) -> None:
    for ours, theirs in both(evaluator, entrypoint, *DOCUMENTS):
        assert said(ours) == said(theirs), (ours.problem, theirs.problem)


def test_an_object_that_could_be_a_package(evaluator: Evaluator) -> None:
    """The one difference that is wanted: a program cannot say that it names a rule."""
    ((ours, theirs),) = both(evaluator, "pure/details", {})
    assert (code_of(ours), code_of(theirs)) == ("GARBAGE_RESULT", "GARBAGE_RESULT")


def test_randomness_is_the_same_on_every_run(evaluator: Evaluator) -> None:
    (_, first), (_, again) = both(evaluator, RANDOM, {}, {"other": 1})
    assert first.result == again.result
    assert len(first.findings) == 2


@pytest.mark.parametrize(
    "entrypoint", ["asking/deny_sets", "asking/deny_times", "asking/deny_documents"]
)
def test_the_programs_calls_really_answer(evaluator: Evaluator, entrypoint: str) -> None:
    ((ours, theirs),) = both(evaluator, entrypoint, {"id": "b"})
    assert ours.outcome is Outcome.FAILED
    assert len(ours.findings) > 2
    assert said(ours) == said(theirs)
    assert theirs.usage.fuel > 0


def test_a_call_that_fails_is_an_error(evaluator: Evaluator) -> None:
    ((ours, theirs),) = both(evaluator, "asking/deny_failing", {"id": "yesterday"})
    assert (code_of(ours), code_of(theirs)) == ("BUILTIN_ERROR", "BUILTIN_ERROR")
    assert theirs.problem is not None
    assert theirs.problem.message.startswith("time.parse_rfc3339_ns: ")


def test_calls_share_the_programs_limits(evaluator: Evaluator) -> None:
    one = policy(program("asking"), entrypoint="asking/deny_documents")
    enough = decide(evaluator, one, b"{}", None, **WIDE)
    assert enough.outcome is Outcome.FAILED
    less = enough.usage.fuel * 9 // 10
    assert code_of(decide(evaluator, one, b"{}", None, **WIDE | {"fuel": less})) == "OUT_OF_FUEL"
    again = decide(evaluator, one, b"{}", None, **WIDE | {"fuel": enough.usage.fuel})
    assert (again.findings, again.usage.fuel) == (enough.findings, enough.usage.fuel)


def test_what_calls_print_is_logged(evaluator: Evaluator) -> None:
    one = policy(program("asking"), entrypoint="asking/deny_printing")
    decision = decide(evaluator, one, b'{"id": "here"}', None, **WIDE)
    assert decision.outcome is Outcome.FAILED
    assert decision.logs == ('[{"seen"}, {"here"}]',)
