"""What must never come of a case, whatever it is."""

from __future__ import annotations

import json
from typing import Any

from attest.model.verdict import Decision, Outcome
from attest.reasons.engine import ENGINE

BROKEN = frozenset({"WORKER_DIED", "WORKER_UNAVAILABLE"})
"""No policy may bring its process down, or keep one from starting."""


def outcome_of(decision: Decision, *never: str) -> str:
    """Return the outcome or the reason code of a decision that is sound.

    A pass has to be said by the answer itself; ``never`` are codes that it must not have.
    """
    problem = decision.problem
    assert (problem is not None) == (decision.outcome is Outcome.ERROR)
    if problem is not None:
        assert problem.code in ENGINE, problem
        assert problem.code not in BROKEN | set(never), problem
        assert problem.message, problem
        assert not decision.findings
        return problem.code
    if decision.outcome is Outcome.PASSED:
        assert all(one.suppressed for one in decision.findings)
        assert agrees(json.loads(decision.result or "null")), decision.result
    return decision.outcome.word


def agrees(said: Any) -> bool:
    """Tell whether an answer says that nothing is objected to, read as simply as can be.

    A result object, a boolean, or the values of rules by their names.
    """
    if isinstance(said, bool):
        return said
    if not isinstance(said, dict):
        return bool(said == [])
    if said.keys() & {"violations", "findings"}:
        findings = said.get("findings", [])
        return said.get("violations", []) == [] and all(one.get("suppress") for one in findings)
    if set(said) == {"declared", "chainloop", "answers"}:
        return all(agrees(json.loads(text)[0]["result"]) for text in said["answers"].values())
    rules = {name.rpartition(".")[2].partition("_")[0]: value for name, value in said.items()}
    objections = [value for name, value in rules.items() if name in {"deny", "violation"}]
    return (
        bool(objections or "allow" in rules)
        and all(not one for one in objections)
        and rules.get("allow", True) is True
    )
