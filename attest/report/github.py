"""GitHub workflow commands: annotations, the worst first.

GitHub shows ten of a kind for each step, first come first served, and drops the rest silently; so
the tenth says how many more there are.
"""

from __future__ import annotations

from attest.model.report import Report
from attest.report import escape, words
from attest.report.issues import Issue, Level, issues, weakenings
from attest.report.options import Options

MAX_OF_A_KIND = 10
"""Annotations of one level that GitHub shows for one step."""

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_MAX_MESSAGE = 4000
_MAX_TITLE = 200


def render(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return the verdict as one command, then the issues as others, the worst first."""
    found = [issue for issue in issues(report) if not issue.excused]
    lines: dict[Level, list[str]] = {level: [] for level in Level}
    verdict = Level.NOTE if report.exit_code == 0 else Level.ERROR
    lines[verdict].append(_command(verdict, *_verdict(report)))
    for issue in (*weakenings(report), *found):
        lines[issue.level].append(_command(issue.level, issue.rule, _message(issue)))
    return "".join(f"{line}\n" for level in Level for line in _capped(level, lines[level]))


def _verdict(report: Report) -> tuple[str, str]:
    names = ", ".join(subject.name for subject in report.subjects)
    title = f"attest: {words.word(report.exit_code)}"
    if report.exit_code == 0:
        return title, f"{names}: {words.counts(report)}"
    reason = report.reason
    return title, f"{reason.code}: {reason.message}\n{reason.hint}"


def _message(issue: Issue) -> str:
    place = f" ({issue.place}{' ' if issue.location else ''}{issue.location})"
    return f"{issue.message}{place}\n{issue.hint}"


def _capped(level: Level, lines: list[str]) -> list[str]:
    if len(lines) <= MAX_OF_A_KIND:
        return lines
    rest = len(lines) - MAX_OF_A_KIND + 1
    more = f"and {rest} more of this kind; the report has them all"
    return [*lines[: MAX_OF_A_KIND - 1], _command(level, "attest", more)]


def _command(level: Level, title: str, message: str) -> str:
    name = escape.command_property(escape.cut(escape.plain(title), _MAX_TITLE))
    text = escape.cut("\n".join(escape.paragraphs(message)), _MAX_MESSAGE)
    return f"::{_COMMANDS[level]} title={name}::{escape.command_data(text)}"
