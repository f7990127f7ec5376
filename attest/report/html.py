"""One HTML file for a person to keep: no script, nothing loaded from anywhere, prints well.

The canonical JSON stands in it with its SHA-256, so the page can be checked against the record.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from attest.model.report import EvidenceLine, PolicyLine, Report
from attest.report import escape, words
from attest.report.issues import Issue, Level, issues
from attest.report.json import to_json
from attest.report.options import Options

_STYLE = """
:root{--good:#116329;--bad:#a40e26;--warn:#7d4e00;--line:#d0d7de;--dim:#57606a}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
header{border-left:.5rem solid var(--bad);padding:.2rem 1rem;margin-bottom:2rem}
header.good{border-color:var(--good)}
h1{margin:0;font-size:1.8rem;color:var(--bad)}
.good h1,.good>b{color:var(--good)}
h2{font-size:1.1rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-top:1px solid var(--line)}
td{overflow-wrap:anywhere}
th{color:var(--dim);font-weight:600;font-size:.85rem}
code,pre{font:13px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem}
.bad>td:first-child{color:var(--bad);font-weight:700}
.warn>td:first-child{color:var(--warn);font-weight:700}
.dim{color:var(--dim)}
@media print{details{display:none}body{margin:0}}
"""
_ROW = {Level.ERROR: "bad", Level.WARNING: "warn", Level.NOTE: "note"}
_Row = tuple[str, ...]


def render(report: Report, options: Options) -> str:
    """Return the page. Its content security policy allows this one style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode("ascii")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    title = f"{words.word(report.exit_code)}: {', '.join(s.name for s in report.subjects)}"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(escape.cut(title, 200))}</title>",
        f"<style>{_STYLE}</style>\n</head>\n<body>",
        _header(report),
        _artifacts(report),
        _against(report),
        _evidence(report),
        _policies(report),
        _requirements(report),
        _exceptions(report),
        _record(report, options),
        "</body>\n</html>",
    ]
    return escape.hash_safe("\n".join(part for part in parts if part) + "\n", bracket="&#91;")


def _header(report: Report) -> str:
    good = ' class="good"' if report.exit_code == 0 else ""
    weak = ' <span class="dim">weakened</span>' if report.weakened else ""
    reason = report.reason
    why = f"<p><b>{_text(reason.code)}</b> {_text(reason.message)}</p>"
    cure = f"<p>→ {_text(reason.hint)}</p>" if reason.hint and report.exit_code else ""
    counts = f'<p class="dim">{_text(words.counts(report))} · exit code {report.exit_code}</p>'
    heading = f"<h1>{words.word(report.exit_code)}{weak}</h1>"
    return f"<header{good}>\n{heading}\n{why}\n{cure}{counts}\n</header>"


def _artifacts(report: Report) -> str:
    rows = [
        (
            "good" if subject.exit_code == 0 else "bad",
            words.word(subject.exit_code),
            _text(subject.name),
            "<br>".join(_code(f"{name}:{value}") for name, value in sorted(subject.digest.items())),
            f"{_text(subject.reason.code)}: {_text(subject.reason.message)}",
        )
        for subject in report.subjects
    ]
    return _table("Artifacts", ("Verdict", "Artifact", "Digest", "Reason"), rows)


def _against(report: Report) -> str:
    rows = [_issue(issue) for issue in issues(report)]
    head = ("Level", "Rule", "What", "Where", "What to do")
    return _table("What speaks against it", head, rows)


def _issue(issue: Issue) -> _Row:
    level = "excused" if issue.excused else issue.level.name.lower()
    if issue.is_finding:
        level += f" ({issue.severity.word if issue.severity is not None else 'no severity'})"
    where = "<br>".join(_text(part) for part in (issue.place, issue.location) if part)
    look = "note" if issue.excused else _ROW[issue.level]
    todo = _text(issue.excused or issue.hint)
    return look, level, _text(issue.rule), _text(issue.message), where, todo


def _evidence(report: Report) -> str:
    rows = [_evidence_row(line) for line in report.evidence]
    head = ("Trust", "Evidence", "Kind", "Who and when", "What was checked")
    return _table("Evidence", head, rows)


