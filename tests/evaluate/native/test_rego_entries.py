"""Which rules decide, read from text: as the guest finds them in the syntax tree."""

from __future__ import annotations

import pytest

from attest.evaluate import Evaluator, Settings
from attest.evaluate.native.rego_entries import Entry, NotReadError, program
from attest.model import strict_json
from attest.model.limits import Limits
from tests.evaluate.make import AT, policy

SOURCES = {
    "sets": "package a.b\ndeny contains 1 if input.x\nviolation_x contains 2 if input.y\n",
    "old form": "package main\n\n  warn contains msg if {\n\tmsg := input.x\n}\n",
    "default": "package main\ndefault allow := false\nallow if input.ok\n",
    "object": 'package main\ndeny[k] := "v" if some k in input.l\n',
    "function": "package main\nf(x) := x\nallow := true\n",
    "helper": "package main\ndenied := [1]\nallowed if true\ndeny_1 contains 1 if false\n",
    "local": "package main\nallow if {\n\tresult := 1\n\tdenylist := result\n\tdenylist == 1\n}\n",
    "exception": 'package main\ndeny_x contains "n" if true\nexception contains ["x"] if true\n',
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_rules_as_the_guest(evaluator: Evaluator, name: str) -> None:
    one = policy(SOURCES[name])
    (decision,) = evaluator.evaluate(one, [b'{"ok": true}'], Settings(AT, Limits(timeout=20.0)))
    guests = strict_json.parse((decision.result or "").encode())
    mine = {f"{entry.package}.{entry.rule}" for entry in program(one).entries}
    assert mine == set(guests)


def test_an_entrypoint() -> None:
    found = program(policy("package a.b\nok := true", entrypoint="a/b/ok"))
    assert found.entries == (Entry("a.b", "ok"),)
    assert found.entries[0].query == "x = data.a.b.ok"


@pytest.mark.parametrize(
    ("sources", "chainloop"),
    [
        (("package a\nallow := true", "package b\nviolations := []"), False),
        (("package a\nallow := true", "package b\nfindings contains 1 if true"), False),
        (("package a\nresult := {}\ndeny contains 1 if true",), True),
        (("package a\nallow := true", "package b\ndeny__x contains 1 if true"), False),
        (("package a\nviolations := []\nviolation_ := 1",), True),
    ],
)
def test_what_the_guest_calls_ambiguous_is_not_read(
    sources: tuple[str, ...],
    chainloop: bool,  # noqa: FBT001  # a column of the table
) -> None:
    with pytest.raises(NotReadError):
        program(policy(*sources, chainloop=chainloop))


def test_an_entrypoint_as_rego_has_it() -> None:
    found = program(policy("package a.b\nok := true", entrypoint="a.b.ok"))
    assert found.entries == (Entry("a.b", "ok"),)


@pytest.mark.parametrize(
    "entrypoint", ["ok", "a.b/ok", "a/ok; x = 1", "a-b/ok", "a/ok\n", "a//ok", "é/ok"]
)
def test_an_entrypoint_that_is_no_plain_name(entrypoint: str) -> None:
    with pytest.raises(NotReadError):
        program(policy("package a", entrypoint=entrypoint))


def test_a_package_that_is_no_plain_name() -> None:
    with pytest.raises(NotReadError):
        program(policy('package a["b-c"]\nallow := true'))


def test_chainloops_rules_are_added_where_they_are_missing() -> None:
    found = program(policy("package p\nfindings := []\nskipped := false", chainloop=True))
    (text,) = found.modules
    assert '"findings": findings' in text
    assert "default skipped" not in text
    assert "default violations" in text
    assert found.entries == (Entry("p", "result"),)
