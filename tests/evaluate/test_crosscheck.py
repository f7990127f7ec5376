"""The second opinion: it must say the same; that it cannot say anything proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from attest.evaluate import Evaluator, Settings
from attest.evaluate.crosscheck import cross_check
from attest.evaluate.engine import Opinion, SecondOpinion
from attest.evaluate.findings import refusal
from attest.evaluate.host.job import Answer
from attest.evaluate.host.pool import Pool
from attest.evaluate.reading import Reading
from attest.model import verdict
from attest.model.limits import Limits
from attest.model.material import Problem
from attest.model.policy import File, Policy
from attest.model.verdict import Decision, Finding, Outcome, Severity
from tests.evaluate.abi.extism.test_extism import SBOM_POLICY
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.make import AT, code_of, decide, policy

JUDGE = verdict.Engine("judge", "1")
NO, MAYBE = refusal("r", "no"), refusal("r", "maybe")


@dataclass
class Other:
    """A second engine that says what the test wants."""

    says: Opinion

    def identity(self) -> verdict.Engine:
        """Return some name."""
        return verdict.Engine("other", "1")

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Opinion, ...]:
        """Say it about every document."""
        del policy, settings, pool
        return (self.says,) * len(documents)


@dataclass
class Judge:
    """An engine of which only the second opinion is asked."""

    second: SecondOpinion | None
    name: str = field(default="judge")

    def identity(self) -> verdict.Engine:
        """Return the judge's name."""
        return JUDGE

    def look_ahead(self) -> None:
        """Nothing to begin."""

    def prepare(self, policy: Policy, settings: Settings, pool: Pool) -> None:
        """Nothing to prepare."""

    def screen(self, policy: Policy) -> None:
        """Nothing to refuse."""

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Answer, ...]:
        """Fail: the decisions are there already."""
        raise NotImplementedError

    def read(self, answer: bytes, policy: Policy) -> Reading:
        """Fail: the decisions are there already."""
        raise NotImplementedError


def check(decision: Decision, opinion: Opinion | None) -> Decision:
    engine = Judge(None if opinion is None else Other(opinion))
    with Pool(1) as pool:
        (checked,) = cross_check(
            engine, policy("package p"), [b"{}"], Settings(AT), [decision], pool
        )
    return checked


def decided(outcome: Outcome, *findings: Finding, ignored: bool = False) -> Decision:
    return Decision(outcome, JUDGE, findings, ignored=ignored)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (decided(Outcome.PASSED), Reading(Outcome.PASSED)),
        (decided(Outcome.PASSED), Reading(Outcome.PASSED, skip_reasons=("x",), result="y")),
        (decided(Outcome.FAILED, NO, MAYBE), Reading(Outcome.FAILED, (MAYBE, NO))),
        (decided(Outcome.SKIPPED), Reading(Outcome.SKIPPED)),
    ],
)
def test_the_same_answer(mine: Decision, theirs: Reading) -> None:
    checked = check(mine, Opinion(theirs))
    assert checked.outcome is mine.outcome
    assert checked.cross_check is not None
    assert checked.cross_check.agrees is True


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (decided(Outcome.PASSED), Opinion(Reading(Outcome.FAILED, (NO,)))),
        (decided(Outcome.FAILED, NO), Opinion(Reading(Outcome.PASSED))),
        (decided(Outcome.PASSED), Opinion(Reading(Outcome.SKIPPED))),
        (decided(Outcome.SKIPPED), Opinion(Reading(Outcome.SKIPPED, ignored=True))),
        (decided(Outcome.FAILED, NO), Opinion(Reading(Outcome.FAILED, (NO, MAYBE)))),
        (decided(Outcome.FAILED, NO, MAYBE), Opinion(Reading(Outcome.FAILED, (NO,)))),
        (
            decided(Outcome.FAILED, Finding("r", "no", Severity.LOW)),
            Opinion(Reading(Outcome.FAILED, (Finding("r", "no", Severity.HIGH),))),
        ),
        (decided(Outcome.FAILED, refusal("r", "")), Opinion(Reading(Outcome.FAILED))),
        (decided(Outcome.PASSED), Opinion(failed="TRAP")),
        (decided(Outcome.FAILED, NO), Opinion(failed="TRAP")),
    ],
)
def test_another_answer_is_an_error(mine: Decision, theirs: Opinion) -> None:
    checked = check(mine, theirs)
    assert code_of(checked) == "CROSS_CHECK_DISAGREES"
    assert checked.cross_check is not None
    assert checked.cross_check.agrees is False
    assert checked.cross_check.detail


@pytest.mark.parametrize("mine", [decided(Outcome.PASSED), decided(Outcome.FAILED, NO)])
def test_unsupported_changes_nothing_and_is_recorded(mine: Decision) -> None:
    checked = check(mine, Opinion(unsupported="too new"))
    assert checked.outcome is mine.outcome
    assert checked.cross_check is not None
    assert (checked.cross_check.agrees, checked.cross_check.detail) == (None, "too new")


def test_no_second_engine_is_recorded() -> None:
    checked = check(decided(Outcome.PASSED), None)
    assert checked.cross_check is not None
    assert checked.cross_check.agrees is None


@pytest.mark.parametrize("theirs", [Opinion(Reading(Outcome.PASSED)), Opinion(failed="x")])
def test_an_error_stays_an_error(theirs: Opinion) -> None:
    mine = Decision(Outcome.ERROR, JUDGE, problem=Problem("TRAP", "it fell", "hint"))
    checked = check(mine, theirs)
    assert code_of(checked) == "TRAP"
    assert checked.cross_check is not None
    assert checked.cross_check.agrees is (theirs.reading is None)


