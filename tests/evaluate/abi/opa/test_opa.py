"""Honest OPA programs: what is asked, what counts as an answer, and the source beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.evaluate import Evaluator
from attest.evaluate.abi.opa import adapter, builtins
from attest.evaluate.probe import probe
from attest.model.policy import File, Policy
from attest.model.verdict import Decision, Outcome
from tests.evaluate.abi.opa.programs import VERDICT, program, source
from tests.evaluate.abi.opa.wat import module
from tests.evaluate.make import code_of, decide, policy

WIDE = {"memory": 128 << 20, "fuel": 500_000_000}


def scan(tool: str, *rules: str) -> bytes:
    found = [{"ruleId": rule, "message": {"text": "no"}} for rule in rules]
    return json.dumps({"runs": [{"tool": {"driver": {"name": tool}}, "results": found}]}).encode()


CLEAN = scan("example-scanner")
BAD = scan("example-scanner", "py/sql-injection")


def verdict(*, also: str | None = None, **fields: Any) -> Policy:
    """Return the fixture's program, and the text ``also`` as the source beside it."""
    code = (VERDICT / "policy.wasm").read_bytes()
    return policy(code, **fields) if also is None else policy(also, code, **fields)


def ask(evaluator: Evaluator, one: Policy, document: bytes = b"{}", **more: Any) -> Decision:
    return decide(evaluator, one, document, **{**WIDE, **more})


# One program


def test_every_entrypoint_is_asked(evaluator: Evaluator) -> None:
    passed = ask(evaluator, verdict(), CLEAN)
    assert passed.outcome is Outcome.PASSED
    assert passed.engine.name == "opa-wasm"
    assert json.loads(passed.result or "") == {"release.allow": True, "release.deny": []}
    failed = ask(evaluator, verdict(), BAD)
    assert failed.outcome is Outcome.FAILED
    assert [(f.rule_id, f.message) for f in failed.findings] == [
        ("release.deny", "py/sql-injection: no")
    ]


def test_undefined_is_an_error(evaluator: Evaluator) -> None:
    assert code_of(ask(evaluator, verdict(), scan("other"))) == "UNDEFINED_RESULT"


def test_the_declared_entrypoint_alone(evaluator: Evaluator) -> None:
    for written in ("release/allow", "release.allow"):
        decision = ask(evaluator, verdict(entrypoint=written), BAD)
        assert decision.outcome is Outcome.PASSED


def test_the_same_fuel_every_time(evaluator: Evaluator) -> None:
    runs = [ask(evaluator, verdict(), BAD) for _ in range(3)]
    assert len({run.usage.fuel for run in runs}) == 1
    assert runs[0].usage.fuel > 0


@pytest.mark.parametrize(
    ("entrypoint", "document", "outcome"),
    [
        ("allow", {"ok": True}, Outcome.PASSED),
        ("allow", {"ok": True, "blocked": True}, Outcome.FAILED),
        ("allow", {"ok": "true"}, Outcome.FAILED),
        ("deny", {}, Outcome.PASSED),
        ("deny", {"components": [{"name": "a", "bad": True}]}, Outcome.FAILED),
        ("result", {}, Outcome.PASSED),
        ("result", {"components": [{"name": "a", "bad": True}]}, Outcome.FAILED),
        ("eligible", {"components": [1, 2]}, Outcome.PASSED),
        ("eligible", {}, Outcome.FAILED),
        ("details", {"components": [{"name": "a", "bad": True}]}, "GARBAGE_RESULT"),
        ("undefined", {}, "UNDEFINED_RESULT"),
        ("number", {}, "GARBAGE_RESULT"),
        ("conflict", {"components": [{"bad": 1}, {"bad": 2}]}, "EVAL_CONFLICT"),
        ("loop", {}, "OUT_OF_FUEL"),
        ("many", {"count": 100_000}, "GARBAGE_RESULT"),
        ("nowhere", {}, "NO_ENTRY_RULE"),
    ],
)
def test_an_entrypoint(
    evaluator: Evaluator, entrypoint: str, document: object, outcome: Outcome | str
) -> None:
    one = policy(program("pure"), entrypoint=f"pure/{entrypoint}")
    decision = ask(evaluator, one, json.dumps(document).encode())
    assert (decision.outcome if decision.problem is None else code_of(decision)) == outcome


