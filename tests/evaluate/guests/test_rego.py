"""The Rego engine: which rules decide, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate.guests import rego
from attest.evaluate.host.job import ERROR
from attest.model.policy import File
from tests.evaluate.guests.conftest import MAIN, Ask, rules, said


def test_the_engine_says_who_it_is() -> None:
    identity = rego.engine()
    assert identity.name == "rego"
    assert identity.version.count(".") == 2
    assert identity.digest is not None
    assert identity.digest.startswith("sha256:")


# Which rules decide.


def test_entry_rules_of_every_package_are_asked(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + 'deny contains "a" if input.a',
        'package other.deep\ndeny contains "b"\nwarn_soft contains "w"\nallow := false',
        documents=(b'{"a": 1}',),
    )
    assert rules(answer) == {
        "main.deny": ["a"],
        "other.deep.deny": ["b"],
        "other.deep.warn_soft": ["w"],
        "other.deep.allow": False,
    }


def test_one_package_may_stand_in_two_files(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny contains "a"', MAIN + 'deny contains "b"')
    assert rules(answer) == {"main.deny": ["a", "b"]}


@pytest.mark.parametrize("name", ["deny", "violation", "warn", "deny_a", "violation_a_B2", "allow"])
def test_names_that_decide(ask: Ask, name: str) -> None:
    assert rules(ask(f"{MAIN}{name} := true")[0]) == {f"main.{name}": True}


@pytest.mark.parametrize(
    "name",
    ["denied", "denylist", "warnings", "images.x", "allowed", "allow_a", "exception"],
)
def test_names_that_decide_nothing(ask: Ask, name: str) -> None:
    (answer,) = ask(f'{MAIN}{name} contains "x"')
    assert (answer.status, answer.code) == (ERROR, "NO_ENTRY_RULE")


@pytest.mark.parametrize(
    "rule",
    [
        'deny__x contains "no"',
        'deny_x_ contains "no"',
        'denyImages contains "no"',
        'deny2 contains "no"',
        'Deny contains "no"',
        'violation_ contains "no"',
        'warn__x contains "no"',
        'images.deny contains "no"',
        'images.deny.port contains "no"',
        'images.deny_x contains "no"',
        "images.allow := false",
        'deny(x) := "no"',
        "allow(x) := false",
    ],
)
@pytest.mark.parametrize("beside", ["allow := true", "violations := []", ""])
def test_a_rule_that_only_looks_like_an_entry_rule_is_refused(
    ask: Ask, rule: str, beside: str
) -> None:
    if beside == "violations := []" and "(" in rule:
        return  # Chainloop's contract has no deny that takes arguments
    (answer,) = ask(MAIN + beside, f"package other\n{rule}")
    assert (answer.status, answer.code) == (ERROR, "ENTRY_AMBIGUOUS")
    assert rule.partition(" ")[0].partition("(")[0] in answer.message


def test_an_entrypoint_leaves_no_doubt(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny__x contains "no"\nallow := true', entrypoint="main/allow")
    assert said(answer)["value"] is True


def test_a_rule_that_is_undefined_is_said_to_be(ask: Ask) -> None:
    (answer,) = ask(MAIN + "allow if input.never")
    assert said(answer)["rules"] == [{"package": "main", "rule": "allow", "undefined": True}]


def test_a_rule_with_a_longer_name_is_found(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny.images contains "x"')
    assert rules(answer) == {"main.deny": {"images": ["x"]}}


def test_an_entrypoint_decides_alone(ask: Ask) -> None:
    policy = "package a.b\ndeny contains 1\nok := input.n > 1"
    small, large = ask(policy, entrypoint="a/b/ok", documents=(b'{"n":1}', b'{"n":2}'))
    assert said(small) == {"mode": "entrypoint", "rule": "ok", "value": False}
    assert said(large)["value"] is True


def test_an_entrypoint_may_be_a_rule_in_parts(ask: Ask) -> None:
    source = MAIN + 'deny.images contains "x"\ndeny.ports contains 1'
    (answer,) = ask(source, entrypoint="main/deny")
    assert said(answer)["value"] == {"images": ["x"], "ports": [1]}


@pytest.mark.parametrize("entrypoint", ["main/alow", "main", "other/allow", "main/f", "/", "a//b"])
def test_an_entrypoint_that_is_not_there_is_an_error(ask: Ask, entrypoint: str) -> None:
    (answer,) = ask(MAIN + "allow := true\nf(x) := x", entrypoint=entrypoint)
    assert answer.code == "NO_ENTRY_RULE"


@pytest.mark.parametrize("entrypoint", ["main/allow", "main/result"])
def test_an_undefined_entrypoint_is_an_error(ask: Ask, entrypoint: str) -> None:
    (answer,) = ask(MAIN + "allow if input.x\nresult := 1 if input.x", entrypoint=entrypoint)
    assert answer.code == "UNDEFINED_RESULT"


@pytest.mark.parametrize("other", ["result", "violations", "findings"])
@pytest.mark.parametrize("mine", ["deny", "violation_x", "warn", "allow"])
@pytest.mark.parametrize("package", ["main", "other"])
def test_two_contracts_in_one_bundle_are_refused(
    ask: Ask, package: str, mine: str, other: str
) -> None:
    (answer,) = ask(f"{MAIN}{mine} := true", f'package {package}\n{other} := ["no"]')
    assert answer.code == "ENTRY_AMBIGUOUS"
    assert package in answer.message


def test_an_entrypoint_may_be_written_as_rego_has_it(ask: Ask) -> None:
    source = "package a.b\nok := input.n > 1"
    (answer,) = ask(source, entrypoint="a.b.ok", documents=(b'{"n":2}',))
    assert said(answer) == {"mode": "entrypoint", "rule": "ok", "value": True}


# What is refused.


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('deny contains "x" if { severty == "high" }', "POLICY_COMPILE"),
        ('deny contains "x" if { nothing.at.all(1) }', "POLICY_COMPILE"),
        ('deny contains "x" if { f(1) }\nf(x) := y if { y := f(x) }', "POLICY_COMPILE"),
        ('deny[msg] { msg := "x" }', "POLICY_PARSE"),
        ("deny contains", "POLICY_PARSE"),
        ('deny contains to_number("x")', "BUILTIN_ERROR"),
        ('deny contains json.match_schema({}, {"$ref": "http://a.b/c"})', "BUILTIN_ERROR"),
        ("allow := 1 if true\nallow := 2 if true", "EVAL_CONFLICT"),
    ],
)
def test_a_bad_policy_is_an_error_with_its_place(ask: Ask, source: str, code: str) -> None:
    (answer,) = ask(MAIN + source)
    assert (answer.status, answer.code) == (ERROR, code)
    assert answer.message.startswith(("policy0.rego:2:", "policy0.rego:3:"))


@pytest.mark.parametrize(
    "call",
    [
        'http.send({"method": "get", "url": "http://example.org"})',
        'net.lookup_ip_addr("example.org")',
        "opa.runtime()",
        'rego.parse_module("a", "package a")',
        'trace("x")',
    ],
)
def test_built_ins_that_reach_outside_are_refused_by_name(ask: Ask, call: str) -> None:
    (answer,) = ask(f'{MAIN}deny contains "x" if {{ {call} }}')
    assert answer.code == "POLICY_COMPILE"
    assert call.partition("(")[0] in answer.message


def test_an_unused_argument_is_not_refused(ask: Ask) -> None:
    source = MAIN + 'deny contains f(1, 2)\nf(x, unused) := "x"'
    assert rules(ask(source)[0]) == {"main.deny": ["x"]}


def test_v0_is_read_only_where_it_is_declared(ask: Ask) -> None:
    source = MAIN + 'deny[msg] { msg := "x" }'
    assert rules(ask(source, v0=True)[0]) == {"main.deny": ["x"]}
    assert ask(source)[0].code == "POLICY_PARSE"


def test_source_that_is_not_text_is_refused(ask: Ask) -> None:
    with pytest.raises(EngineError) as refused:
        ask("", data=(File("a.json", b"\xff"),))
    assert refused.value.code == "DATA_INVALID"
    assert ask("")[0].code == "POLICY_PARSE"


# Documents under `data`.


def test_data_stands_where_it_is_mounted_whatever_its_path(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + "deny contains data.a.b.x\ndeny contains data.list.y\ndeny contains data.a.z",
        data=(
            File("a/b/data.json", b'{"x": "json"}', ("a", "b")),
            File("./feeds/data.json", b'{"list": {"y": "root"}}'),
            File("a/data.yaml", b"z: on\non: 1", ("a",)),
        ),
    )
    assert rules(answer) == {"main.deny": ["json", "on", "root"]}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([("a.json", b'{"a": 1, "a": 2}')], "DATA_INVALID"),
        ([("a.json", b"[1]")], "DATA_INVALID"),
        ([("a.json", b"{")], "DATA_INVALID"),
        ([("a.yaml", b"a: 1\na: 2")], "DATA_INVALID"),
        ([("a.yaml", b"a: 1\n---\na: 2")], "DATA_INVALID"),
        ([("a.yaml", b"")], "DATA_INVALID"),
        ([("a.json", b'{"a": 1}'), ("b.json", b'{"a": 1}')], "DATA_CONFLICT"),
        ([("a.json", b'{"main": {"deny": []}}')], "DATA_CONFLICT"),
        ([("data.json", b"[]", ("main", "deny"))], "DATA_CONFLICT"),
    ],
)
def test_bad_data_is_an_error(ask: Ask, files: list[Any], code: str) -> None:
    (answer,) = ask(MAIN + 'deny contains "x"', data=tuple(File(*file) for file in files))
    assert (answer.status, answer.code) == (ERROR, code)
