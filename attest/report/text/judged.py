"""What the policies said, what was required, and what was excepted."""

from __future__ import annotations

from collections import Counter

from attest.model.report import PolicyLine, Report, ResultLine
from attest.model.verdict import Finding
from attest.report import escape, words
from attest.report.options import Options
from attest.report.text import evidence
from attest.report.text.page import Page, Span

_MAX_LINES = 50
_MARKS = {"passed": "✓ ", "failed": "✗ ", "error": "✗ ", "skipped": "- "}
_STYLES = {"passed": "good", "failed": "bad", "error": "bad", "skipped": "warn"}
_ORDER = ("error", "failed", "skipped", "passed")


def policies(page: Page, report: Report, options: Options) -> None:
    """Add each policy with its results; results of no listed policy come last."""
    if not report.policies and not report.results:
        return
    page.title("Policies")
    by_policy: dict[str | None, list[ResultLine]] = {}
    for result in report.results:
        by_policy.setdefault(result.policy, []).append(result)
    for policy in report.policies:
        results = by_policy.pop(policy.id, [])
        outcome = _worst(results)
        _policy(page, policy, outcome, options)
        _results(page, report, results, options)
    for name, results in by_policy.items():
        outcome = _worst(results)
        page.put(
            Span(name or "run", "bold"), indent=2, mark=_MARKS[outcome], style=_STYLES[outcome]
        )
        _results(page, report, results, options)


def _worst(results: list[ResultLine]) -> str:
    outcomes = {result.outcome for result in results}
    return next((outcome for outcome in _ORDER if outcome in outcomes), "skipped")


def _policy(page: Page, policy: PolicyLine, outcome: str, options: Options) -> None:
    trust_style = "bad" if policy.trust.status == "refused" else "dim"
    version = f"{policy.version}{' (claimed)' if 'version' in policy.claimed else ''}"
    page.put(
        Span(policy.name, "bold"),
        version if policy.version else "",
        Span(f"{policy.engine.name} ({policy.engine.version})", "dim"),
        Span(words.trusted_by(policy.trust), trust_style, whole=True),
        indent=2,
        mark=_MARKS[outcome],
        style=_STYLES[outcome],
    )
    if policy.trust.status == "refused":
        page.reason(policy.trust.code, policy.trust.message, indent=6)
    if options.verbose:
        page.pair("source", policy.source)
        page.pair("digest", policy.digest)
        if policy.engine.digest:
            page.pair("engine", policy.engine.digest)
        for name in ("revision", "author", "created"):
            value = getattr(policy, name)
            if value:
                page.pair(name, f"{value}{' (claimed)' if name in policy.claimed else ''}")
        for name, values in sorted(policy.capabilities.items()):
            if values:
                page.pair(name, ", ".join(values))
        # No tick: a signature that no key of the plan vouches for is listed here as well.
        evidence.steps(page, policy.trust, mark="· ", style="dim")


def _results(page: Page, report: Report, results: list[ResultLine], options: Options) -> None:
    ordered = sorted(results, key=lambda result: _ORDER.index(result.outcome))
    shown = ordered if options.verbose else ordered[:_MAX_LINES]
    for result in shown:
        _result(page, result, options, named=len(report.subjects) > 1)
    if len(shown) < len(ordered):
        page.put(f"… and {len(ordered) - len(shown)} more (-v shows all)", indent=6)


def _result(page: Page, result: ResultLine, options: Options, *, named: bool) -> None:
    style = _STYLES[result.outcome]
    page.put(
        Span(result.outcome, style),
        result.material or "no material",
        f"for {result.subject}" if named and result.subject else "",
        Span(_tally(result), "dim", whole=True),
        "" if result.enforced else Span("not enforced", "warn", whole=True),
        indent=6,
        mark=_MARKS[result.outcome],
        style=style,
    )
    if result.error is not None:
        page.reason(result.code, result.error.message, indent=8)
        page.hint(result.error.hint, indent=8)
    elif result.outcome == "skipped":
        look = "bad" if result.blocks else "warn"
        page.put(Span(result.code, look), result.skip_reason or "", indent=8)
    _second_opinion(page, result, options)
    if options.verbose or options.include_raw:
        for line in (line for log in result.logs for line in escape.paragraphs(log)):
            page.put(Span(line, "dim"), indent=8, mark="│ ", style="dim")