def test_a_program_with_more_than_rules_that_decide(evaluator: Evaluator) -> None:
    decision = ask(evaluator, policy(program("pure")))
    assert code_of(decision) == "ENTRY_AMBIGUOUS"
    assert "pure/eligible" in decision.problem.message if decision.problem else False


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        (("release/allow", "release/deny"), None),
        (("release/allow",), "ENTRY_AMBIGUOUS"),
        (("release/allow", "release/deny", "release/more"), "NO_ENTRY_RULE"),
    ],
)
def test_the_manifest_and_the_program_name_the_same(
    evaluator: Evaluator, listed: tuple[str, ...], code: str | None
) -> None:
    decision = ask(evaluator, verdict(entrypoints=listed), CLEAN)
    assert (decision.problem.code if decision.problem else None) == code


def test_data_documents(evaluator: Evaluator) -> None:
    data = (File("known/data.json", b'{"ids": ["x"]}', ("known",)),)
    one = policy(program("pure"), entrypoint="pure/data_list", data=data)
    assert ask(evaluator, one, b'{"id": "x"}').outcome is Outcome.PASSED
    assert ask(evaluator, one, b'{"id": "y"}').outcome is Outcome.FAILED


def test_data_at_a_rules_place(evaluator: Evaluator) -> None:
    data = (File("data.json", b'{"pure": {"allow": true}}'),)
    one = policy(program("pure"), entrypoint="pure/allow", data=data)
    assert code_of(ask(evaluator, one)) == "DATA_CONFLICT"


@pytest.mark.parametrize(
    ("content", "path", "code"),
    [(b"a: 1", "data.yaml", "DATA_INVALID"), (b'{"a":1,"a":2}', "data.json", "DATA_INVALID")],
)
def test_data_that_is_refused(evaluator: Evaluator, content: bytes, path: str, code: str) -> None:
    one = policy(program("pure"), entrypoint="pure/allow", data=(File(path, content),))
    assert code_of(ask(evaluator, one)) == code


@pytest.mark.parametrize("document", [b'{"a": 1, "a": 2}', b"nan", b"", b'{"args": {}}', b"\xff"])
def test_documents_that_are_refused(evaluator: Evaluator, document: bytes) -> None:
    assert code_of(ask(evaluator, verdict(), document)) == "INPUT_INVALID"


def test_numbers_stay_exact(evaluator: Evaluator) -> None:
    one = policy(program("pure"), entrypoint="pure/exact")
    exact = b'{"big": 123456789012345678901234567890, "point": 1.1}'
    assert ask(evaluator, one, exact).outcome is Outcome.PASSED
    rounded = b'{"big": 123456789012345678901234567891, "point": 1.1}'
    assert ask(evaluator, one, rounded).outcome is Outcome.FAILED


# What an answer means


