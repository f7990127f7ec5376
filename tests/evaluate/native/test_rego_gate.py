"""The gate before regopy: known wrong answers are never asked for."""

from __future__ import annotations

from typing import Any

import pytest

from attest.evaluate.native import rego_gate
from tests.evaluate.make import policy

HEAD = "package main\n"


@pytest.mark.parametrize(
    "body",
    [
        'allow if net.cidr_contains("10.0.0.0/8", input.ip)',
        'allow if http.send({"url": "x"})',
        "allow if time.now_ns() > 1",
        'allow if time.parse_rfc3339_ns("2020-01-01T00:00:00Z") > 1',
        'allow if regex.match("(?i)a", input.x)',
        'allow if glob.match("*a", [], input.x)',
        "allow if opa.runtime().env",
        "allow if walk(input, [p, v])",
        "allow if semver.compare(input.a, input.b) > 0",
        'deny contains msg if { some i; msg := sprintf("%v", [input.x[i]]) }',
        "deny contains msg if {\n some i, j\n input.x[i][j]\n}",
        'deny contains sprintf("%v", [input.x[_]]) if true',
        'allow if input.x == "\\u00e9"',
        'deny contains $"{input.x}" if true',
        "x := [v | some k, v in input.o; k]",
        "allow if data.a.b with input as {}",
        "import input.x as y",
        "allow if every x in input.l { x }",
    ],
)
def test_refused(body: str) -> None:
    assert rego_gate.of_policy(policy(HEAD + body))


@pytest.mark.parametrize(
    "body",
    [
        'deny contains msg if { some x in input.l; msg := sprintf("%v", [x]) }',
        "import rego.v1\nallow if count(input.l) == 0",
        "# time.now_ns() is not used\nallow if input.timeline",
        'allow if startswith(input.x, "network.")',
    ],
)
def test_let_through(body: str) -> None:
    assert rego_gate.of_policy(policy(HEAD + body)) == ""


def test_v0_is_refused() -> None:
    assert rego_gate.of_policy(policy(HEAD, v0_compatible=True))


def test_very_long_source_is_refused() -> None:
    assert rego_gate.of_policy(policy(HEAD + "x := 1\n" * 200_000))


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        ({"a": [1, 2.5, "x", None, True]}, False),
        ({"a": 0.0000001}, True),
        ({"a": [{"b": 2**63}]}, True),
        ({"a": -(2**63)}, False),
        ({"a": "line\nbreak"}, False),
    ],
)
def test_numbers(document: Any, refused: bool) -> None:  # noqa: FBT001  # an expected value
    assert bool(rego_gate.of_document(document, policy(HEAD))) is refused


def test_escapes_meet_a_builtin_that_looks_at_characters() -> None:
    looks = policy(HEAD + 'allow if substring(input.x, 0, 1) == "a"')
    assert rego_gate.of_document({"x": ["a\n"]}, looks)
    assert rego_gate.of_document({'a"': 1}, looks)
    assert not rego_gate.of_document({"x": "a"}, looks)
