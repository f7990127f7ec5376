"""The Rego engine: what it decides, what it refuses, and what one bad document costs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate.guests import rego
from attest.evaluate.host.job import ERROR, Answer
from attest.model.policy import Limits
from tests.evaluate.guests.conftest import Ask

MAIN = "package main\n"


def said(answer: Answer) -> dict[str, Any]:
    """Return the guest's verdict."""
    assert answer.status == "value", answer
    verdict: dict[str, Any] = json.loads(answer.body)
    return verdict


def rules(answer: Answer) -> dict[str, Any]:
    """Return the value of each entry rule; the absent ones are undefined."""
    verdict = said(answer)
    assert verdict["mode"] == "rules"
    return {
        f"{one['package']}.{one['rule']}": one["value"]
        for one in verdict["rules"]
        if not one.get("undefined")
    }


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


@pytest.mark.parametrize("name", ["denied", "deny_", "deny__a", "allowed", "allow_a", "exception"])
def test_names_that_decide_nothing(ask: Ask, name: str) -> None:
    (answer,) = ask(f'{MAIN}{name} contains "x"')
    assert (answer.status, answer.code) == (ERROR, "NO_ENTRY_RULE")


def test_a_function_is_no_entry_rule(ask: Ask) -> None:
    assert ask(MAIN + "deny(x) := x")[0].code == "NO_ENTRY_RULE"


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


def test_two_contracts_in_one_package_are_refused(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny contains "x" if false\nviolations := ["y"]')
    assert answer.code == "ENTRY_AMBIGUOUS"


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
        ask("", data=(("a.json", b"\xff"),))
    assert refused.value.code == "DATA_INVALID"
    assert ask("")[0].code == "POLICY_PARSE"


# Documents under `data`.


def test_data_stands_where_a_bundle_puts_it(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + "deny contains data.a.b.x\ndeny contains data.list.y\ndeny contains data.a.z",
        data=(
            ("a/b/data.json", b'{"x": "json"}'),
            ("kev.json", b'{"list": {"y": "root"}}'),
            ("a/data.yaml", b"z: on\non: 1"),
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
        ([("main/deny/data.json", b"[]")], "DATA_CONFLICT"),
    ],
)
def test_bad_data_is_an_error(ask: Ask, files: list[tuple[str, bytes]], code: str) -> None:
    (answer,) = ask(MAIN + 'deny contains "x"', data=tuple(files))
    assert (answer.status, answer.code) == (ERROR, code)


# Chainloop's contract.

VIOLATIONS = (
    MAIN
    + """import rego.v1
violations contains msg if {
  some element in input.elements
  element > 1
  msg := sprintf("%v at %v", [element, input.args.level])
}
"""
)


def test_a_short_script_gets_the_boilerplate_and_its_input(ask: Ask) -> None:
    array, forged = ask(
        VIOLATIONS,
        chainloop=True,
        arguments={"level": "high"},
        documents=(b"[1, 2]", b'{"elements": [3], "args": {"level": "forged"}}'),
    )
    verdict = said(array)
    assert verdict["mode"] == "chainloop"
    assert verdict["value"] == {
        "skipped": False,
        "skip_reason": "",
        "ignore": False,
        "violations": ["2 at high"],
    }
    assert said(forged)["value"]["violations"] == ["3 at high"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_document_cannot_bring_arguments_of_its_own(ask: Ask, declared: bool) -> None:  # noqa: FBT001  # pytest gives it
    document = b'{"elements": [3], "args": {"level": 1}}'
    (answer,) = ask(VIOLATIONS, chainloop=declared, documents=(document,))
    assert said(answer)["value"]["violations"] == []


def test_findings_are_in_the_injected_result(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'findings contains {"message": "m"}', chainloop=True)
    assert said(answer)["value"]["findings"] == [{"message": "m"}]


def test_an_input_that_is_not_recognised_is_skipped(ask: Ask) -> None:
    source = MAIN + 'valid_input if input.version\nviolations contains "x" if input.bad'
    skipped, judged = ask(source, chainloop=True, documents=(b"{}", b'{"version": 1, "bad": 1}'))
    assert said(skipped)["value"]["skipped"] is True
    assert said(skipped)["value"]["skip_reason"] == "the file content is not recognized"
    assert said(judged)["value"]["violations"] == ["x"]
    assert said(judged)["value"]["skipped"] is False


def test_a_full_script_is_left_alone(ask: Ask) -> None:
    source = MAIN + 'result := {"violations": ["own"], "skipped": false}\nviolations := ["other"]'
    (answer,) = ask(source, chainloop=True)
    assert said(answer)["value"] == {"violations": ["own"], "skipped": False}


def test_a_result_that_is_undefined_is_an_error(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'result := {"violations": []} if input.never', chainloop=True)
    assert answer.code == "UNDEFINED_RESULT"


def test_a_script_that_can_say_nothing_is_refused(ask: Ask) -> None:
    (answer,) = ask(MAIN + "valid_input := true\nskipped := false", chainloop=True)
    assert answer.code == "NO_ENTRY_RULE"


def test_a_library_beside_a_script_decides_nothing(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + "import data.lib\nviolations := lib.all", "package lib\nall := [1]", chainloop=True
    )
    assert said(answer)["value"]["violations"] == [1]


def test_a_script_is_recognised_without_a_declaration(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'violations contains "x"')
    assert said(answer)["value"]["violations"] == ["x"]


def test_errors_point_into_the_author_s_text(ask: Ask) -> None:
    (answer,) = ask(MAIN + "\n\nviolations contains nope", chainloop=True)
    assert answer.code == "POLICY_COMPILE"
    assert answer.message.startswith("policy0.rego:4:")


def test_arguments_need_an_object(ask: Ask) -> None:
    policy = MAIN + "deny contains input.args.level"
    good, bad = ask(policy, arguments={"level": "high"}, documents=(b"{}", b"[]"))
    assert rules(good) == {"main.deny": ["high"]}
    assert bad.code == "INPUT_INVALID"


def test_several_values_are_an_array(ask: Ask) -> None:
    (answer,) = ask(MAIN + "deny := input.args.l", arguments={"l": ("a", "b")})
    assert rules(answer) == {"main.deny": ["a", "b"]}


# One bad document, and the same answer always.


def test_the_same_document_gives_the_same_bytes_and_fuel(ask: Ask) -> None:
    random = '[time.now_ns(), rand.intn("a", 1000), uuid.rfc4122("k")]'
    source = f'{MAIN}deny contains sprintf("%v %v %v", {random})'
    answers = [ask(source, documents=(b'{"n": %d}' % n, b"{}"))[1] for n in range(20)]
    assert len({(answer.status, answer.body, answer.fuel) for answer in answers}) == 1
    (text,) = rules(answers[0])["main.deny"]
    assert text.startswith("1767323045000000000 ")


LOOP = (
    MAIN
    + """
deny contains "slow" if {
  input.loop
  some x in numbers.range(1, 100000)
  some y in numbers.range(1, 100000)
  x * y < 0
}
deny contains "fine" if not input.loop
"""
)
THREE = (b"{}", b'{"loop": true}', b'{"a": 1}')


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(timeout=20, fuel=500_000_000), "OUT_OF_FUEL"),
        (Limits(timeout=0.4, fuel=10**14), "TIMEOUT"),
    ],
)
def test_a_loop_costs_itself_alone(ask: Ask, limits: Limits, code: str) -> None:
    first, looping, last = ask(LOOP, documents=THREE, limits=limits)
    assert rules(first) == rules(last) == {"main.deny": ["fine"]}
    assert (looping.status, looping.code) == (ERROR, code)


