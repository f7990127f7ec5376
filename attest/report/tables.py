"""The issues of a report as rows: CSV for spreadsheets, NDJSON for log collectors."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from attest.model.report import Report
from attest.report import escape
from attest.report.issues import Issue, issues, weakenings
from attest.report.options import Options

COLUMNS = (
    "level",
    "rule",
    "severity",
    "message",
    "subject",
    "place",
    "location",
    "hint",
    "excused",
    "fingerprint",
)
"""The columns of CSV, and the members of an NDJSON line of type ``issue``."""

_FORMULA = ("=", "+", "-", "@")


def render_csv(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return a header, the run's verdict as a row of its own level, and a row for each issue.

    RFC 4180, but with bare line feeds.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = [_run(report), *map(_values, (*weakenings(report), *issues(report)))]
    for row in rows:
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return escape.log_safe(text.getvalue())


def render_ndjson(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return one JSON object a line: the verdict of the run, of each subject, then each issue."""
    run: dict[str, Any] = {
        "type": "run",
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "code": report.reason.code,
        "message": report.reason.message,
        "evaluated_at": report.evaluated_at,
        "plan_digest": report.plan_digest,
        "weakened": [line.option for line in report.weakened],
    }
    lines = [run]
    lines += [
        {
            "type": "subject",
            "name": subject.name,
            "digest": dict(sorted(subject.digest.items())),
            "verdict": subject.verdict,
            "exit_code": subject.exit_code,
            "code": subject.reason.code,
        }
        for subject in report.subjects
    ]
    lines += [{"type": "issue", **_values(issue)} for issue in issues(report)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return escape.hash_safe(text, bracket=r"\\u005b")


def _run(report: Report) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "")
    reason, names = report.reason, ", ".join(subject.name for subject in report.subjects)
    row.update(level=report.verdict, rule=reason.code, message=reason.message, subject=names)
    return row | {"place": report.plan_config, "hint": reason.hint}


def _values(issue: Issue) -> dict[str, str]:
    return {
        "level": issue.level.name.lower(),
        "rule": issue.rule,
        "severity": issue.severity.word if issue.severity is not None else "",
        "message": issue.message,
        "subject": issue.subject,
        "place": issue.place,
        "location": issue.location,
        "hint": issue.hint,
        "excused": issue.excused,
        "fingerprint": issue.fingerprint,
    }


def _cell(text: str) -> str:
    """Return text that a spreadsheet takes as text: a leading ``=`` would be a formula."""
    line = escape.plain(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