def _second_opinion(page: Page, result: ResultLine, options: Options) -> None:
    other = result.cross_check
    if other is None:
        return
    engine = f"{other.engine.name} {other.engine.version}"
    if other.agrees:
        page.put(Span(f"{engine} agrees", "dim"), indent=8, mark="= ", style="good")
    elif other.agrees is None:
        said = f"{engine} cannot judge this policy"
        page.put(Span(said, "warn"), other.detail, indent=8, mark="? ", style="warn")
    else:
        page.put(Span(f"{engine} disagrees", "bad"), other.detail, indent=8, mark="≠ ", style="bad")
    if options.verbose and result.usage.fuel:
        page.put(Span(f"{result.usage.fuel} fuel", "dim"), indent=8)


def _tally(result: ResultLine) -> str:
    kinds = Counter("finding" if words.is_open(f) else words.excuse(f) for f in result.findings)
    count = kinds.pop("finding", 0)
    parts = [f"{count} finding{'s' if count != 1 else ''}"] if count else []
    return ", ".join(parts + [f"{number} {name}" for name, number in sorted(kinds.items())])


def findings(page: Page, report: Report, options: Options) -> None:
    """Add each open finding with its place and its remedy, the worst first."""
    policies_by_id = {policy.id: policy.name for policy in report.policies}
    open_findings = [
        (finding, result)
        for result in report.results
        for finding in result.findings
        if words.is_open(finding)
    ]
    if not open_findings:
        return
    page.title("Findings")
    open_findings.sort(key=lambda pair: -words.rank(pair[0]))
    shown = open_findings if options.verbose else open_findings[:_MAX_LINES]
    for finding, result in shown:
        policy = policies_by_id.get(result.policy or "", result.policy or "")
        _finding(page, finding, result, policy)
    if len(shown) < len(open_findings):
        page.put(f"… and {len(open_findings) - len(shown)} more (-v shows all)", indent=2)


def _finding(page: Page, finding: Finding, result: ResultLine, policy: str) -> None:
    blocks = result.outcome == "failed" and result.enforced
    style = "bad" if blocks else "warn"
    page.put(
        Span(words.severity(finding), style),
        Span(finding.rule_id, "bold"),
        indent=2,
        mark="✗ " if blocks else "! ",
        style=style,
    )
    page.put(finding.message, indent=6)
    if result.material:
        page.pair("in", result.material)
    if finding.location:
        page.pair("at", finding.location)
    names = [name for name in finding.ids if name != finding.rule_id]
    if names:
        page.pair("about", ", ".join(names))
    page.pair("policy", policy)
    if finding.remediation:
        page.pair("fix", finding.remediation)


def requirements(page: Page, report: Report) -> None:
    """Add what the plan demands, unmet demands first."""
    if not report.requirements:
        return
    page.title("Required")
    for line in sorted(report.requirements, key=lambda line: line.met):
        about = f"for {line.subject}" if len(report.subjects) > 1 else ""
        if line.met:
            page.put(line.requirement, about, indent=2, mark="✓ ", style="good")
            page.pair("met by", ", ".join(line.by))
            continue
        page.put(Span(line.requirement, "bold"), about, indent=2, mark="✗ ", style="bad")
        if line.reason is not None:
            page.reason(line.reason.code, line.reason.message, indent=6)
            page.hint(line.reason.hint, indent=6)


def baselines(page: Page, report: Report) -> None:
    """Add the accepted reports about earlier artifacts, whose findings are known."""
    if not report.baselines:
        return
    page.title("Baseline")
    for line in report.baselines:
        page.put(
            Span(line.id, "bold"),
            f"{line.known} known" if line.known else Span("not used", "dim"),
            f"until {line.expires}",
            indent=2,
            mark="~ ",
            style="warn",
        )
        page.pair("about", f"{', '.join(line.covers)} as of {line.evaluated_at}")
        page.pair("approved", line.approver)
        for limit in line.limits:
            page.pair("but not", limit)


def waivers(page: Page, report: Report) -> None:
    """Add the accepted exceptions, and the findings that the evidence itself suppresses."""
    suppressed = [f for result in report.results for f in result.findings if f.suppressed]
    if not report.waivers and not suppressed:
        return
    page.title("Waived")
    for waiver in report.waivers:
        page.put(
            Span(waiver.rule, "bold"),
            waiver.finding if waiver.finding and waiver.finding != waiver.rule else "",
            f"until {waiver.expires}",
            "" if waiver.used else Span("not used", "dim"),
            indent=2,
            mark="~ ",
            style="warn",
        )
        page.pair("approved", waiver.approver)
        page.pair("because", waiver.reason)
    for finding in suppressed[:_MAX_LINES]:
        page.put(
            Span(finding.rule_id, "bold"),
            "suppressed in the evidence",
            indent=2,
            mark="~ ",
            style="warn",
        )
