"""Chainloop's two other questions: whether a policy's arguments, or its outcome, meet a demand.

A policy answers them itself, by the rules (Rego, OPA's Wasm) or exports (Extism)
`matches_parameters` and `matches_evaluation`; the answer is true or false. One that does not answer
is refused: nothing is assumed in its place.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attest.errors import EngineError
from attest.evaluate import detect
from attest.evaluate.abi.opa.adapter import screened
from attest.evaluate.engine import Settings
from attest.evaluate.evaluator import Evaluator
from attest.model.arguments import Value
from attest.model.policy import Arguments, Policy

_PARAMETERS, _EVALUATION = "matches_parameters", "matches_evaluation"
_PACKAGE = re.compile(
    r"^[ \t]*package[ \t]+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)[ \t]*(?:#.*)?$", re.MULTILINE
)


def matches_parameters(
    evaluator: Evaluator, policy: Policy, expected: Arguments, settings: Settings
) -> bool:
    """Ask whether the arguments in ``settings`` meet the ``expected`` ones.

    The policy sees ``args`` and ``expected_args``. Raises ``EngineError``: NO_ENTRY_RULE or
    EXPORT_MISSING where it does not answer, GARBAGE_RESULT for what is neither true nor false, and
    whatever else stops an evaluation.
    """
    return _ask(evaluator, policy, _PARAMETERS, {"expected_args": _plain(expected)}, settings)


def matches_evaluation(
    evaluator: Evaluator,
    policy: Policy,
    violations: Sequence[str],
    expected: Arguments,
    settings: Settings,
) -> bool:
    """Ask whether an evaluation with these ``violations`` meets the ``expected`` arguments.

    The policy sees ``violations`` and ``expected_args``. Raises as `matches_parameters` does.
    """
    document = {"violations": list(violations), "expected_args": _plain(expected)}
    return _ask(
        evaluator, policy, _EVALUATION, document, dataclasses.replace(settings, arguments={})
    )


def _ask(
    evaluator: Evaluator,
    policy: Policy,
    question: str,
    document: dict[str, Any],
    settings: Settings,
) -> bool:
    convention = detect.detect(policy)
    if convention == detect.EXTISM and question == _PARAMETERS:
        document |= {"args": _plain(settings.arguments)}
    asked = dataclasses.replace(
        policy, entrypoint=_entrypoint(policy, convention, question), chainloop=False
    )
    (decision,) = evaluator.evaluate(asked, [json.dumps(document).encode()], settings)
    if decision.problem is not None:
        raise EngineError(decision.problem.code, decision.problem.message)
    answer = json.loads(decision.result or "null")
    if not isinstance(answer, bool):
        raise EngineError("GARBAGE_RESULT", f"{question} answered neither true nor false")
    return answer


def _entrypoint(policy: Policy, convention: str, question: str) -> str:
    if convention == detect.EXTISM:
        return question
    if convention == detect.OPA_WASM:
        return _of_program(policy, question)
    package = _PACKAGE.search(policy.code[0].content.decode("utf-8", "replace"))
    if convention != detect.REGO or package is None:
        raise EngineError("NO_ENTRY_RULE", f"policy {policy.name!r} has no rule {question}")
    return f"{package[1]}.{question}".replace(".", "/")


def _of_program(policy: Policy, question: str) -> str:
    offered = screened(policy)[1].entrypoints or ()
    found = [one for one in offered if one.rpartition("/")[2] == question]
    if len(found) != 1:
        raise EngineError("NO_ENTRY_RULE", f"policy {policy.name!r} has no one rule {question}")
    return found[0]


def _plain(arguments: Mapping[str, Value]) -> dict[str, str | list[str]]:
    return {k: one if isinstance(one, str) else list(one) for k, one in arguments.items()}