SBOM = b"""{"bomFormat": "CycloneDX", "components":
  [{"name": "a", "licenses": [{"license": {"id": "X"}}]}, {"name": "b"}]}"""


def test_extisms_own_runtime_agrees(evaluator: Evaluator) -> None:
    one = policy(SBOM_POLICY.read_bytes())
    decision = decide(
        evaluator, one, SBOM, {"forbidden": ("X", "Y")}, cross_check=True, memory=64 << 20
    )
    assert [one.rule_id for one in decision.findings] == ["licence-forbidden", "licence-missing"]
    assert decision.cross_check is not None
    assert (decision.cross_check.agrees, decision.cross_check.detail) == (True, "")
    assert decision.cross_check.engine.name == "extism-sdk"


REGO = {
    "conftest": """package main
deny contains msg if { some c in input.components; c.bad; msg := sprintf("%s: no", [c.name]) }
warn contains "no components" if count(input.components) == 0
""",
    "boolean": "package main\ndefault allow := false\nallow if input.ok == true\n",
    "result": """package main
result := {"skipped": false, "violations": violations, "skip_reason": ""}
violations contains c.name if some c in input.components
""",
}
DOCUMENTS = [
    b'{"components": [{"name": "a\\"],\\"violations\\":[", "bad": true}, {"name": "b"}]}',
    b'{"components": [], "ok": true}',
    '{"components": [{"name": "\\u00e9\u2028\\n", "bad": true}], "ok": "true"}'.encode(),
]


@pytest.mark.parametrize("name", REGO)
def test_regopy_agrees(evaluator: Evaluator, name: str) -> None:
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    for decision in evaluator.evaluate(policy(REGO[name]), DOCUMENTS, settings):
        assert decision.cross_check is not None
        assert (decision.cross_check.agrees, decision.cross_check.detail) == (True, "")
        assert decision.problem is None


def test_regopy_has_its_cryptography_inside_the_jail(evaluator: Evaluator) -> None:
    one = policy('package main\ndeny contains crypto.hmac.sha256(crypto.sha256("a"), input.key)\n')
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    (decision,) = evaluator.evaluate(one, [b'{"key": "k"}'], settings)
    assert decision.outcome is Outcome.FAILED
    assert decision.cross_check is not None
    assert (decision.cross_check.agrees, decision.cross_check.detail) == (True, "")


def test_regopy_completes_chainloops_scripts(evaluator: Evaluator) -> None:
    script = """package main
violations contains c.name if some c in input.elements
skip_reason := "mine" if input.args.why == "x"
"""
    one = policy(script, chainloop=True)
    settings = Settings(AT, Limits(timeout=20.0), {"why": "x"}, cross_check=True)
    for decision in evaluator.evaluate(one, [b'[{"name": "a"}]', b"[]"], settings):
        assert decision.cross_check is not None
        assert (decision.cross_check.agrees, decision.cross_check.detail) == (True, "")


def test_data_stands_at_the_same_place_for_both(evaluator: Evaluator) -> None:
    data = (
        File("feeds/data.json", b'{"at_root": true}'),
        File("x/data.json", b'{"y": true}', ("x",)),
    )
    source = "package main\nallow if { data.at_root; data.x.y }\ndefault allow := false"
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    (decision,) = evaluator.evaluate(policy(source, data=data), [b"{}"], settings)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert (decision.cross_check.agrees, decision.cross_check.detail) == (True, "")


@pytest.mark.parametrize(
    ("source", "document"),
    [
        ("package main\nallow if input.args.x\n", b'{"args": {"x": true}}'),
        ("package main\nviolations := []\n", b'{"chainloop_metadata": {}}'),
    ],
)
def test_both_refuse_what_a_document_may_not_bring(
    evaluator: Evaluator, source: str, document: bytes
) -> None:
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    (decision,) = evaluator.evaluate(policy(source), [document], settings)
    assert code_of(decision) == "INPUT_INVALID"
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is True


def test_a_policy_beyond_regopy_is_recorded_as_such(evaluator: Evaluator) -> None:
    one = policy('package main\ndeny contains "x" if not regex.match("^a", input.name)')
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    (decision,) = evaluator.evaluate(one, [b'{"name": "a"}'], settings)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is None
    assert "regex" in decision.cross_check.detail


def test_discovery_is_beyond_the_second_runtime(scratch_evaluator: Evaluator) -> None:
    wanted = '(import "env" "chainloop_discover" (func (param i64 i64) (result i64)))'
    decision = decide(scratch_evaluator, policy(module(SAY, imports=wanted)), cross_check=True)
    assert decision.outcome is Outcome.PASSED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is None


def test_state_that_extism_would_keep_is_no_difference(scratch_evaluator: Evaluator) -> None:
    program = module(
        f"{SAY} (global.set $runs (i32.add (global.get $runs) (i32.const 1)))",
        extra="(global $runs (mut i32) (i32.const 0))",
        returns="(i32.gt_u (global.get $runs) (i32.const 1))",
    )
    settings = Settings(AT, Limits(timeout=20.0), cross_check=True)
    for decision in scratch_evaluator.evaluate(policy(program), [b"1", b"2", b"3"], settings):
        assert decision.outcome is Outcome.PASSED
        assert decision.cross_check is not None
        assert decision.cross_check.agrees is True