def test_a_memory_bomb_costs_itself_alone(ask: Ask) -> None:
    source = (
        MAIN
        + """
deny contains count(bomb) if {
  input.loop
  bomb := [[x, y] | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000)]
}
deny contains "fine" if not input.loop
"""
    )
    limits = Limits(timeout=60, memory=40 << 20, fuel=10**14)
    first, bomb, last = ask(source, documents=THREE, limits=limits)
    assert rules(first) == rules(last) == {"main.deny": ["fine"]}
    assert (bomb.status, bomb.code, bomb.logs) == (ERROR, "OUT_OF_MEMORY", ())


def test_a_very_deep_policy_stops_cleanly(ask: Ask) -> None:
    (answer,) = ask(f"{MAIN}deny contains {'(' * 5_000}1{')' * 5_000}")
    assert (answer.status, answer.code) == (ERROR, "TRAP")


def test_an_answer_that_is_too_large_is_refused(ask: Ask) -> None:
    source = MAIN + "deny contains x if { some x in numbers.range(1, 1000) }"
    (answer,) = ask(source, limits=Limits(timeout=20, output=1_000))
    assert answer.code == "OUTPUT_LIMIT"


def test_what_a_policy_prints_is_kept(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + 'deny contains "x" if { print("one", {"a": [1]}); print("two\\nlines") }'
    )
    assert answer.logs == ('one {"a": [1]}', "two\\nlines")


def test_what_a_policy_prints_before_it_fails_is_kept(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny contains to_number("x") if print("before")')
    assert (answer.code, answer.logs) == ("BUILTIN_ERROR", ("before",))


def test_much_print_is_cut(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + 'deny contains "x" if { some n in numbers.range(1, 9000); print(n, "spam") }'
    )
    assert answer.status == "value"
    assert answer.logs[0] == "1 spam"
    assert answer.logs[-1].endswith("bytes more]")


def test_answers_are_not_escaped_for_html(ask: Ask) -> None:
    assert b"<&>" in ask(MAIN + 'deny contains "<&>"')[0].body


def test_a_hundred_documents_do_not_start_a_hundred_processes(ask: Ask) -> None:
    source, documents = MAIN + "deny contains input.n", [b'{"n":%d}' % n for n in range(100)]
    answers = ask(source, documents=tuple(documents))
    assert [rules(answer)["main.deny"] for answer in answers] == [[n] for n in range(100)]
    before = ask.pool.spawned
    ask(source, documents=tuple(documents))
    assert ask.pool.spawned - before <= 1


def test_an_unreadable_error_of_the_guest_is_not_believed() -> None:
    for body in (b"", b"[]", b'{"code": "PASSED", "message": ""}', b'{"code": "EVAL_ERROR"}'):
        answer = rego._explained(Answer(ERROR, body))  # noqa: SLF001  # the guest never sends these
        assert answer.code == "GUEST_INVALID"
