"""What was looked at, and why it was believed or not."""

from __future__ import annotations

from attest.model.report import EvidenceLine, Report, SignerLine, TrustLine
from attest.report import words
from attest.report.options import Options
from attest.report.text.page import Page, Span

_MAX_LINES = 30
_NOT_EVIDENCE = "NOT_EVIDENCE"


def section(page: Page, report: Report, options: Options) -> None:
    """Add every piece of evidence: refused ones first, then accepted, unrelated, and the rest."""
    if not report.evidence:
        return
    page.title("Evidence")
    introduced: set[SignerKey] = set()
    ordered = sorted(report.evidence, key=_order)
    shown = ordered if options.verbose else ordered[:_MAX_LINES]
    for line in shown:
        _line(page, line, options, introduced)
    if len(shown) < len(ordered):
        page.put(f"… and {len(ordered) - len(shown)} more (-v shows all)", indent=2)


SignerKey = tuple[str, str, str | None, str | None]


def _order(line: EvidenceLine) -> int:
    if line.trust.status == "refused":
        if line.trust.code == _NOT_EVIDENCE:
            return 4
        return 0 if line.blocks else 1
    return 2 if line.relates_to else 3


def _line(page: Page, line: EvidenceLine, options: Options, introduced: set[SignerKey]) -> None:
    trust, kind = line.trust, line.kind
    if trust.code == _NOT_EVIDENCE:
        page.put(line.source, Span("not evidence", "dim"), indent=2, mark="· ", style="dim")
        return
    if trust.status == "refused":
        note = "" if line.blocks else Span("does not block", "warn", whole=True)
        mark, style = ("✗ ", "bad") if line.blocks else ("- ", "warn")
        page.put(Span(line.source, "bold"), kind, note, indent=2, mark=mark, style=style)
        page.reason(trust.code, trust.message, indent=6)
        page.hint(words.cure(trust.code), indent=6)
        _why(page, trust, introduced, options)
    elif not line.relates_to:
        about = Span("about another artifact", "dim", whole=True)
        page.put(line.source, kind, about, indent=2, mark="· ", style="dim")
    else:
        page.put(Span(line.source, "bold"), kind, indent=2, mark="✓ ", style="good")
        _why(page, trust, introduced, options)
    if options.verbose:
        _ladder(page, line)


def _why(page: Page, trust: TrustLine, introduced: set[SignerKey], options: Options) -> None:
    if trust.status == "pinned":
        page.pair("pinned", "trusted by its digest in the plan, not signed")
    for signer in trust.signers:
        _signer(page, signer, introduced)
    if options.verbose:
        for time in trust.times:
            page.pair("proven at", f"{time.time} ({time.source} {time.authority})")
    elif trust.times:
        times = ", ".join(f"{time.time} ({time.source})" for time in trust.times)
        page.pair("proven at", times)


def _signer(page: Page, signer: SignerLine, introduced: set[SignerKey]) -> None:
    """Add one signer; who it is in full only the first time."""
    key = (signer.name, signer.key, signer.issuer, signer.identity)
    if key in introduced:
        page.pair("signed by", signer.name, Span("the same", "dim"))
        return
    introduced.add(key)
    if signer.identity is None:
        page.pair("signed by", signer.name, Span(f"key {words.short(signer.key)}", "dim"))
        return
    page.pair("signed by", signer.name)
    page.pair("identity", signer.identity)
    if signer.issuer is not None:
        page.pair("issuer", signer.issuer)


def _ladder(page: Page, line: EvidenceLine) -> None:
    """Add what only -v shows: digest, claims, steps."""
    page.pair("digest", line.digest)
    if line.predicate_type:
        page.pair("predicate", line.predicate_type)
    for signer in line.trust.signers:
        for name, value in sorted(signer.claims.items()):
            page.pair("claim", f"{name} = {value}")
    steps(page, line.trust)


def steps(page: Page, trust: TrustLine, mark: str = "✓ ", style: str = "good") -> None:
    """Add every step of evidence or of a policy; a refusal stands in the code and message."""
    for step in trust.steps:
        page.put(step.check, indent=6, mark=mark, style=style)
        if step.seen == step.expected:
            page.pair("is", Span(step.seen, "dim"), indent=8)
        else:
            page.pair("expected", Span(step.expected, "dim"), indent=8)
            page.pair("seen", Span(step.seen, "dim"), indent=8)
