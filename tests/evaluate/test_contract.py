"""What answers mean: a pass is always said, everything else blocks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate import contract
from attest.evaluate.findings import MAX_FINDINGS
from attest.evaluate.reading import Reading, join
from attest.model.verdict import Outcome, Severity

PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


def chainloop(value: Any) -> Reading:
    return contract.chainloop(json.dumps(value).encode(), "sample")


def entrypoint(value: Any, rule: str = "ok") -> Reading:
    body = {"mode": "entrypoint", "rule": rule, "value": value}
    return contract.rego(json.dumps(body).encode(), "sample")


def rules(**values: Any) -> Reading:
    """Read rules of package main; ``None`` is undefined."""
    listed = [
        {
            "package": "main",
            "rule": name,
            **({"undefined": True} if value is None else {"value": value}),
        }
        for name, value in values.items()
    ]
    return contract.rego(json.dumps({"mode": "rules", "rules": listed}).encode(), "sample")


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({"violations": []}, PASSED),
        ({"findings": []}, PASSED),
        ({"skipped": False, "violations": [], "skip_reason": "", "ignore": False}, PASSED),
        ({"violations": ["no"]}, FAILED),
        ({"violations": [{"message": "no"}]}, FAILED),
        ({"findings": [{"message": "no"}]}, FAILED),
        ({"findings": [{"message": "no", "suppress": True}]}, PASSED),
        ({"findings": [{"message": "no", "suppress": True}], "violations": ["no"]}, FAILED),
        ({"findings": [{"message": "no", "suppress": True}], "violations": ["other"]}, FAILED),
        ({"skipped": True}, SKIPPED),
        ({"skipped": True, "violations": []}, SKIPPED),
        ({"skipped": True, "violations": ["no"]}, FAILED),
        ({"ignore": True}, SKIPPED),
        ({"ignore": True, "violations": []}, SKIPPED),
        ({"ignore": True, "violations": ["no"]}, FAILED),
    ],
)
def test_chainloops_object(value: Any, outcome: Outcome) -> None:
    assert chainloop(value).outcome is outcome


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"skipped": False},
        {"violation": []},
        {"violations": None},
        {"violations": {}},
        {"violations": ""},
        {"violations": False},
        {"violations": [1]},
        {"violations": [None]},
        {"violations": [["no"]]},
        {"violations": [{}]},
        {"violations": [{"message": 1}]},
        {"findings": ["no"]},
        {"findings": [{"message": "no", "suppress": "false"}]},
        {"findings": [{"message": "no", "suppress": 1}]},
        {"violations": [], "findings": None},
        {"violations": [], "skipped": "false"},
        {"violations": [], "skipped": 0},
        {"violations": [], "ignore": None},
        {"skipped": True, "skip_reason": 1},
        {"violations": [], "Violations": ["no"]},
        {"violations": [], "violation": ["no"]},
        {"findings": [], "deny": ["no"]},
        {"violations": [], "Skipped": True},
        [],
        [{"violations": []}],
        True,
        None,
        "passed",
        1,
    ],
)
def test_garbage(value: Any) -> None:
    with pytest.raises(EngineError) as refused:
        chainloop(value)
    assert refused.value.code == "GARBAGE_RESULT"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"ok",
        b'{"violations": []',
        b'{"violations": []} {}',
        b'{"violations": ["no"], "violations": []}',
        b'{"violations": [NaN]}',
        b'{"violations": ["\\ud800"]}',
        b'{"violations": "\xff"}',
        b"\xef\xbb\xbf" + b'{"violations": []}',
        b'{"violations": ' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        b'{"violations": [' + b"9" * 9_000 + b"]}",
    ],
)
def test_json_that_is_not_strict_is_garbage(text: bytes) -> None:
    for read in (contract.chainloop, contract.rego):
        with pytest.raises(EngineError) as refused:
            read(text, "sample")
        assert refused.value.code == "GARBAGE_RESULT"


def test_skip_reasons_are_kept() -> None:
    assert chainloop({"skipped": True, "skip_reason": "no SBOM"}).skip_reasons == ("no SBOM",)
    assert chainloop({"skipped": True}).skip_reasons
    assert chainloop({"ignore": True, "violations": []}).ignored


def test_the_policys_own_text_is_kept() -> None:
    text = b'{ "violations" : [] }'
    assert contract.chainloop(text, "sample").result == text.decode()
    body = b'{"mode": "entrypoint", "rule": "ok", "value": { "violations" : [] }}'
    assert contract.rego(body, "sample").result == '{ "violations" : [] }'


def test_a_skip_says_why() -> None:
    assert chainloop({"skipped": True}).skip_reasons == ("the policy gave no reason",)
    assert chainloop({"ignore": True}).skip_reasons == ("the policy asked to be ignored",)


def test_ignored_is_what_every_rule_asked_to_ignore() -> None:
    ignored, passed = Reading(SKIPPED, ignored=True), Reading(PASSED)
    assert join([ignored, ignored]).ignored
    assert not join([ignored, passed]).ignored
    assert not join([]).ignored


def test_findings_are_of_the_type_that_the_policy_declares() -> None:
    def read(value: Any) -> Reading:
        body = json.dumps(value).encode()
        return contract.chainloop(body, "sample", finding_type="VULNERABILITY")

    assert read({"violations": ["mere text"]}).outcome is FAILED
    with pytest.raises(EngineError, match=r"violations\[0\]"):
        read({"violations": [{"message": "no type's members"}]})


def test_an_export_that_the_plan_names_answers_as_a_rule_does() -> None:
    assert contract.chainloop(b"true", "sample", export="allow").outcome is PASSED
    with pytest.raises(EngineError) as refused:
        contract.chainloop(b"true", "sample")
    assert refused.value.code == "GARBAGE_RESULT"


def test_an_entrypoint_without_a_value_is_garbage() -> None:
    for body in ({"mode": "entrypoint", "rule": "ok"}, {"mode": "entrypoint", "value": True}):
        with pytest.raises(EngineError, match="neither rules nor a value") as refused:
            contract.rego(json.dumps(body).encode(), "sample")
        assert refused.value.code == "GARBAGE_RESULT"
    with pytest.raises(EngineError, match="rule ok is an object, expected a boolean"):
        entrypoint({"fine": True})


def test_a_violation_that_repeats_a_finding_counts_once() -> None:
    read = chainloop({"findings": [{"message": "a"}], "violations": ["a", "b"]})
    assert [one.message for one in read.findings] == ["a", "b"]


def test_a_violation_with_a_severity_of_its_own_is_no_repetition() -> None:
    critical = {"message": "a", "severity": "critical"}
    read = chainloop({"findings": [{"message": "a", "severity": "low"}], "violations": [critical]})
    assert [one.severity for one in read.findings] == [Severity.LOW, Severity.CRITICAL]


@pytest.mark.parametrize("key", ["violations", "findings"])
def test_too_many_findings(key: str) -> None:
    entries = [{"message": "no"}] * (MAX_FINDINGS + 1)
    with pytest.raises(EngineError) as refused:
        chainloop({key: entries})
    assert refused.value.code == "RESULT_TOO_LARGE"
    assert len(chainloop({key: entries[1:]}).findings) == MAX_FINDINGS


def test_findings_and_violations_share_the_limit() -> None:
    half = [{"message": "no"}] * (MAX_FINDINGS // 2 + 1)
    with pytest.raises(EngineError) as refused:
        chainloop({"violations": half, "findings": half})
    assert refused.value.code == "RESULT_TOO_LARGE"


def test_several_rules_share_the_limit() -> None:
    many = ["no"] * (MAX_FINDINGS // 2 + 1)
    scripts = [{"package": name, "rule": "result", "value": {"violations": many}} for name in "ab"]
    body = json.dumps({"mode": "chainloop", "rules": scripts}).encode()
    with pytest.raises(EngineError) as refused:
        contract.rego(body, "sample")
    assert refused.value.code == "RESULT_TOO_LARGE"
    with pytest.raises(EngineError) as refused:
        rules(deny=many, warn=many)
    assert refused.value.code == "RESULT_TOO_LARGE"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (True, PASSED),
        (False, FAILED),
        ({"violations": []}, PASSED),
        ({"findings": [{"message": "x"}]}, FAILED),
    ],
)
def test_an_entrypoint(value: Any, outcome: Outcome) -> None:
    assert entrypoint(value).outcome is outcome


@pytest.mark.parametrize("value", [None, 1, 0, "true", [], ["no"], {}, {"allow": True}])
def test_an_entrypoint_of_another_type(value: Any) -> None:
    with pytest.raises(EngineError) as refused:
        entrypoint(value)
    assert refused.value.code == "GARBAGE_RESULT"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [([], PASSED), (["no"], FAILED), (True, FAILED), (False, PASSED)],
)
def test_an_entrypoint_named_deny_denies(value: Any, outcome: Outcome) -> None:
    assert entrypoint(value, "deny").outcome is outcome
    assert entrypoint(value, "violation_x").outcome is outcome


def test_no_without_a_reason_is_one_finding() -> None:
    read = entrypoint(value=False)
    assert len(read.findings) == 1
    assert read.findings[0].severity is None


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({"deny": []}, PASSED),
        ({"deny": ["no"]}, FAILED),
        ({"deny": [{"msg": "no", "severity": "low"}]}, FAILED),
        ({"deny": [{"msg": "no", "suppress": True}]}, FAILED),
        ({"violation_x": {"a": {"msg": "no", "suppress": True}}}, FAILED),
        ({"deny": {}}, PASSED),
        ({"deny": {"no": True}}, FAILED),
        ({"deny": {"a": "no"}}, FAILED),
        ({"deny": "no"}, FAILED),
        ({"deny": False}, PASSED),
        ({"deny_a": [], "deny_b": ["no"]}, FAILED),
        ({"deny": [], "violation": ["no"]}, FAILED),
        ({"deny": [], "warn": ["hm"]}, PASSED),
        ({"deny": [], "warn": None}, PASSED),
        ({"warn": ["hm"]}, SKIPPED),
        ({"warn_x": None}, SKIPPED),
        ({"allow": True}, PASSED),
        ({"allow": False}, FAILED),
        ({"allow": True, "deny": ["no"]}, FAILED),
        ({"allow": False, "deny": []}, FAILED),
        ({"deny_x": ["no"], "exception": [["x"]]}, PASSED),
        ({"deny_x": ["no"], "exception": [["y"]]}, FAILED),
        ({"deny": ["no"], "exception": [["x"]]}, FAILED),
        ({"deny": ["no"], "exception": [[""]]}, PASSED),
        ({"deny_x": ["no"], "exception": None}, FAILED),
    ],
)
def test_conftests_rules(values: dict[str, Any], outcome: Outcome) -> None:
    assert rules(**values).outcome is outcome


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"deny": None}, "UNDEFINED_RESULT"),
        ({"allow": None, "deny": []}, "UNDEFINED_RESULT"),
        ({"allow": "yes"}, "GARBAGE_RESULT"),
        ({"allow": [True]}, "GARBAGE_RESULT"),
        ({"deny": 1}, "GARBAGE_RESULT"),
        ({"deny": [1]}, "GARBAGE_RESULT"),
        ({"deny": [{"details": "no"}]}, "GARBAGE_RESULT"),
        ({"deny": {"a": False}}, "GARBAGE_RESULT"),
        ({"warn": 1, "deny": []}, "GARBAGE_RESULT"),
        ({"deny_x": ["no"], "exception": ["x"]}, "GARBAGE_RESULT"),
        ({"deny_x": ["no"], "exception": [[1]]}, "GARBAGE_RESULT"),
        ({"deny_x": ["no"], "exception": True}, "GARBAGE_RESULT"),
        ({}, "GARBAGE_RESULT"),
    ],
)
def test_conftests_rules_that_decide_nothing(values: dict[str, Any], code: str) -> None:
    with pytest.raises(EngineError) as refused:
        rules(**values)
    assert refused.value.code == code


def test_a_warning_never_blocks() -> None:
    read = rules(deny=["no"], warn=[{"msg": "hm", "severity": "critical"}])
    (warning,) = [one for one in read.findings if one.message == "hm"]
    assert warning.severity is Severity.INFO
    assert warning.suppressed
    assert warning.rule_id == "main.warn"


def test_an_excepted_objection_stays_listed() -> None:
    read = rules(deny_x=["no"], exception=[["x"]])
    assert [(one.message, one.suppressed) for one in read.findings] == [("no", True)]


def test_exceptions_hold_in_their_own_package() -> None:
    listed = [
        {"package": "a", "rule": "deny_x", "value": ["no"]},
        {"package": "b", "rule": "exception", "value": [["x"]]},
    ]
    read = contract.rego(json.dumps({"mode": "rules", "rules": listed}).encode(), "sample")
    assert read.outcome is FAILED


def test_several_scripts_under_chainloops_contract() -> None:
    def read(*values: Any) -> Reading:
        listed = [
            {"package": f"p{at}", "rule": "result", "value": value}
            for at, value in enumerate(values)
        ]
        body = {"mode": "chainloop", "rules": listed}
        return contract.rego(json.dumps(body).encode(), "sample")

    assert read({"violations": []}, {"skipped": True}).outcome is PASSED
    assert read({"violations": []}, {"skipped": True}).skip_reasons == ()
    assert read({"violations": []}, {"violations": ["no"]}).outcome is FAILED
    assert read({"skipped": True}, {"skipped": True}).outcome is SKIPPED


def test_an_undefined_script() -> None:
    body = b'{"mode": "chainloop", "rules": [{"package": "p", "rule": "result"}]}'
    with pytest.raises(EngineError) as refused:
        contract.rego(body, "sample")
    assert refused.value.code == "UNDEFINED_RESULT"


KEYS = (
    *("violations", "findings", "skipped", "ignore", "skip_reason", "message", "msg", "suppress"),
    *("severity", "mode", "rule", "rules", "value", "package", "deny", "allow", "location"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(JSON)
def test_any_answer_is_read_or_refused(value: Any) -> None:
    for read in (contract.chainloop, contract.rego):
        try:
            found = read(json.dumps(value).encode(), "sample")
        except EngineError as error:
            assert error.exit_code == 6  # noqa: PT017  # both ends are right
            continue
        open_ones = [one for one in found.findings if not one.suppressed]
        assert bool(open_ones) == (found.outcome is FAILED)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for read in (contract.chainloop, contract.rego):
        with pytest.raises(EngineError):
            read(content, "sample")
