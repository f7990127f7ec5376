"""Chainloop's contract: the boilerplate, the input, the result object."""

from __future__ import annotations

import pytest

from tests.evaluate.guests.conftest import MAIN, Ask, rules, said

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


def test_a_document_with_arguments_is_refused_where_the_plan_gives_none(ask: Ask) -> None:
    policy = MAIN + 'deny contains "strict" if not input.args.relaxed'
    document = b'{"args": {"relaxed": true}}'
    forged, nested = ask(policy, documents=(document, b'{"x": {"args": 1}}'))
    assert forged.code == "INPUT_INVALID"
    assert rules(nested) == {"main.deny": ["strict"]}
    (overruled,) = ask(policy, documents=(document,), arguments={"other": "x"})
    assert rules(overruled) == {"main.deny": ["strict"]}


@pytest.mark.parametrize("declared", [True, False])
def test_a_document_cannot_bring_chainloops_metadata(ask: Ask, declared: bool) -> None:  # noqa: FBT001  # pytest gives it
    document = b'{"chainloop_metadata": {"name": "x"}}'
    (answer,) = ask(VIOLATIONS, chainloop=declared, documents=(document,))
    assert answer.code == "INPUT_INVALID"
    (plain,) = ask(MAIN + "deny contains input.chainloop_metadata.name", documents=(document,))
    assert rules(plain) == {"main.deny": ["x"]}


@pytest.mark.parametrize("rule", ["deny", "violation", "warn_x", "allow", "deny__x"])
def test_a_declared_script_has_no_rules_of_another_contract(ask: Ask, rule: str) -> None:
    (answer,) = ask(MAIN + f'violations := []\n{rule} := "ALWAYS NO"', chainloop=True)
    assert answer.code == "ENTRY_AMBIGUOUS"


def test_a_script_may_have_helpers_of_any_name(ask: Ask) -> None:
    source = MAIN + "violations contains violation_text(1)\nviolation_text(x) := sprintf(`%v`, [x])"
    assert said(ask(source, chainloop=True)[0])["value"]["violations"] == ["1"]


def test_a_script_with_findings_alone_is_recognised(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'findings contains {"message": "m"}')
    assert said(answer)["value"]["findings"] == [{"message": "m"}]


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
    source = MAIN + 'result := {"violations": ["own"], "skipped": false}\nother := ["other"]'
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


def test_arguments_that_are_not_unicode_are_refused(ask: Ask) -> None:
    (answer,) = ask(MAIN + "deny contains input.args.x", arguments={"x": "\ud800"})
    assert answer.code == "INPUT_INVALID"


def test_several_values_are_an_array(ask: Ask) -> None:
    (answer,) = ask(MAIN + "deny := input.args.l", arguments={"l": ("a", "b")})
    assert rules(answer) == {"main.deny": ["a", "b"]}


OWN_RESULT = """
result := {"skipped": false, "violations": violations, "skip_reason": "", "ignore": false}
violations := ["v"]
"""


@pytest.mark.parametrize("declared", [True, False])
def test_a_result_that_leaves_findings_out_is_refused(ask: Ask, declared: bool) -> None:  # noqa: FBT001  # pytest gives it
    script = f'{MAIN}{OWN_RESULT}findings contains {{"message": "never asked"}}'
    (answer,) = ask(script, chainloop=declared)
    assert (answer.status, answer.code) == ("error", "ENTRY_AMBIGUOUS")
    assert answer.message.startswith("policy0.rego:5:1: rule findings of package main")


def test_a_result_that_leaves_violations_out_is_refused(ask: Ask) -> None:
    script = MAIN + 'result := {"violations": []}\nviolations contains "never asked" if input.a'
    (answer,) = ask(script, chainloop=True)
    assert answer.code == "ENTRY_AMBIGUOUS"
    assert said(ask(script, entrypoint="main/result")[0])["value"] == {"violations": []}


@pytest.mark.parametrize(
    "result",
    [
        'result := {"violations": violations, "findings": findings}',
        'result := {"violations": all_of_them}\nall_of_them := violations | findings',
        (
            'result := {"violations": []} if { not violations; not findings } '
            'else := {"violations": [x | some x in violations], "findings": f}\nf := findings'
        ),
        'result["violations"] := violations | findings',
        'result := data.main.said\nsaid := {"violations": violations | data.main.findings}',
    ],
)
def test_a_result_that_reaches_them_by_other_rules_is_whole(ask: Ask, result: str) -> None:
    rules = 'violations contains "v" if input.a\nfindings contains "f" if input.b'
    (answer,) = ask(f"{MAIN}{result}\n{rules}", chainloop=True)
    assert answer.status == "value", answer


def test_a_finding_of_chainloops_own_function(ask: Ask) -> None:
    made = 'chainloop.vulnerability("m", "CVE-2026-1", "pkg:npm/a@1", "HIGH")'
    source = f'{MAIN}findings contains object.union({made}, {{"recommendation": "update"}})'
    (answer,) = ask(source, chainloop=True)
    (finding,) = said(answer)["value"]["findings"]
    assert finding["package_purl"] == "pkg:npm/a@1"
    assert finding["recommendation"] == "update"


@pytest.mark.parametrize("arguments", ['1, "i", "p", "HIGH"', '"m", "i", "p"'])
def test_chainloops_own_function_takes_four_texts(ask: Ask, arguments: str) -> None:
    source = f"{MAIN}findings contains chainloop.vulnerability({arguments})"
    (answer,) = ask(source, chainloop=True)
    assert answer.code == "POLICY_COMPILE"
