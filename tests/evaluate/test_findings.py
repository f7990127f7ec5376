"""One entry of an answer becomes one finding; what it does not say stays open."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate.findings import MAX_FINDINGS, findings
from attest.model.verdict import Finding, Severity


def read(entry: Any) -> Finding:
    (found,) = findings([entry], "rule", "violations")
    return found


def test_text_alone() -> None:
    found = read("no")
    assert (found.rule_id, found.message, found.severity) == ("rule", "no", None)


def test_chainloops_vulnerability() -> None:
    found = read(
        {
            "message": "log4j",
            "external_id": "CVE-2021-44228",
            "package_purl": "pkg:maven/x@1",
            "severity": "CRITICAL",
            "recommendation": "update",
        }
    )
    assert found.ids == ("CVE-2021-44228", "pkg:maven/x@1")
    assert found.severity is Severity.CRITICAL
    assert found.remediation == "update"


def test_chainloops_sast_finding() -> None:
    found = read({"message": "m", "rule_id": "S1", "location": "a.py", "line_number": 3})
    assert (found.rule_id, found.location) == ("S1", "a.py:3")


def test_conftests_metadata() -> None:
    found = read({"msg": "m", "details": {"severity": "low", "code": "C1"}})
    assert (found.rule_id, found.severity) == ("C1", Severity.LOW)


def test_a_structured_location_is_kept_as_text() -> None:
    assert read({"message": "m", "location": {"b": 1, "a": "é"}}).location == '{"a": "é", "b": 1}'
    assert read({"message": "m", "location": None}).location is None


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({}, None),
        ({"severity": "bad"}, None),
        ({"severity": ""}, None),
        ({"severity": None}, None),
        ({"severity": 3}, None),
        ({"severity": "high"}, Severity.HIGH),
        ({"severity": "low", "cvss_v3_score": 9.8}, Severity.CRITICAL),
        ({"severity": "high", "cvss_v3_score": 1}, Severity.HIGH),
        ({"severity": "odd", "cvss_v3_score": 1}, None),
        ({"severity": "low", "cvss_v3_score": "1"}, None),
        ({"severity": "low", "details": {"cvss_v3_score": 9}}, Severity.CRITICAL),
        ({"severity": "low", "details": {"severity": "critical"}}, Severity.CRITICAL),
        (
            {"metadata": {"severity": "critical"}, "details": {"severity": "low"}},
            Severity.CRITICAL,
        ),
        ({"cvss_v3_score": 1, "metadata": {"cvss_v3_score": 9}}, Severity.CRITICAL),
        ({"severity": "low", "details": {"severity": "odd"}}, None),
        ({"severity": "low", "details": "text"}, Severity.LOW),
        ({"cvss_v3_score": 7.0}, Severity.HIGH),
        ({"cvss_v3_score": 4}, Severity.MEDIUM),
        ({"cvss_v3_score": 0.1}, Severity.LOW),
        ({"cvss_v3_score": 0}, Severity.INFO),
        ({"cvss_v3_score": 10.0}, Severity.CRITICAL),
        ({"cvss_v3_score": 10.1}, None),
        ({"cvss_v3_score": -1}, None),
        ({"cvss_v3_score": 10**400}, None),
        ({"cvss_v3_score": True}, None),
        ({"severity_score": 9.1}, Severity.CRITICAL),
    ],
)
def test_severity_is_the_highest_of_all_or_unknown(
    fields: dict[str, Any], severity: Severity | None
) -> None:
    assert read({"message": "m", **fields}).severity is severity


def test_only_the_entry_itself_may_suppress() -> None:
    assert read({"message": "m", "suppress": True}).suppressed
    assert not read({"message": "m", "details": {"suppress": True}}).suppressed


def test_the_fingerprint_tells_findings_apart_and_is_stable() -> None:
    whole = {"message": "m", "rule_id": "r", "location": "l", "external_id": "i"}
    changed = [{**whole, key: "x"} for key in whole]
    prints = {read(one).fingerprint for one in [whole, *changed]}
    assert len(prints) == 5
    assert read({**whole, "severity": "low"}).fingerprint == read(whole).fingerprint
    assert read("no").fingerprint == hashlib.sha256(b'["rule","no",null,[]]').hexdigest()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (3, r"violations\[0\] is a number, expected text or an object"),
        (None, r"violations\[0\] is null"),
        (["no"], r"violations\[0\] is an array"),
        ({}, r"violations\[0\] has no text under `message` or `msg`"),
        ({"message": 3}, "has no text"),
        ({"message": "m", "suppress": "yes"}, r"violations\[0\].suppress is text"),
        ({"message": "m", "suppress": 1}, "suppress is a number, expected true or false"),
    ],
)
def test_what_is_no_finding_is_garbage(entry: Any, told: str) -> None:
    with pytest.raises(EngineError, match=told) as caught:
        read(entry)
    assert caught.value.code == "GARBAGE_RESULT"


def test_findings_are_bounded() -> None:
    assert len(findings(["no"] * MAX_FINDINGS, "rule", "violations")) == MAX_FINDINGS
    with pytest.raises(EngineError) as caught:
        findings(["no"] * (MAX_FINDINGS + 1), "rule", "violations")
    assert caught.value.code == "RESULT_TOO_LARGE"


def test_a_finding_without_a_rule_is_of_the_rule_that_was_asked() -> None:
    assert read({"message": "m"}).rule_id == "rule"
    assert read({"message": "m", "code": "C1"}).rule_id == "C1"


@pytest.mark.parametrize(
    ("line", "location"),
    [(3, "a.py:3"), (0, "a.py"), ("3", "a.py"), (None, "a.py"), ({"from": 1}, "a.py")],
)
def test_a_line_is_a_number(line: Any, location: str) -> None:
    assert read({"message": "m", "location": "a.py", "line_number": line}).location == location
