"""What the page says, beyond what the golden files show."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings

from attest.model.report import Report, StepLine
from attest.report import Options, render
from tests.report.samples import (
    APP,
    CURL,
    SAMPLES,
    evidence,
    failed,
    finding,
    passed,
    policy,
    report,
    result,
    subject,
)
from tests.report.strategies import REPORTS


def _page(made: Report, **options: bool | int) -> str:
    return render(made, "text", Options(**options))  # type: ignore[arg-type]  # flags and width


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("passed", f"✓ PASSED  {APP}  sha256:1f3a9c0d1f3a…"),
        ("failed", f"✗ FAILED  {APP}  sha256:1f3a9c0d1f3a…"),
        ("refused_signature", f"✗ REFUSED  {APP}"),
        ("missing", f"✗ FAILED  {APP}"),
        ("engine_error", f"✗ ERROR  {APP}"),
        ("weakened", "✓ PASSED  2 of 2 artifacts may be released  weakened"),
    ],
)
def test_the_verdict_comes_first(name: str, start: str) -> None:
    assert _page(SAMPLES[name]()).startswith(start)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_exit_code_comes_last(name: str) -> None:
    made = SAMPLES[name]()
    last = _page(made).splitlines()[-1]
    assert last == f"exit {made.exit_code}  plan sha256:60d560d560d5…"


@settings(max_examples=25, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(REPORTS)
def test_no_text_of_a_stranger_starts_a_line(made: Report) -> None:
    """At the left edge stand the verdict, section titles and the footer, nothing else."""
    allowed = re.compile(
        r"[✓✗] |$|(Evidence|Policies|Findings|Required|Waived|Baseline|Weakened)$"
        r"|\d+ passed|attest |exit "
    )
    lines = _page(made).split("\n")
    edge = [line for line in lines if not line.startswith("  ")]
    assert all(allowed.match(line) for line in edge)
    assert sum(line[:2] in {"✓ ", "✗ "} for line in edge) == 1


def test_a_page_in_colour_says_the_same() -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", _page(failed(), color=True))
    assert plain == _page(failed())


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in _page(failed())


def test_long_lists_end_with_the_number_left_out() -> None:
    many = tuple(finding(f"R-{number}", None, "bad") for number in range(80))
    files = tuple(evidence(f"evidence/{number}.json") for number in range(40))
    made = report("POLICY_FAILED", results=(result("failed", "POLICY_FAILED", findings=many),))
    made = replace(made, evidence=files)
    page = _page(made)
    assert "… and 30 more (-v shows all)" in page
    assert "… and 10 more (-v shows all)" in page
    assert "R-79" not in page
    everything = _page(made, verbose=True)
    assert "more (-v" not in everything
    assert "R-79" in everything


def test_many_subjects_show_the_worst_first() -> None:
    subjects = [subject(name=f"dist/{number}") for number in range(60)]
    subjects.append(subject("POLICY_FAILED", "bad", name="dist/last"))
    made = replace(report("POLICY_FAILED", "bad"), subjects=tuple(subjects))
    lines = _page(made).splitlines()
    assert lines[0] == "✗ FAILED  60 of 61 artifacts may be released"
    assert lines[1].startswith("  ✗ FAILED  dist/last")
    assert "    … and 11 more" in lines


def test_each_subject_gives_its_own_reason() -> None:
    subjects = (subject("POLICY_FAILED", "one"), subject("REQUIRED_MISSING", "two", name="other"))
    made = replace(report("REQUIRED_MISSING", "two"), subjects=subjects)
    page = _page(made)
    assert "POLICY_FAILED  one" in page
    assert "REQUIRED_MISSING  two" in page


def test_what_policies_print_is_shown_on_request() -> None:
    made = report(results=(result(logs=("first\nsecond",)),))
    assert "│ first" not in _page(made)
    assert "        │ first\n        │ second" in _page(made, include_raw=True)
    assert "│ first" in _page(made, verbose=True)


def test_a_pin_is_never_called_a_signature() -> None:
    line = evidence()
    pinned = replace(line, trust=replace(line.trust, status="pinned", signers=(), times=()))
    policy = passed().policies[0]
    held = replace(policy, trust=replace(policy.trust, status="pinned", signers=()))
    page = _page(replace(passed(), evidence=(pinned,), policies=(held,)))
    assert page.count("not signed") == 2
    assert "signed by  " not in page
    assert "signed by policy" not in page


def test_suppressed_findings_stay_listed() -> None:
    quiet = replace(CURL, suppressed=True)
    page = _page(report(results=(result(findings=(quiet,)),)))
    assert "CVE-2023-38545  suppressed in the evidence" in page
    assert "Findings" not in page


def test_a_narrow_terminal_still_gets_a_page() -> None:
    assert max(map(len, _page(failed(), width=1).splitlines())) <= 40


def test_verbose_shows_how_a_policy_came_to_be_trusted() -> None:
    held = (StepLine("signature", "by key sha256:33", "by key sha256:33"),)
    listed = StepLine("OPA bundle signature", "no key in the plan", "there is one: not trusted")
    made = policy()
    made = replace(made, trust=replace(made.trust, steps=(*held, listed)))
    page = _page(report(policies=(made,)), verbose=True)
    assert "      · signature\n        is        by key sha256:33\n" in page
    assert "✓ OPA" not in page
    assert "      · OPA bundle signature\n        expected  no key in the plan\n" in page
    assert "        seen      there is one: not trusted\n" in page
    assert "OPA bundle signature" not in _page(report(policies=(made,)))
