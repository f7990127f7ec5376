"""Findings of a promised type: checked member by member, in either spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate import contract
from attest.evaluate.reading import Reading
from attest.model.verdict import Outcome, Severity

VULNERABILITY: dict[str, Any] = {
    "message": "m",
    "external_id": "CVE-2026-1",
    "package_purl": "pkg:pypi/x@1",
    "severity": "LOW",
    "cvss_v3_score": 9.8,
    "cwes": ["CWE-79"],
    "fixed_version": "2",
    "suppress": False,
}
SAST: dict[str, Any] = {
    "message": "m",
    "rule_id": "py/x",
    "severity": "HIGH",
    "location": "a.py",
    "line_number": 7,
    "code_snippet": "x",
}
LICENSE: dict[str, Any] = {"message": "m", "component_name": "left-pad", "license_id": "GPL-3.0"}
TYPES = {"VULNERABILITY": VULNERABILITY, "SAST": SAST, "LICENSE_VIOLATION": LICENSE}


def read(finding: Any, finding_type: str, key: str = "findings") -> Reading:
    answer = json.dumps({key: [finding]}).encode()
    return contract.chainloop(answer, "p", finding_type=finding_type)


@pytest.mark.parametrize("finding_type", TYPES)
@pytest.mark.parametrize("key", ["findings", "violations"])
def test_what_was_promised_is_read(finding_type: str, key: str) -> None:
    read_ = read(TYPES[finding_type], finding_type, key)
    assert read_.outcome is Outcome.FAILED
    assert read_.findings[0].message == "m"


def test_camel_case_says_the_same() -> None:
    camel = {
        "message": "m",
        "externalId": "CVE-2026-1",
        "packagePurl": "pkg:pypi/x@1",
        "severity": "LOW",
        "cvssV3Score": 9.8,
    }
    (finding,) = read(camel, "VULNERABILITY").findings
    assert finding.ids == ("CVE-2026-1", "pkg:pypi/x@1")
    assert finding.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("finding_type", "name"),
    [
        (kind, name)
        for kind, names in {
            "VULNERABILITY": ("message", "external_id", "package_purl", "severity"),
            "SAST": ("message", "rule_id", "severity", "location"),
            "LICENSE_VIOLATION": ("message", "component_name", "license_id"),
        }.items()
        for name in names
    ],
)
@pytest.mark.parametrize("value", [None, "", 1, ["x"]])
def test_a_member_that_must_be_there(finding_type: str, name: str, value: Any) -> None:
    with pytest.raises(EngineError, match=name) as refused:
        read(TYPES[finding_type] | {name: value}, finding_type)
    assert refused.value.code == "GARBAGE_RESULT"


@pytest.mark.parametrize(
    ("finding_type", "changes"),
    [
        ("VULNERABILITY", {"cvss_v3_score": 10.1}),
        ("VULNERABILITY", {"cvss_v3_score": -1}),
        ("VULNERABILITY", {"cvss_v3_score": True}),
        ("VULNERABILITY", {"cvss_v3_score": "9.8"}),
        ("VULNERABILITY", {"cwes": "CWE-79"}),
        ("VULNERABILITY", {"cwes": [79]}),
        ("VULNERABILITY", {"recommendation": 1}),
        ("VULNERABILITY", {"externalId": "CVE-2026-2"}),
        ("SAST", {"line_number": 1 << 31}),
        ("SAST", {"line_number": "7"}),
        ("SAST", {"line_number": 7.5}),
        ("LICENSE_VIOLATION", {"package_purl": []}),
    ],
)
def test_a_member_of_another_type(finding_type: str, changes: dict[str, Any]) -> None:
    with pytest.raises(EngineError) as refused:
        read(TYPES[finding_type] | changes, finding_type)
    assert refused.value.code == "GARBAGE_RESULT"


def test_what_may_be_there_may_be_null_and_the_rest_is_let_be() -> None:
    read(VULNERABILITY | {"cwes": None, "assessment": {"status": "affected"}}, "VULNERABILITY")


def test_one_wrong_finding_spoils_the_answer() -> None:
    answer = json.dumps({"findings": [SAST, {"message": "m"}], "violations": ["no"]}).encode()
    with pytest.raises(EngineError, match=r"findings\[1\]"):
        contract.chainloop(answer, "p", finding_type="SAST")


def test_a_violation_in_words_is_of_no_type() -> None:
    answer = b'{"violations": ["no"]}'
    assert contract.chainloop(answer, "p", finding_type="SAST").outcome is Outcome.FAILED


def test_without_a_promise_any_finding_counts() -> None:
    assert contract.chainloop(b'{"findings": [{"message": "m"}]}', "p").outcome is Outcome.FAILED


@pytest.mark.parametrize("mode", ["chainloop", "entrypoint"])
def test_rego_promises_the_same(mode: str) -> None:
    body = {"mode": mode, "rule": "result", "value": {"findings": [{"message": "m"}]}}
    with pytest.raises(EngineError) as refused:
        contract.rego(json.dumps(body).encode(), "p", finding_type="SAST")
    assert refused.value.code == "GARBAGE_RESULT"
