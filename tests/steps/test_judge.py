"""Judging: an engine's trouble is one policy's alone, and what it is asked is what was signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from attest.evaluate import registry
from attest.evaluate.engine import Opinion
from attest.evaluate.reading import Reading
from attest.model.verdict import Engine, Outcome
from fixtures.making.evidence import SARIF, about, by_scanner, rfc3339, scan
from fixtures.making.policies import rego, source
from fixtures.making.world import NOW, OTHER_APP
from tests.gate import (
    CLEAN,
    LATER,
    OTHER,
    PASSES,
    SKIPS,
    SUBJECT,
    Gate,
    chainloop,
    only_result,
    results,
)

LOOPS = rego(
    "package loops\n\nallow if {\n\tsome i in numbers.range(1, 100000)\n"
    "\tsome j in numbers.range(1, 100000)\n\ti * j == -1\n}\n"
)


@pytest.fixture(autouse=True)
def scanned(gate: Gate) -> None:
    """One clean scan, which is required."""
    gate.evidence(CLEAN)
    gate.require()


@pytest.mark.parametrize(
    ("broken", "limits", "code"),
    [
        (rego("package broken\n\nallow if {"), {}, "POLICY_PARSE"),
        (rego("package broken\n\nallow if input.nothing\n"), {}, "UNDEFINED_RESULT"),
        (LOOPS, {"fuel": 200_000_000}, "OUT_OF_FUEL"),
        ({"p.wasm": b"\0asm\1\0\0\0garbage"}, {}, "WASM_MALFORMED"),
    ],
)
def test_an_engine_error_is_one_policys_alone(
    gate: Gate, broken: dict[str, bytes], limits: dict[str, int], code: str
) -> None:
    gate.policy(chainloop(PASSES, name="before"))
    gate.policy(broken, **({"limits": limits} if limits else {}))
    gate.policy(chainloop(PASSES, name="after"))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (6, code)
    assert report.verdict == "error"
    found = results(report)
    assert [outcome for _, outcome, _ in found] == ["passed", "error", "passed"]
    assert found[1][2] == code
    assert report.requirements[0].met


def test_an_error_of_a_policy_that_is_not_enforced_never_counts(gate: Gate) -> None:
    gate.policy(rego("package p\n\nallow if input.nothing\n"), enforce=False)
    report = gate.run()
    assert report.exit_code == 0
    line = only_result(report)
    assert (line.outcome, line.code, line.enforced) == ("error", "UNDEFINED_RESULT", False)


def test_one_document_about_two_subjects_is_asked_once(gate: Gate) -> None:
    gate.another()
    gate.evidence(by_scanner(about(SARIF, scan("py/debug-left-in"), OTHER_APP)))
    gate.policy(chainloop(PASSES))
    report = gate.run()
    assert [(line.subject, line.outcome) for line in report.results] == [
        (SUBJECT, "passed"),
        (OTHER, "passed"),
    ]
    assert report.results[0].usage == report.results[1].usage


def test_a_policy_receives_the_signed_bytes(gate: Gate) -> None:
    """A number that a parser would round is compared as it was written."""
    exact = scan()
    exact["properties"] = {"n": 9007199254740993}
    gate.case.files["evidence/1.json"] = by_scanner(about(SARIF, exact))
    gate.policy(rego("package p\n\nallow if input.properties.n == 9007199254740993\n"))
    assert gate.run().exit_code == 0


def test_the_clock_of_a_policy_is_the_time_of_evaluation(gate: Gate) -> None:
    moment = rfc3339(LATER)
    gate.policy(rego(f'package p\n\nallow if time.now_ns() == time.parse_rfc3339_ns("{moment}")\n'))
    assert gate.run(now=LATER).exit_code == 0
    assert gate.run(now=LATER + timedelta(seconds=1)).exit_code == 6


def test_a_host_call_that_nobody_granted_is_an_error(gate: Gate) -> None:
    call = 'http.send({"method": "get", "url": "http://127.0.0.1:9/", "raise_error": false})'
    gate.policy(rego(f"package p\n\nallow if {call}\n"))
    report = gate.run()
    assert report.exit_code == 6
    assert only_result(report).outcome == "error"


def test_an_answer_to_be_ignored_is_no_answer(gate: Gate) -> None:
    ignored = '{"skipped": false, "ignore": true, "violations": []}'
    gate.policy(chainloop(f"package p\n\nresult := {ignored}\n"))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "POLICY_SKIPPED")


@dataclass
class _Contrarian:
    """A second opinion that always says what it was made with."""

    opinion: Opinion

    def identity(self) -> Engine:
        return Engine("contrarian", "1")

    def ask(self, _policy: object, documents: list[bytes], *_: object) -> tuple[Opinion, ...]:
        return (self.opinion,) * len(documents)


@pytest.mark.parametrize(
    ("opinion", "expected"),
    [
        (Opinion(Reading(Outcome.FAILED)), ("CROSS_CHECK_DISAGREES", False)),
        (Opinion(failed="it died"), ("CROSS_CHECK_DISAGREES", False)),
        (Opinion(unsupported="not this one"), ("PASSED", None)),
        (Opinion(Reading(Outcome.PASSED)), ("PASSED", True)),
    ],
)
def test_a_second_opinion(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, opinion: Opinion, expected: tuple[str, bool | None]
) -> None:
    monkeypatch.setattr(registry.Rego, "second", _Contrarian(opinion))
    gate.policy(chainloop(PASSES), cross_check=True)
    report = gate.run()
    line = only_result(report)
    assert line.cross_check is not None
    assert line.cross_check.engine.name == "contrarian"
    assert (line.code, line.cross_check.agrees) == expected
    assert report.exit_code == (0 if line.code == "PASSED" else 6)


def test_no_second_opinion_unless_it_is_asked_for(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.Rego, "second", _Contrarian(Opinion(failed="asked")))
    gate.policy(chainloop(PASSES))
    assert gate.run().exit_code == 0
    assert gate.run(cross_check=True).exit_code == 6


def test_two_engines_agree_on_the_policies_of_the_fixtures(gate: Gate) -> None:
    gate.policy(source("scan-findings"))
    report = gate.run(cross_check=True)
    assert report.exit_code == 0
    check = only_result(report).cross_check
    assert check is not None
    assert check.agrees
    assert report.evaluated_at > rfc3339(NOW)


def test_two_engines_agree_on_a_large_document(gate: Gate) -> None:
    """The second engine reserves address space that must not count as its memory."""
    large = scan(*["py/debug-left-in"] * 800)
    large["properties"] = {f"key {at}": "x" * at for at in range(200)}
    gate.case.files["evidence/1.json"] = by_scanner(about(SARIF, large))
    gate.policy(rego("package p\n\nallow if count(input.runs[0].results) == 800\n"))
    report = gate.run(cross_check=True)
    assert report.exit_code == 0, report.reason
    check = only_result(report).cross_check
    assert check is not None
    assert check.agrees


def test_every_policy_that_was_asked_is_listed_under_its_own_id(gate: Gate) -> None:
    for _ in range(2):
        gate.policy(chainloop(PASSES))
    report = gate.run()
    assert [line.id for line in report.policies] == ["p", "p~2"]
    assert [policy for policy, _, _ in results(report)] == ["p", "p~2"]


def test_an_argument_that_no_policy_declares_is_refused(gate: Gate) -> None:
    gate.policy(source("scan-findings"), **{"with": {"severty": "high"}})
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (2, "ARGUMENT_UNKNOWN")


def test_another_policy_of_the_bundle_does_not_decide_for_one_that_skips(gate: Gate) -> None:
    one, other = chainloop(SKIPS, name="one"), chainloop(PASSES, name="other")
    gate.policy(
        {
            **{f"one/{path}": text for path, text in one.items()},
            **{f"other/{path}": text for path, text in other.items()},
        }
    )
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "POLICY_SKIPPED")
    assert results(report) == [
        ("one", "skipped", "POLICY_SKIPPED"),
        ("other", "passed", "PASSED"),
    ]
