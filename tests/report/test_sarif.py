"""SARIF that the OASIS schema and GitHub take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import Phase, given, settings

from attest.model.report import Report
from attest.model.verdict import Severity
from attest.report import render, sarif
from tests.report.samples import (
    SAMPLES,
    SCAN,
    XZ,
    engine_error,
    failed,
    finding,
    passed,
    refused_signature,
    report,
    result,
    subject,
    weakened,
)
from tests.report.strategies import REPORTS

SCHEMA = Path(__file__).parents[2] / "attest/decode/schemas/sarif-schema-2.1.0.json"
VALIDATOR = jsonschema_rs.validator_for(json.loads(SCHEMA.read_bytes()), validate_formats=True)


def _run(made: Report) -> dict[str, Any]:
    log = json.loads(render(made, "sarif"))
    VALIDATOR.validate(log)
    _github(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def _github(log: dict[str, Any]) -> None:
    """What GitHub demands of an upload beyond the schema."""
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
    for rule in rules:
        texts = [rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
        assert all(0 < len(text) <= 1024 for text in texts)
        assert 0 < len(rule["name"]) <= 255
        score = rule["properties"].get("security-severity", "5.0")
        assert 0.1 <= float(score) <= 10.0
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        assert found["message"]["text"]
        assert "](" not in found["message"]["text"]
        assert re.fullmatch(
            r"[0-9a-f]{64}:\d+", found["partialFingerprints"]["primaryLocationLineHash"]
        )
        (location,) = found["locations"]
        physical = location["physicalLocation"]
        assert set(physical["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", physical["artifactLocation"]["uri"])
        assert not physical["artifactLocation"]["uri"].startswith(("/", "../"))
    assert len(run["results"]) <= 25_000
    assert all(_strings([run["results"], rules]))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_valid(name: str) -> None:
    made = SAMPLES[name]()
    run = _run(made)
    levels = {result["level"] for result in run["results"] if not result["suppressions"]}
    assert ("error" in levels) == (made.exit_code != 0)


@settings(max_examples=25, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(REPORTS)
def test_any_report_is_valid(made: Report) -> None:
    _run(made)


def test_a_finding_points_into_the_evidence() -> None:
    result = _run(failed())["results"][0]
    assert result["ruleId"] == "no-known-exploited/CVE-2024-3094"
    assert result["level"] == "error"
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == SCAN
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "/runs/0/results/4"


def test_a_waived_finding_is_suppressed_and_the_others_are_not() -> None:
    results = _run(failed())["results"]
    suppressed = [result for result in results if result["suppressions"]]
    assert [result["ruleId"] for result in suppressed] == ["no-known-exploited/CVE-2016-2781"]
    (suppression,) = suppressed[0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "the image has no shell" in suppression["justification"]


def test_severities_become_scores() -> None:
    rules = _run(failed())["tool"]["driver"]["rules"]
    scores = [rule["properties"]["security-severity"] for rule in rules]
    assert scores == ["9.5", "8.0", "2.0"]


def test_refusals_and_errors_are_results_of_their_reason_code() -> None:
    found = {r["ruleId"]: r["level"] for r in _run(refused_signature())["results"]}
    assert found["SIGNER_ROLE"] == "error"
    assert found["REQUIRED_REFUSED"] == "error"
    found = {r["ruleId"]: r["level"] for r in _run(engine_error())["results"]}
    assert found == {"INTERNAL_ERROR": "error"}


@pytest.mark.parametrize(
    ("made", "successful"),
    [(passed(), True), (failed(), True), (refused_signature(), True), (engine_error(), False)],
)
def test_a_run_that_could_not_decide_was_not_successful(made: Report, *, successful: bool) -> None:
    (invocation,) = _run(made)["invocations"]
    assert invocation["executionSuccessful"] is successful
    assert invocation["exitCode"] == made.exit_code


def test_weakenings_are_notifications() -> None:
    (invocation,) = _run(weakened())["invocations"]
    texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert texts[0] == "weakened: at (--at): evaluated as of 2026-01-02T03:04:05Z, not now"


def test_fingerprints_survive_a_new_build_and_tell_findings_apart() -> None:
    rebuilt = replace(
        failed(), subjects=(replace(subject("POLICY_FAILED"), digest={"sha256": "00"}),)
    )
    assert _prints(failed()) == _prints(rebuilt)
    assert len(set(_prints(failed()))) == 3
    other = replace(result("failed", "POLICY_FAILED", findings=(XZ, XZ)))
    twice = _prints(report("POLICY_FAILED", results=(other,)))
    assert [text.partition(":")[2] for text in twice] == ["1", "2"]


def _prints(made: Report) -> list[str]:
    return [
        result["partialFingerprints"]["primaryLocationLineHash"] for result in _run(made)["results"]
    ]


def test_the_category_names_the_plan_and_the_run() -> None:
    assert _run(passed())["automationDetails"]["id"] == "attest/attest.yaml/20260102T030405Z"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("evidence/a b.json", "evidence/a%20b.json"),
        ("oci:ghcr.io/org/app@sha256:ab", "oci%3Aghcr.io/org/app%40sha256%3Aab"),
        ("/etc/passwd", "etc/passwd"),
        ("../../up", "up"),
        ("a\\b", "a/b"),
        ("", "attest.yaml"),
    ],
)
def test_places_are_relative_uris(source: str, uri: str) -> None:
    line = result("failed", "POLICY_FAILED", material=source, findings=(XZ,))
    made = replace(report("POLICY_FAILED", results=(line,)), evidence=())
    (found,) = _run(made)["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_the_worst_are_kept_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    many = tuple(finding(f"R-{number}", Severity.LOW, "small") for number in range(5))
    line = result("failed", "POLICY_FAILED", findings=(*many, XZ))
    run = _run(report("POLICY_FAILED", results=(line,)))
    assert len(run["results"]) == 3
    assert run["results"][0]["ruleId"].endswith("CVE-2024-3094")
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("3 more results are left out")
