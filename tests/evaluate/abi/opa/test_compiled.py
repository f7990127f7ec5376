"""Programs that OPA's own compiler, in our guest, makes from source now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from attest.decode.policies import policies_from
from attest.decode.policies.archive import read_archive
from attest.errors import EngineError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.guests.rego.tools import Compiled, build
from attest.evaluate.host.pool import Pool
from attest.evaluate.matching import matches_evaluation, matches_parameters
from attest.model.limits import Limits
from attest.model.policy import Claims, File, Policy
from attest.model.verdict import Decision, Outcome
from tests.evaluate.abi.opa.programs import VERDICT, entrypoints, program, source
from tests.evaluate.guests.test_rego_http import Host, given
from tests.evaluate.make import AT, code_of, policy

Compile = Callable[..., Compiled]


@pytest.fixture(scope="module")
def compiled() -> Iterator[Compile]:
    with Pool(1) as pool:

        def make(text: str, *names: str) -> Compiled:
            return build((File("p.rego", text.encode()),), (), names, pool)

        yield make


def ask(
    evaluator: Evaluator, one: Policy, document: bytes = b"{}", host: PolicyHost | None = None
) -> Decision:
    settings = Settings(AT, Limits(timeout=30.0, fuel=2_000_000_000))
    settings = settings if host is None else replace(settings, host=host)
    (decision,) = evaluator.evaluate(one, [document], settings)
    return decision


@pytest.mark.parametrize("name", ["pure", "asking"])
def test_the_committed_programs_come_from_their_source(compiled: Compile, name: str) -> None:
    made = compiled(source(name), *entrypoints(name)).wasm
    assert len(made) == pytest.approx(len(program(name)), abs=200)


def test_a_bundle_as_opa_builds_it(evaluator: Evaluator, compiled: Compile) -> None:
    text = (VERDICT / "verdict.rego").read_text()
    bundle = compiled(text, "release/allow", "release/deny").bundle
    (found,) = policies_from(read_archive(bundle), Claims())
    assert found.entrypoints == ("release/allow", "release/deny")
    document = b'{"runs": [{"tool": {"driver": {"name": "example-scanner"}}, "results": []}]}'
    decision = ask(evaluator, found, document)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert (decision.cross_check.engine.name, decision.cross_check.agrees) == ("rego", None)
    whole = tuple(
        File(file.path, text.encode()) if file.path.endswith(".rego") else file
        for file in found.code
    )
    decision = ask(evaluator, replace(found, code=whole), document)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is True


SEND = """package p
asked := http.send({"method": "GET", "url": "https://example.com/x"})
deny contains "no" if asked.body.a[0] == 2
warn contains "asked" if asked.status_code == 200
"""


def test_a_server_is_asked_by_grant_alone(evaluator: Evaluator, compiled: Compile) -> None:
    one = policy(compiled(SEND, "p/deny", "p/warn").wasm)
    refused = ask(evaluator, one)
    assert code_of(refused) == "BUILTIN_REFUSED"
    assert refused.problem is not None
    assert "http.send" in refused.problem.message
    assert "grant" in refused.problem.message
    host = Host(given())
    decision = ask(evaluator, one, host=host)
    assert decision.outcome is Outcome.PASSED
    assert len(host.asked) == 1
    failing = Host(EngineError("HTTP_STATUS", "404"))
    assert code_of(ask(evaluator, one, host=failing)) == "HTTP_STATUS"


def test_a_call_that_never_ends(evaluator: Evaluator, compiled: Compile) -> None:
    text = """package p
nodes := {sprintf("%d", [i]) | some i in numbers.range(1, 30)}
deny contains "far" if count(graph.reachable_paths({n: nodes | some n in nodes}, {"1"})) == 0
"""
    one = policy(compiled(text, "p/deny").wasm)
    assert code_of(ask(evaluator, one)) == "OUT_OF_FUEL"


def test_a_call_that_fills_memory(evaluator: Evaluator, compiled: Compile) -> None:
    text = """package p
grown := [x | some i in numbers.range(1, 20000); x := sprintf("%d %v", [i, input.text])]
copied := json.patch({"a": grown}, [{"op": "copy", "from": "/a", "path": "/b"}])
deny contains "long" if count(copied) == 0
"""
    one = policy(compiled(text, "p/deny").wasm)
    document = b'{"text": "' + b"x" * 4_000 + b'"}'
    settings = Settings(AT, Limits(timeout=60.0, memory=64 << 20))
    (decision,) = evaluator.evaluate(one, [document], settings)
    assert code_of(decision) == "OUT_OF_MEMORY"


def test_a_chainloop_policy_that_is_compiled(evaluator: Evaluator, compiled: Compile) -> None:
    text = """package p
result := {"skipped": false, "violations": [x | some x in input.elements; x != input.args.fine]}
"""
    one = policy(compiled(text, "p/result").wasm, chainloop=True)
    settings = Settings(AT, Limits(timeout=30.0), {"fine": "a"})
    passed, failed = evaluator.evaluate(one, [b'["a"]', b'["a", "b"]'], settings)
    assert passed.outcome is Outcome.PASSED
    assert [one.message for one in failed.findings] == ["b"]


def test_chainloops_other_questions(evaluator: Evaluator, compiled: Compile) -> None:
    text = """package p
result := {"violations": []}
default matches_parameters := false
matches_parameters if input.args.level == input.expected_args.level
default matches_evaluation := false
matches_evaluation if count(input.violations) == 0
"""
    names = ("p/result", "p/matches_parameters", "p/matches_evaluation")
    one = policy(compiled(text, *names).wasm)
    settings = Settings(AT, Limits(timeout=30.0), {"level": "a"})
    assert ask(evaluator, one).outcome is Outcome.PASSED
    assert matches_parameters(evaluator, one, {"level": "a"}, settings)
    assert not matches_parameters(evaluator, one, {"level": "b"}, settings)
    assert matches_evaluation(evaluator, one, [], {}, settings)
    assert not matches_evaluation(evaluator, one, ["x"], {}, settings)
    silent = policy(compiled(text, "p/result").wasm)
    with pytest.raises(EngineError) as refused:
        matches_parameters(evaluator, silent, {}, settings)
    assert refused.value.code == "NO_ENTRY_RULE"


LEAVES_OUT = """package p
result := {"skipped": false, "findings": []}
violations contains "never asked"
"""


def test_a_result_that_leaves_rules_out_does_not_pass_beside_its_source(
    evaluator: Evaluator, compiled: Compile
) -> None:
    made = compiled(LEAVES_OUT, "p/result")
    (packed,) = policies_from(read_archive(made.bundle), Claims())
    both = policy(made.wasm, LEAVES_OUT)
    for one in (packed, both):
        decision = ask(evaluator, one)
        assert (decision.outcome, code_of(decision)) == (Outcome.ERROR, "SOURCE_WASM_DISAGREE")


def test_a_program_that_names_the_rules_beside_its_result_is_ambiguous(
    evaluator: Evaluator, compiled: Compile
) -> None:
    one = policy(compiled(LEAVES_OUT, "p/result", "p/violations").wasm)
    assert code_of(ask(evaluator, one)) == "ENTRY_AMBIGUOUS"