@pytest.mark.parametrize(
    ("result", "entrypoint", "outcome"),
    [
        ('[{"result": true}]', "p/allow", Outcome.PASSED),
        ('[{"result": false}]', "p/allow", Outcome.FAILED),
        ("[]", "p/allow", "UNDEFINED_RESULT"),
        ("[]", "p/deny", "UNDEFINED_RESULT"),
        ('[{"result": []}]', "p/deny", Outcome.PASSED),
        ('[{"result": ["x"]}]', "p/deny_all", Outcome.FAILED),
        ('[{"result": []}]', "p/warn", Outcome.SKIPPED),
        ('[{"result": {}}]', "p/deny", "GARBAGE_RESULT"),
        ('[{"result": {"x": true}}]', "p/deny", Outcome.FAILED),
        ('[{"result": {"violations": []}}]', "p/result", Outcome.PASSED),
        ('[{"result": {"violations": ["x"]}}]', "p/result", Outcome.FAILED),
        ('[{"result": {"skipped": true}}]', "p/result", Outcome.SKIPPED),
        ('[{"result": {}}]', "p/result", "GARBAGE_RESULT"),
        ('[{"result": {"violations": []}}]', "p", "GARBAGE_RESULT"),
        ('[{"result": {"violations": []}}]', "p/other", "GARBAGE_RESULT"),
        ('[{"result": true}]', "p/other", Outcome.PASSED),
        ('[{"result": 1}]', "p/allow", "GARBAGE_RESULT"),
        ('[{"result": null}]', "p/allow", "GARBAGE_RESULT"),
        ('[{"result": true}, {"result": true}]', "p/allow", "GARBAGE_RESULT"),
        ('[{"result": true, "more": 1}]', "p/allow", "GARBAGE_RESULT"),
        ('[{"result": true, "result": true}]', "p/allow", "GARBAGE_RESULT"),
        ('{"result": true}', "p/allow", "GARBAGE_RESULT"),
        ("[true]", "p/allow", "GARBAGE_RESULT"),
        ("[{}]", "p/allow", "GARBAGE_RESULT"),
        ("true", "p/allow", "GARBAGE_RESULT"),
        ("", "p/allow", "GARBAGE_RESULT"),
        ('[{"result": true}', "p/allow", "GARBAGE_RESULT"),
    ],
)
def test_a_result_set(
    scratch_evaluator: Evaluator, result: str, entrypoint: str, outcome: Outcome | str
) -> None:
    program_ = module(result, entrypoints=json.dumps({entrypoint: 0}))
    decision = decide(scratch_evaluator, policy(program_))
    assert (decision.outcome if decision.problem is None else code_of(decision)) == outcome


def test_chainloops_contract(scratch_evaluator: Evaluator) -> None:
    clean = '[{"result": {"violations": []}}]'
    result = policy(module(clean, entrypoints='{"p/result": 0}'), chainloop=True)
    assert decide(scratch_evaluator, result, b"[1]").outcome is Outcome.PASSED
    assert code_of(decide(scratch_evaluator, result, b'{"chainloop_metadata": 1}')) == (
        "INPUT_INVALID"
    )
    other = policy(module(clean, entrypoints='{"p/violations": 0}'), chainloop=True)
    assert code_of(decide(scratch_evaluator, other)) == "NO_ENTRY_RULE"


def test_findings_have_the_shape_that_their_policy_states(scratch_evaluator: Evaluator) -> None:
    program_ = module(
        '[{"result": {"findings": [{"message": "no"}]}}]', entrypoints='{"p/result": 0}'
    )
    free = policy(program_, chainloop=True)
    assert decide(scratch_evaluator, free).outcome is Outcome.FAILED
    stated = policy(program_, chainloop=True, finding_type="VULNERABILITY")
    assert code_of(decide(scratch_evaluator, stated)) == "GARBAGE_RESULT"


@pytest.mark.parametrize("abi", [(1, 0), (1, 1), (1, 2), (1, 3)])
def test_the_versions_of_the_abi(scratch_evaluator: Evaluator, abi: tuple[int, int]) -> None:
    assert decide(scratch_evaluator, policy(module(abi=abi))).outcome is Outcome.PASSED


# Source beside the program


@pytest.mark.parametrize(("document", "outcome"), [(CLEAN, Outcome.PASSED), (BAD, Outcome.FAILED)])
def test_source_and_program_agree(evaluator: Evaluator, document: bytes, outcome: Outcome) -> None:
    both = verdict(also=(VERDICT / "verdict.rego").read_text())
    decision = ask(evaluator, both, document)
    assert decision.outcome is outcome
    assert decision.engine.name == "opa-wasm"
    assert decision.cross_check is not None
    assert decision.cross_check.engine.name == "rego"
    assert decision.cross_check.agrees is True