def _evidence_row(line: EvidenceLine) -> _Row:
    trust = line.trust
    who = [f"<b>{_text(s.name)}</b> {_text(words.principal(s))}" for s in trust.signers]
    who += [f"{_text(t.time)} {_text(t.source)} {_text(t.authority)}" for t in trust.times]
    if trust.status == "refused":
        who.append(f"<b>{_text(trust.code)}</b> {_text(trust.message)}")
    steps = "".join(
        f"<li>{_text(step.check)}: {_text(step.seen)}"
        + (f' <span class="dim">(expected {_text(step.expected)})</span>' if differs else "")
        + "</li>"
        for step in trust.steps
        for differs in (step.seen != step.expected,)
    )
    ladder = f"<details><summary>{len(trust.steps)} steps</summary><ol>{steps}</ol></details>"
    source = f"{_text(line.source)}<br>{_code(line.digest)}"
    about = "" if line.relates_to or trust.status == "refused" else "<br>about another artifact"
    look = "bad" if trust.status == "refused" else "good"
    checked = ladder if trust.steps else ""
    return look, trust.status, source, _text(line.kind) + about, "<br>".join(who), checked


def _policies(report: Report) -> str:
    names = {policy.id: policy for policy in report.policies}
    rows = [
        (
            {"passed": "good", "skipped": "warn"}.get(result.outcome, "bad"),
            result.outcome + ("" if result.enforced else " (not enforced)"),
            _policy(names.get(result.policy or ""), result.policy or "run"),
            _text(result.material or ""),
            _text(result.subject or ""),
            _text(f"{result.code} {result.skip_reason or ''}"),
        )
        for result in report.results
    ]
    return _table("Policies", ("Outcome", "Policy", "Evidence", "Artifact", "Code"), rows)


def _policy(policy: PolicyLine | None, name: str) -> str:
    if policy is None:
        return _text(name)
    engine = _text(f"{policy.engine.name} ({policy.engine.version})")
    trust = _text(words.trusted_by(policy.trust))
    label = f"<b>{_text(policy.name)}</b> {_text(policy.version or '')}"
    return f"{label}<br>{engine}, {trust}<br>{_code(policy.digest)}"


def _requirements(report: Report) -> str:
    rows = [
        (
            "good" if line.met else "bad",
            "met" if line.met else "not met",
            _text(line.requirement),
            _text(line.subject),
            _text(", ".join(line.by)) if line.reason is None else _text(line.reason.message),
        )
        for line in report.requirements
    ]
    return _table("Required", ("", "Requirement", "Artifact", "By, or why not"), rows)


def _exceptions(report: Report) -> str:
    waived = [
        (
            "warn",
            _text(waiver.rule),
            _text(waiver.finding or "every finding"),
            _text(waiver.approver),
            _text(waiver.expires),
            _text(waiver.reason),
        )
        for waiver in report.waivers
    ]
    known = [
        (
            "warn",
            _text(line.id),
            _text(", ".join(line.covers)),
            _text(line.approver),
            _text(line.expires),
            str(line.known),
            _text("; ".join(line.limits)),
        )
        for line in report.baselines
    ]
    weak = [("warn", _text(w.option), _text(w.where), _text(w.effect)) for w in report.weakened]
    return (
        _table("Waivers", ("Rule", "Finding", "Approved by", "Until", "Reason"), waived)
        + _table("Baseline", ("Report", "About", "Approved by", "Until", "Known", "Not for"), known)
        + _table("Weakened", ("Option", "Set by", "What it gives up"), weak)
    )


def _record(report: Report, options: Options) -> str:
    text = to_json(report, options)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    made = f"attest {report.attest_version} · {report.evaluated_at} · {report.plan_config}"
    return (
        f'<p class="dim">{_text(made)}<br>plan {_code(report.plan_digest)}<br>'
        f"record {_code(f'sha256:{digest}')}</p>\n"
        f"<details><summary>The record (JSON)</summary><pre>{escape.xml_text(text)}</pre></details>"
    )


def _table(title: str, head: tuple[str, ...], rows: Sequence[_Row]) -> str:
    """Return a table; the first member of each row is its class. No rows, no table."""
    if not rows:
        return ""
    heads = "".join(f"<th>{name}</th>" for name in head)
    lines = [
        f'<tr class="{look}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for look, *cells in rows
    ]
    return f"<h2>{title}</h2>\n<table>\n<tr>{heads}</tr>\n" + "\n".join(lines) + "\n</table>\n"


def _text(text: str) -> str:
    return escape.xml(escape.plain(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
