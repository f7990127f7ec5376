"""Limits and shapes of Markdown, JUnit, annotations and tables, beyond the golden files."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from attest.model.report import Report
from attest.model.verdict import Severity
from attest.report import FORMATS, Options, render
from attest.report.markdown import MAX_BYTES
from tests.report.samples import (
    SAMPLES,
    XZ,
    engine_error,
    failed,
    finding,
    passed,
    refused_signature,
    report,
    result,
    weakened,
)


def _many(count: int, message: str = "bad") -> Report:
    findings = tuple(finding(f"R-{n}", Severity.HIGH, message) for n in range(count))
    line = result("failed", "POLICY_FAILED", findings=findings)
    return report("POLICY_FAILED", results=(line,))


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_tells_of_weakening(fmt: str) -> None:
    """docs/verdict.md, rule 13."""
    assert "not now" in render(weakened(), fmt) or fmt == "ndjson"
    assert json.loads(render(weakened(), "ndjson").splitlines()[0])["weakened"] == [
        "at",
        "on_skip",
        "enforce",
    ]


@pytest.mark.parametrize("name", ["failed", "refused_signature", "missing", "engine_error"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_gives_the_reason(fmt: str, name: str) -> None:
    made = SAMPLES[name]()
    text = render(made, fmt).replace("\\_", "_")
    if name == "failed" and fmt in {"junit", "gitlab"}:
        assert {"junit": "<failure", "gitlab": '"blocker"'}[fmt] in text
    else:
        assert made.reason.code in text


def test_a_summary_stays_below_the_limit_and_counts_the_rest() -> None:
    text = render(_many(4000, "word " * 200), "markdown")
    assert 900_000 < len(text.encode()) <= MAX_BYTES
    assert "more; the JSON report has them all." in text
    assert text.rstrip().endswith("plan <code>sha256:60d560d560d5…</code>")
    assert "### Policies" in text


def test_many_tables_that_are_full_stay_below_the_limit() -> None:
    made = _many(4000, "word " * 200)
    line = made.evidence[0]
    files = tuple(replace(line, source=f"evidence/{n}/{'x' * 300}") for n in range(4000))
    made = replace(made, evidence=files, subjects=made.subjects * 4000)
    assert len(render(made, "markdown").encode()) <= MAX_BYTES


def _junit(made: Report, options: Options | None = None) -> ET.Element:
    return ET.fromstring(render(made, "junit", options))  # noqa: S314  # ours


def test_junit_counts_what_it_holds() -> None:
    for made in (passed(), failed(), refused_signature(), engine_error()):
        root = _junit(made)
        for suites in (root, *root.findall("testsuite")):
            kinds = Counter(child.tag for case in suites.iter("testcase") for child in case)
            assert suites.get("tests") == str(len(list(suites.iter("testcase"))))
            assert suites.get("failures") == str(kinds["failure"])
            assert suites.get("errors") == str(kinds["error"])
            assert suites.get("skipped") == str(kinds["skipped"])
        bad = int(root.get("failures", "0")) + int(root.get("errors", "0"))
        assert bool(bad) == (made.exit_code != 0)


def test_junit_tells_refusals_from_failures() -> None:
    root = _junit(refused_signature())
    errors = {element.get("type") for element in root.iter("error")}
    failures = {element.get("type") for element in root.iter("failure")}
    assert errors == {"SIGNER_ROLE", "REQUIRED_REFUSED"}
    assert failures == {"NO_MATERIAL"}
    assert not list(root.iter("skipped"))
    assert len(list(_junit(weakened()).iter("skipped"))) > len(weakened().weakened)


def test_junit_times_are_left_out_when_reproducible() -> None:
    assert next(_junit(passed()).iter("testcase")).get("time") == "0.001"
    assert "time=" not in render(passed(), "junit", Options(reproducible=True)).replace(
        "timestamp=", ""
    )


def test_annotations_stay_within_ten_of_a_kind_and_count_the_rest() -> None:
    lines = render(_many(30), "github").splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("::error title=attest%3A FAILED::POLICY_FAILED: ")
    assert lines[-1] == "::error title=attest::and 22 more of this kind; the report has them all"


def test_exactly_ten_annotations_need_no_rest() -> None:
    lines = render(_many(9), "github").splitlines()
    assert len(lines) == 10
    assert "more of this kind" not in lines[-1]


def test_a_pass_is_one_notice() -> None:
    assert render(passed(), "github") == (
        "::notice title=attest%3A PASSED::dist/app-1.4.2.tar.gz: 1 passed · 0 failed\n"
    )


def test_waived_findings_are_not_annotated() -> None:
    assert "CVE-2016-2781" not in render(failed(), "github")


def test_code_quality_entries_tell_each_other_apart() -> None:
    twice = result("failed", "POLICY_FAILED", findings=(XZ, XZ))
    entries = json.loads(render(report("POLICY_FAILED", results=(twice,)), "gitlab"))
    assert len({entry["fingerprint"] for entry in entries}) == 2
    assert {entry["severity"] for entry in entries} == {"blocker"}
    assert entries[0]["location"] == {
        "path": "evidence/scan.sarif.sigstore.json",
        "lines": {"begin": 1},
    }


def test_waived_findings_are_no_code_quality_issue() -> None:
    assert "CVE-2016-2781" not in render(failed(), "gitlab")


def test_csv_quotes_formulas() -> None:
    bad = replace(XZ, message="=HYPERLINK(1)", location="@x")
    made = report("POLICY_FAILED", results=(result("failed", "POLICY_FAILED", findings=(bad,)),))
    rows = list(csv.DictReader(io.StringIO(render(made, "csv"))))
    assert rows[0]["level"] == "failed"
    assert (rows[1]["message"], rows[1]["location"]) == ("'=HYPERLINK(1)", "'@x")


def test_ndjson_holds_run_subjects_and_issues() -> None:
    lines = [json.loads(line) for line in render(failed(), "ndjson").splitlines()]
    assert [line["type"] for line in lines] == ["run", "subject", "issue", "issue", "issue"]
    assert lines[0]["exit_code"] == 1
    assert lines[2]["severity"] == "critical"


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_is_documented(fmt: str) -> None:
    page = (Path(__file__).parents[2] / "docs/outputs.md").read_text(encoding="utf-8")
    assert f"\n## {fmt}\n" in page
    assert f"\n| `{fmt}` |" in page