def test_both_undefined_is_an_error_of_both(evaluator: Evaluator) -> None:
    both = verdict(also=(VERDICT / "verdict.rego").read_text())
    decision = ask(evaluator, both, scan("other"))
    assert code_of(decision) == "UNDEFINED_RESULT"
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is True


SOURCE = (VERDICT / "verdict.rego").read_text()


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace('"py/sql-injection"', '"py/sql-injection", "py/other"'),
        SOURCE.replace("example-scanner", "another"),
        SOURCE.replace('": "', '" - "'),
        SOURCE + '\nviolation contains "more"\n',
        SOURCE + "\nbroken if {",
        SOURCE + "\nlost if unknown_function(1)\n",
        "package release\n\nunrelated := true\n",
    ],
)
@pytest.mark.parametrize("entrypoints", [(), ("release/allow", "release/deny")])
def test_a_difference_is_an_error(
    evaluator: Evaluator, other: str, entrypoints: tuple[str, ...]
) -> None:
    both = verdict(also=other, entrypoints=entrypoints)
    decision = ask(evaluator, both, scan("example-scanner", "py/sql-injection", "py/other"))
    assert code_of(decision) == "SOURCE_WASM_DISAGREE"
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is False


def test_a_program_that_fails_is_not_replaced_by_its_source(evaluator: Evaluator) -> None:
    both = policy(source("pure"), program("pure"), entrypoint="pure/loop")
    assert code_of(ask(evaluator, both, fuel=1_000_000)) == "OUT_OF_FUEL"
    stopped = module(evaluate="(unreachable)")
    both = policy("package p\n\nallow := true\n", stopped)
    decision = decide(evaluator, both, memory=128 << 20, fuel=500_000_000)
    assert code_of(decision) == "TRAP"


def test_source_from_which_opa_took_the_rules(evaluator: Evaluator) -> None:
    """``opa build -t wasm`` leaves imports in their place; nothing else may look like that."""
    left = "package release\n\nimport data.release.allow\nimport data.release.deny\n"
    names = ("release/allow", "release/deny")
    decision = ask(evaluator, verdict(also=left, entrypoints=names), CLEAN)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is None
    assert "opa build" in decision.cross_check.detail
    assert decision.unchecked == decision.cross_check.detail
    for less in (left.replace("import data.release.deny\n", ""), left.replace("release\n", "p\n")):
        decision = ask(evaluator, verdict(also=less, entrypoints=names), CLEAN)
        assert code_of(decision) == "SOURCE_WASM_DISAGREE"
    decision = ask(evaluator, verdict(also=left), CLEAN)
    assert code_of(decision) == "SOURCE_WASM_DISAGREE"


def test_no_source_is_recorded(evaluator: Evaluator) -> None:
    decision = ask(evaluator, verdict(), CLEAN, cross_check=True)
    assert not decision.unchecked
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is None
    assert "source" in decision.cross_check.detail


# Built-ins


def test_the_bytes_say_what_is_asked() -> None:
    _, said = adapter.screened(policy(program("asking")))
    assert said.abi == (1, 3)
    assert set(said.builtins or ()) >= {"sprintf", "time.now_ns", "yaml.marshal"}
    assert not builtins.refusal(said.builtins or ())
    _, said = adapter.screened(verdict())
    assert (said.entrypoints, said.builtins) == (("release/allow", "release/deny"), ())
    assert said.pages >= 2
    assert probe(program("pure")).starts


@pytest.mark.parametrize(
    "name", ["http.send", "opa.runtime", "net.lookup_ip_addr", "rego.parse_module", "trace", "x.y"]
)
def test_a_builtin_that_nobody_answers(scratch_evaluator: Evaluator, name: str) -> None:
    seen = policy(module(listed=("sprintf", name), builtins=json.dumps({"sprintf": 0, name: 1})))
    decision = decide(scratch_evaluator, seen)
    assert code_of(decision) == "BUILTIN_REFUSED"
    assert decision.problem is not None
    assert name in decision.problem.message
    assert decision.usage.fuel == 0
