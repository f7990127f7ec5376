"""Markdown for a GitHub step summary or a pull request: the verdict, what speaks against it, why.

GitHub drops a whole summary above 1 MiB; long lists end with the number of lines left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from attest.model.report import EvidenceLine, Report
from attest.report import escape, words
from attest.report.issues import Issue, Level, issues
from attest.report.options import Options

MAX_BYTES = 1 << 20
"""What a step summary may hold (the runner's "supports content up to a size of 1024k")."""

_RESERVED = 4096
_MAX_CELL = 1000
_MAX_FIELD = 300
_ICONS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTE: "🔵"}


class _Document:
    """Lines up to a budget of bytes; what would exceed it is counted instead."""

    def __init__(self, budget: int) -> None:
        self.lines: list[str] = []
        self._left = budget

    def add(self, *lines: str) -> None:
        for line in lines:
            self._left -= len(line.encode("utf-8", "replace")) + 1
            self.lines.append(line)

    def table(self, title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """Add a table under ``title``; cells are Markdown already."""
        if not rows:
            return
        self.add("", f"### {title}", "", _row(head), _row(("---",) * len(head)))
        for number, row in enumerate(rows):
            line = _row(row)
            if self._left < _RESERVED + len(line.encode("utf-8", "replace")):
                self.add("", f"… and {len(rows) - number} more; the JSON report has them all.")
                return
            self.add(line)


def render(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return the document, in at most `MAX_BYTES` of UTF-8."""
    page = _Document(MAX_BYTES)
    icon = "✅" if report.exit_code == 0 else "❌"
    weak = " (weakened)" if report.weakened else ""
    page.add(f"## {icon} {words.word(report.exit_code)}{weak}", "")
    if report.exit_code != 0:
        page.add(f"**{_cell(report.reason.code)}**: {_cell(report.reason.message)}", "")
        page.add(f"→ {_cell(report.reason.hint)}", "")
    page.add(f"{words.counts(report)} · exit code {report.exit_code}")
    head, rows = ("", "Artifact", "Digest", "Reason"), []
    for subject in report.subjects:
        mark = "✅" if subject.exit_code == 0 else "❌"
        digests = [f"{name}:{value}" for name, value in sorted(subject.digest.items())]
        reason = _cell(subject.reason.code)
        rows.append((mark, _cell(subject.name), _code(", ".join(digests[:1])), reason))
    page.table("Artifacts", head, rows)
    _against(page, report)
    _for(page, report)
    lines = [(_cell(w.option), _cell(w.where), _cell(w.effect)) for w in report.weakened]
    page.table("Weakened", ("Option", "Set by", "What it gives up"), lines)
    made = f"attest {report.attest_version} · {report.evaluated_at} · {report.plan_config}"
    page.add("", f"{_cell(made)} · plan {_code(report.plan_digest)}")
    return escape.log_safe("\n".join(page.lines) + "\n")


def _against(page: _Document, report: Report) -> None:
    found = issues(report)
    counted = [issue for issue in found if not issue.excused]
    head = ("", "Severity", "Rule", "What", "Where", "What to do")
    page.table("What speaks against it", head, [_issue(issue) for issue in counted])
    excused = [issue for issue in found if issue.excused]
    rows = [(_cell(i.rule), _cell(i.message), _cell(i.excused)) for i in excused]
    page.table("Waived, known or suppressed", ("Rule", "What", "Why it does not count"), rows)


def _issue(issue: Issue) -> tuple[str, ...]:
    severity = issue.severity.word if issue.severity is not None else ""
    if issue.is_finding and not severity:
        severity = "none given"
    where = _cell(issue.place) + (f"<br>{_cell(issue.location)}" if issue.location else "")
    rule, message, hint = _cell(issue.rule), _cell(issue.message), _cell(issue.hint)
    return _ICONS[issue.level], severity, rule, message, where, hint


def _for(page: _Document, report: Report) -> None:
    believed = [line for line in report.evidence if line.trust.status != "refused"]
    head = ("Evidence", "Kind", "Believed because", "Proven at")
    page.table("Evidence", head, [_evidence(line) for line in believed])
    rows = [
        (
            _cell(policy.name) + (f" {_cell(policy.version)}" if policy.version else ""),
            _cell(f"{policy.engine.name} ({policy.engine.version})"),
            _cell(words.trusted_by(policy.trust)),
            _code(policy.digest),
        )
        for policy in report.policies
    ]
    page.table("Policies", ("Policy", "Engine", "Believed because", "Digest"), rows)
    met = [
        ("✅" if line.met else "❌", _cell(line.requirement), _cell(line.subject))
        for line in report.requirements
    ]
    page.table("Required", ("", "Requirement", "Artifact"), met)


def _evidence(line: EvidenceLine) -> tuple[str, ...]:
    why = _cell(words.trusted_by(line.trust))
    for signer in line.trust.signers:
        why += f"<br>{_cell(words.principal(signer))}"
    times = ", ".join(time.time for time in line.trust.times)
    about = "" if line.relates_to else " (about another artifact)"
    return _cell(line.source), _cell(line.kind) + about, why, _cell(times)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Return text of strangers as part of one line, of a bounded length."""
    return escape.markdown(escape.cut(escape.plain(text), _MAX_CELL))


def _code(digest: str) -> str:
    """Return a digest in code style: short to read."""
    return f"<code>{escape.markdown(words.short(escape.cut(digest, _MAX_FIELD)))}</code>"
