"""GitLab Code Quality: the widget of a merge request (its "Code Quality report format")."""

from __future__ import annotations

import json
from collections import Counter

from attest.model.report import Report
from attest.model.verdict import Severity
from attest.report import escape
from attest.report.issues import Issue, Level, issues, weakenings
from attest.report.options import Options

_MAX_TEXT = 1000
_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}
_LEVELS = {Level.ERROR: "blocker", Level.WARNING: "major", Level.NOTE: "info"}


def render(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return an array with one entry for each issue that is not excused, and each weakening."""
    repeats: Counter[str] = Counter()
    found = [issue for issue in issues(report) if not issue.excused]
    entries = [_entry(issue, repeats) for issue in (*found, *weakenings(report))]
    return escape.json_text(json.dumps(entries, ensure_ascii=False, indent=2)) + "\n"


def _entry(issue: Issue, repeats: Counter[str]) -> dict[str, object]:
    fingerprint = issue.fingerprint or f"{issue.rule} {issue.place}"
    repeats[fingerprint] += 1
    severity = _LEVELS[issue.level]
    if issue.is_finding and issue.severity is not None:
        severity = _SEVERITIES[issue.severity]
    return {
        "description": _text(f"{issue.message} {issue.location}".strip() or issue.rule),
        "check_name": _text(issue.rule),
        "fingerprint": _text(f"{fingerprint}:{repeats[fingerprint]}"),
        "severity": severity,
        "location": {"path": _text(issue.place), "lines": {"begin": 1}},
    }


def _text(text: str) -> str:
    return escape.cut(escape.plain(text), _MAX_TEXT) or "-"
