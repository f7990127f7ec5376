"""regopy's known silent wrong answers: each is asked in a form that is right, or not asked at all.

One case for each class that was measured. The judge is OPA; what stands here is that the second
opinion never says something else, and never says that a policy passes which does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from attest.evaluate import Evaluator, Settings
from attest.model.policy import File
from tests.evaluate.make import AT, policy

M = "package main\n"
FORGED = 'x"],"violations":[],"y":["'
Asked = tuple[str, Any, Mapping[str, Any]]

AGREES: dict[str, Asked] = {
    "text that would forge the result": (
        M + "deny contains input.name if input.name",
        {"name": FORGED},
        {},
    ),
    "quotes, line breaks and NUL in text": (
        M + "deny contains input.name if input.name",
        {"name": 'a"\n\\\u0000\u001b é'},
        {},
    ),
    "escapes in the document": (
        M + 'deny contains "bad" if input.sev == "critical"',
        '{"sev": "\\u0063ritical"}',
        {},
    ),
    "escaped keys": (
        M + 'deny contains "bad" if input["sev"] == "critical"',
        '{"\\u0073ev": "critical"}',
        {},
    ),
    "a false rule": (M + "default allow := false\nallow if input.x", {}, {}),
    "integers of 63 bits": (
        M + 'deny contains "big" if input.n == 9223372036854775807',
        '{"n": 9223372036854775807}',
        {},
    ),
    "escapes in data": (
        M + 'deny contains "bad" if input.x == data.x',
        {"x": 'q"\\'},
        {"x": 'q"\\'},
    ),
    "numbers in the policy": (
        M + 'deny contains "x" if { 18446744073709551621 > 100; 0.0000001 > 0 }',
        {},
        {},
    ),
    "a list as the document": (M + "deny contains x if some x in input", ["a", "b"], {}),
}
NOT_ASKED: dict[str, Asked] = {
    "escapes in the policy": (M + 'deny contains "bad" if input.x == "\\u0061"', {"x": "a"}, {}),
    "a built-in that it lacks": (
        M + 'deny contains "bad" if net.cidr_contains("10.0.0.0/8", input.ip)',
        {"ip": "10.1.2.3"},
        {},
    ),
    "a time that ends in Z": (
        M + 'deny contains "old" if time.parse_rfc3339_ns(input.t) < 1700000000000000000',
        {"t": "2020-01-01T00:00:00Z"},
        {},
    ),
    "an unbound index in a call": (
        M + 'deny contains msg if { some i; msg := sprintf("missing %v", [input.l[i]]) }',
        {"l": ["a", "b"]},
        {},
    ),
    "an integer beyond 64 bits": (
        M + 'deny contains "big" if input.n > 18446744073709551615',
        '{"n": 18446744073709551621}',
        {},
    ),
    "a small number": (M + 'deny contains "likely" if input.p > 0', '{"p": 0.0000001}', {}),
    "a regular expression": (
        M + 'deny contains "bad" if regex.match("(?i)CRIT", input.s)',
        {"s": "crit"},
        {},
    ),
    "a small number in data": (M + 'deny contains "likely" if data.p > 0', {}, {"p": 0.0000001}),
    "a large number in data": (M + 'deny contains "big" if data.p > 100', {}, {"p": 2**64 + 5}),
}
CAUGHT: dict[str, Asked] = {
    "the length of text with escapes": (
        M + "deny contains input.s if count(input.s) == 3",
        {"s": 'a"b'},
        {},
    ),
    "a letter that only its escape has": (
        M + 'deny contains "n" if not contains(input.s, "n")',
        {"s": "a\nb"},
        {},
    ),
}
REFUSED: dict[str, Asked] = {
    "an unsafe variable": (
        M + 'deny contains "bad" if { input.sev == "high"; severty == "high" }',
        {"sev": "high"},
        {},
    ),
    "version 0": (M + 'deny[msg] { msg := "x" }', {}, {}),
    "the environment": (M + "deny contains opa.runtime().env", {}, {}),
    "a failing built-in": (M + 'deny contains "x" if not to_number(input.s)', {"s": "x"}, {}),
}


def _opinion(evaluator: Evaluator, asked: Asked) -> tuple[str, bool | None, str]:
    """Return the judge's word, and whether the second opinion agrees."""
    source, document, data = asked
    text = document if isinstance(document, str) else json.dumps(document)
    files = (File("data.json", json.dumps(data).encode()),) if data else ()
    settings = Settings(AT, cross_check=True)
    one = policy(source, data=files)
    (decision,) = evaluator.evaluate(one, [text.encode()], settings)
    assert decision.cross_check is not None
    return decision.outcome.word, decision.cross_check.agrees, decision.cross_check.detail


@pytest.mark.parametrize("name", AGREES)
def test_it_says_the_same(evaluator: Evaluator, name: str) -> None:
    word, agrees, detail = _opinion(evaluator, AGREES[name])
    assert (word, agrees) == ("failed", True), detail


@pytest.mark.parametrize("name", NOT_ASKED)
def test_it_is_not_asked(evaluator: Evaluator, name: str) -> None:
    word, agrees, detail = _opinion(evaluator, NOT_ASKED[name])
    assert (word, agrees) == ("failed", None)
    assert detail


@pytest.mark.parametrize("name", CAUGHT)
def test_it_differs_and_that_is_an_error(evaluator: Evaluator, name: str) -> None:
    word, agrees, detail = _opinion(evaluator, CAUGHT[name])
    assert (word, agrees) == ("error", False), detail


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_judge_refuses_stays_refused(evaluator: Evaluator, name: str) -> None:
    word, _, _ = _opinion(evaluator, REFUSED[name])
    assert word == "error"
