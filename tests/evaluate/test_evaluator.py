"""The stage's front: one decision for each document, in order, whatever the policy does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.errors import EngineError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.evaluator import _decision
from attest.evaluate.host.job import Answer
from attest.evaluate.reading import Reading
from attest.evaluate.registry import ENGINES
from attest.model import verdict
from attest.model.limits import Limits
from attest.model.policy import File, Policy
from attest.model.verdict import Decision, Outcome, Severity
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.make import AT, LIMITS, code_of, decide, policy

REGO_LIMITS = Limits(timeout=20.0)
DENY = """package main
deny contains {"msg": sprintf("%s is bad", [one.name]), "severity": one.severity} if {
	some one in input.things
	one.bad
}
warn contains "old" if input.old
"""


def test_decisions_stand_in_the_order_of_documents(evaluator: Evaluator) -> None:
    documents = [
        b'{"things": []}',
        b'{"things": [{"bad": true, "name": "a", "severity": "high"}]}',
        b"not JSON",
        b'{"old": true}',
    ]
    passed, failed, broken, warned = evaluator.evaluate(
        policy(DENY), documents, Settings(AT, REGO_LIMITS)
    )
    assert passed.outcome is Outcome.PASSED
    assert failed.outcome is Outcome.FAILED
    assert [(one.message, one.severity) for one in failed.findings] == [("a is bad", Severity.HIGH)]
    assert code_of(broken) == "INPUT_INVALID"
    assert warned.outcome is Outcome.PASSED
    assert [one.message for one in warned.findings] == ["old"]
    assert failed.usage.fuel > 0
    assert failed.engine == evaluator.describe(policy(DENY))


def test_what_was_prepared_gives_the_same_decision() -> None:
    settings = Settings(AT, REGO_LIMITS)
    policies = (policy(DENY), policy(module(SAY)), policy("neither one nor the other"))
    document = b'{"things": [{"bad": true, "name": "a"}]}'

    def decided(fresh: Evaluator, one: Policy) -> Decision:
        (decision,) = fresh.evaluate(one, [document], settings)
        return replace(decision, usage=replace(decision.usage, duration_ms=0.0))

    with Evaluator() as cold, Evaluator(jobs=4) as warm:
        warm.warm()
        expected = [decided(cold, one) for one in policies]
        for one in policies:
            warm.prepare(one, settings)
        started = warm.processes
        assert [decided(warm, one) for one in policies] == expected
        assert warm.processes == started == 2


def test_arguments_that_are_no_text_are_told_when_the_policy_is_asked() -> None:
    settings = Settings(AT, REGO_LIMITS, arguments={"a": "\ud800"})
    with Evaluator() as fresh:
        fresh.prepare(policy(DENY), settings)
        (decision,) = fresh.evaluate(policy(DENY), [b"{}"], settings)
    assert code_of(decision) == "INPUT_INVALID"


def test_the_clock_is_the_evaluations(evaluator: Evaluator) -> None:
    at = int(AT.timestamp() * 1e9)
    one = policy(f"package main\nallow if time.now_ns() == {at}\ndefault allow := false\n")
    assert decide(evaluator, one, memory=REGO_LIMITS.memory, fuel=REGO_LIMITS.fuel).outcome is (
        Outcome.PASSED
    )


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("package main\nallow if input.x", "UNDEFINED_RESULT"),
        ("package main\nallow := 1", "GARBAGE_RESULT"),
        ("package main\nx := 1", "NO_ENTRY_RULE"),
        ("package main\ndeny contains {", "POLICY_PARSE"),
        ("package main\ndeny contains x if y", "POLICY_COMPILE"),
        ("package main\ndeny contains http.send({}) if true", "HTTP_FORBIDDEN"),
    ],
)
def test_rego_that_does_not_answer(evaluator: Evaluator, source: str, code: str) -> None:
    decision = decide(evaluator, policy(source), memory=REGO_LIMITS.memory, fuel=REGO_LIMITS.fuel)
    assert code_of(decision) == code


def test_a_policy_for_no_engine_is_an_error_for_each_document(evaluator: Evaluator) -> None:
    unknown = policy(b'{"wasm": []}')
    decisions = evaluator.evaluate(unknown, [b"{}", b"{}"], Settings(AT))
    assert [code_of(one) for one in decisions] == ["ENGINE_UNKNOWN"] * 2
    with pytest.raises(EngineError) as refused:
        evaluator.describe(unknown)
    assert refused.value.code == "ENGINE_UNKNOWN"


def test_describe_screens_as_evaluate_does(evaluator: Evaluator) -> None:
    wants = module(SAY, imports='(import "extism:host/env" "shell" (func))')
    with pytest.raises(EngineError) as refused:
        evaluator.describe(policy(wants))
    assert refused.value.code == "IMPORT_FORBIDDEN"


def test_no_documents_no_decisions(evaluator: Evaluator) -> None:
    assert evaluator.evaluate(policy(DENY), [], Settings(AT)) == ()


def test_a_program_that_is_not_utf8_beside_source(evaluator: Evaluator) -> None:
    broken = policy(DENY, b"package \xff")
    assert code_of(decide(evaluator, broken)) == "ENGINE_UNKNOWN"


def test_broken_data_is_an_error(evaluator: Evaluator) -> None:
    broken = policy(DENY, data=(File("data.json", b"\xff"),))
    assert code_of(decide(evaluator, broken)) == "DATA_INVALID"


def test_arguments_that_are_not_unicode(evaluator: Evaluator) -> None:
    decision = decide(evaluator, policy(DENY), b"{}", {"name": "\udc80"})
    assert code_of(decision) == "INPUT_INVALID"


def test_the_unreadable_answer_is_kept_to_be_shown(evaluator: Evaluator) -> None:
    decision = decide(
        evaluator,
        policy("package main\nallow := 1"),
        memory=REGO_LIMITS.memory,
        fuel=REGO_LIMITS.fuel,
    )
    assert "1" in (decision.result or "")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer("error", code="PASSED", message="x"), "WORKER_DIED"),
        (Answer("error", code="POLICY_FAILED", message="x"), "WORKER_DIED"),
        (Answer("error", code="NO_SUCH_CODE", message="x"), "WORKER_DIED"),
        (Answer("error", code=None), "WORKER_DIED"),
        (Answer("error", b'{"violations": []}', code="TRAP"), "TRAP"),
        (Answer("undefined"), "UNDEFINED_RESULT"),
        (Answer("value", b""), "GARBAGE_RESULT"),
    ],
)
def test_a_worker_is_not_believed(answer: Answer, code: str) -> None:
    for engine in ENGINES:
        decision = _decision(engine, engine.identity(), policy("package p"), answer)
        assert code_of(decision) == code


def test_an_answer_that_its_reader_trips_over_costs_its_document_alone() -> None:
    class Trips:
        """An engine whose reader has a bug."""

        def read(self, answer: bytes, policy: Policy) -> Reading:
            """Fail, as no reader should."""
            del answer, policy
            raise OverflowError("int too large")

    answer = Answer("value", b"{}")
    decision = _decision(Trips(), verdict.Engine("trips", "1"), policy("package p"), answer)  # type: ignore[arg-type]  # only its reader is asked
    assert code_of(decision) == "GARBAGE_RESULT"
    assert decision.result == "{}"


def test_a_number_beyond_all_floats_in_an_answer(evaluator: Evaluator) -> None:
    one = policy('package main\ndeny contains {"msg": "x", "cvss_v3_score": input.n} if input.n\n')
    document = b'{"n": 1' + b"0" * 400 + b"}"
    (decision,) = evaluator.evaluate(one, [document], Settings(AT, REGO_LIMITS))
    assert decision.outcome is Outcome.FAILED
    assert decision.findings[0].severity is None


def test_a_memory_bomb_in_rego(evaluator: Evaluator) -> None:
    bomb = """package main
deny contains 1 if {
	x := [[a, b, c] | some a in numbers.range(1, 900); some b in numbers.range(1, 900); c := 1]
	count(x) == 0
}"""
    decision = decide(evaluator, policy(bomb), memory=LIMITS.memory, fuel=2_000_000_000)
    assert code_of(decision) in {"OUT_OF_MEMORY", "OUT_OF_FUEL"}
