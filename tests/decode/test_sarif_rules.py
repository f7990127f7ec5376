"""Rules that ran, as opposed to rules that are listed."""

from __future__ import annotations

from typing import Any

import pytest

from attest.decode.sarif_rules import executed
from tests.decode.making import sarif_run

OFF = {"defaultConfiguration": {"enabled": False}}


def run(rules: list[dict[str, Any]], *overrides: list[dict[str, Any]], **changes: Any) -> Any:
    invocations = [
        {"executionSuccessful": True, "ruleConfigurationOverrides": each} for each in overrides
    ]
    tool = {"driver": {"name": "scanner", "rules": rules}}
    return sarif_run(tool=tool, **({"invocations": invocations} | changes))


def override(descriptor: dict[str, Any], **configuration: Any) -> dict[str, Any]:
    return {"descriptor": descriptor, "configuration": configuration}


def result(**changes: Any) -> dict[str, Any]:
    return {"message": {"text": "found"}} | changes


def test_listed_rules_of_driver_and_extensions_count() -> None:
    log = sarif_run(
        tool={
            "driver": {"name": "a", "rules": [{"id": "R1"}]},
            "extensions": [{"name": "b", "rules": [{"id": "E1"}, {"id": "E2"} | OFF]}],
        }
    )
    assert executed(log) == {"R1", "E1"}


@pytest.mark.parametrize(
    "descriptor",
    [{"id": "R1"}, {"index": 0}, {"guid": "11111111-1111-4111-8111-111111111111"}, {"id": "R1/x"}],
)
def test_a_disabled_rule_does_not_count(descriptor: dict[str, Any]) -> None:
    rules = [{"id": "R1", "guid": "11111111-1111-4111-8111-111111111111"}, {"id": "R2"}]
    assert executed(run(rules, [override(descriptor, enabled=False)])) == {"R2"}
    assert executed(run(rules, [], [override(descriptor, enabled=False)])) == {"R2"}
    assert executed(run(rules, [override(descriptor, level="note")])) == {"R1", "R2"}


def test_a_reference_that_dangles_may_mean_any_rule() -> None:
    rules = [{"id": "R1"}, {"id": "R2"}]
    assert executed(run(rules, [override({"index": -1}, enabled=False)])) == frozenset()


def test_a_rule_off_by_default_counts_when_every_invocation_enables_it() -> None:
    rules = [{"id": "R1"} | OFF]
    enable = [override({"id": "R1"}, enabled=True)]
    assert executed(run(rules)) == frozenset()
    assert executed(run(rules, enable)) == {"R1"}
    assert executed(run(rules, enable, [])) == frozenset()
    assert executed(run(rules, [override({"id": "R1"}, level="error")])) == frozenset()
    elsewhere = [override({"id": "R1", "toolComponent": {"index": 0}}, enabled=True)]
    assert executed(run(rules, elsewhere)) == frozenset()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (result(ruleId="R9"), {"R9"}),
        (result(ruleId="R9/sub"), {"R9", "R9/sub"}),
        (result(rule={"id": "R9"}), {"R9"}),
        (result(ruleIndex=0), {"R1"}),
        (result(rule={"index": 0}), {"R1"}),
        (result(rule={"index": 0, "toolComponent": {"index": 0}}), set()),
        (result(ruleIndex=7), set()),
        (result(), set()),
        (result(ruleId="R9", ruleIndex=0), {"R9"}),
        (result(ruleId="R9", kind="pass"), {"R9"}),
        (result(ruleId="R9", kind="notApplicable"), set()),
        (result(ruleId="R9", baselineState="absent"), set()),
        (result(ruleId="R9", baselineState="unchanged"), {"R9"}),
    ],
)
def test_a_result_shows_that_its_rule_ran(found: dict[str, Any], expected: set[str]) -> None:
    assert executed(run([{"id": "R1"} | OFF], results=[found])) == expected
