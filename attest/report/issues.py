"""Everything that speaks against a release, in one flat list, the worst first.

SARIF, annotations, Markdown and the tables are made from it, so none of them can forget a refusal
that another one shows.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator

from attest.model.frozen import frozen
from attest.model.report import Report, SubjectLine
from attest.model.verdict import Finding, Severity
from attest.model.verdicts import exit_code_of, rank
from attest.report import words


class Level(enum.IntEnum):
    """Whether an issue blocks, warns, or is only told."""

    ERROR = 0
    WARNING = 1
    NOTE = 2


@frozen
class Issue:
    """One finding, refusal, error, skip or unmet requirement.

    ``rule`` is ``policy/rule`` for a finding and the reason code for everything else. ``place`` is
    the evidence it is about, or where else to look. ``excused`` says why it does not count.
    """

    level: Level
    rule: str
    message: str
    hint: str
    subject: str
    place: str
    location: str = ""
    severity: Severity | None = None
    excused: str = ""
    fingerprint: str = ""
    is_finding: bool = False


def issues(report: Report) -> tuple[Issue, ...]:
    """Return all issues of ``report``: blocking ones first, then by severity."""
    found = [*_findings(report), *_results(report), *_evidence(report), *_requirements(report)]
    found += _unsaid(report, found)
    found.sort(key=_badness)
    return tuple(found)


def weakenings(report: Report) -> tuple[Issue, ...]:
    """Return each relaxed check, for the formats that have no other place for it (rule 13)."""
    return tuple(
        Issue(Level.WARNING, "weakened", f"{line.option}: {line.effect}", "", "", line.where)
        for line in report.weakened
    )


def _badness(issue: Issue) -> tuple[bool, int, int]:
    if not issue.is_finding:
        return bool(issue.excused), issue.level, -100 + rank(exit_code_of(issue.rule))
    severity = Severity.CRITICAL + 1 if issue.severity is None else issue.severity
    return bool(issue.excused), issue.level, -severity


def _unsaid(report: Report, found: list[Issue]) -> Iterator[Issue]:
    """The reasons of verdicts that no single line states (rule 6, for one)."""
    errors = [issue for issue in found if issue.level is Level.ERROR and not issue.excused]
    said = {"POLICY_FAILED" if issue.is_finding else issue.rule for issue in errors}
    verdicts: list[tuple[str, SubjectLine | Report]] = [(s.name, s) for s in report.subjects]
    for name, line in [*verdicts, ("", report)]:
        reason = line.reason
        if line.exit_code != 0 and reason.code not in said:
            said.add(reason.code)
            place = report.plan_config
            yield _issue(Level.ERROR, reason.code, reason.message, reason.hint, name, place)


def _findings(report: Report) -> Iterator[Issue]:
    """Findings. The worst open one of a failed result certainly blocks, and so says `ERROR`."""
    names = {policy.id: policy.name for policy in report.policies}
    sources = {line.id: line.source for line in report.evidence}
    reasons = {
        **{line.id: f"known since {line.evaluated_at}" for line in report.baselines},
        **{line.id: f"{line.reason} (until {line.expires})" for line in report.waivers},
    }
    for result in report.results:
        policy = names.get(result.policy or "", result.policy or "")
        place = sources.get(result.material or "", result.material or report.plan_config)
        blocking = result.outcome == "failed" and result.blocks
        worst = max((words.rank(f) for f in result.findings if words.is_open(f)), default=0)
        for finding in result.findings:
            certain = words.rank(finding) >= min(worst, Severity.HIGH)
            yield Issue(
                level=(Level.ERROR if certain else Level.WARNING) if blocking else Level.NOTE,
                rule=f"{policy}/{finding.rule_id}",
                message=finding.message or "the policy gave no message",
                hint=finding.remediation or "",
                subject=result.subject or "",
                place=place,
                location=finding.location or "",
                severity=finding.severity,
                excused=_excuse(finding, reasons),
                fingerprint=_fingerprint(
                    policy,
                    finding.rule_id,
                    result.subject or "",
                    finding.fingerprint or f"{finding.location}\n{finding.message}",
                ),
                is_finding=True,
            )


def _excuse(finding: Finding, reasons: dict[str, str]) -> str:
    if finding.waived_by is not None:
        return f"waived: {reasons.get(finding.waived_by, finding.waived_by)}"
    if finding.known_by is not None:
        return f"baseline: {reasons.get(finding.known_by, finding.known_by)}"
    return "suppressed in the evidence" if finding.suppressed else ""


def _results(report: Report) -> Iterator[Issue]:
    """Errors and skips, and a policy that said no without naming a finding (rule 7)."""
    for result in report.results:
        level = Level.ERROR if result.blocks else Level.NOTE
        subject, policy = result.subject or "", result.policy or report.plan_config
        if result.error is not None:
            error = result.error
            message = f"{policy}: {error.message}"
            yield _issue(level, error.code, message, error.hint, subject, policy)
        elif result.outcome == "skipped":
            why = result.skip_reason or words.cause(result.code)
            cure = words.cure(result.code)
            yield _issue(level, result.code, f"{policy}: {why}", cure, subject, policy)
        elif result.outcome == "failed" and not result.findings:
            message = f"{policy}: the policy answered no, without saying why"
            yield _issue(level, result.code, message, words.cure(result.code), subject, policy)


def _evidence(report: Report) -> Iterator[Issue]:
    """Refused evidence: an error where it blocks, else a note."""
    for line in report.evidence:
        if line.trust.status != "refused" or line.trust.code == "NOT_EVIDENCE":
            continue
        code, message = line.trust.code, f"{line.source}: {line.trust.message}"
        level = Level.ERROR if line.blocks else Level.NOTE
        subject = ", ".join(line.relates_to)
        yield _issue(level, code, message, words.cure(code), subject, line.source)


def _requirements(report: Report) -> Iterator[Issue]:
    for line in report.requirements:
        if line.reason is not None:
            reason, place = line.reason, report.plan_config
            message = f"{line.requirement}: {reason.message}"
            yield _issue(Level.ERROR, reason.code, message, reason.hint, line.subject, place)


def _issue(level: Level, code: str, message: str, hint: str, subject: str, place: str) -> Issue:
    print_ = _fingerprint(code, subject, place, message)
    return Issue(level, code, message, hint, subject, place, fingerprint=print_)


def _fingerprint(*parts: str) -> str:
    """Return a digest of names that stay the same from one build of an artifact to the next."""
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
