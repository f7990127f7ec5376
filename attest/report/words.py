"""The words that several formats share, so that they all say the same."""

from __future__ import annotations

from attest.model.report import Report, SignerLine, TrustLine
from attest.model.verdict import Finding, Severity
from attest.reasons import REASONS

_WORDS = {0: "PASSED", 1: "FAILED", 3: "FAILED", 4: "REFUSED"}
_SHOWN_HEX = 12


def word(exit_code: int) -> str:
    """Return the verdict in one word; what could not be trusted is REFUSED, not merely failed."""
    return _WORDS.get(exit_code, "ERROR")


def mark(exit_code: int) -> str:
    """Return the mark that stands before the verdict."""
    return "✓ " if exit_code == 0 else "✗ "


def style(exit_code: int) -> str:
    """Return the style of a verdict."""
    return "good" if exit_code == 0 else "bad"


def cause(code: str) -> str:
    """Return why a reason code is given, if it is known."""
    return REASONS[code].cause if code in REASONS else ""


def cure(code: str) -> str:
    """Return what to do about a reason code, if it is known."""
    return REASONS[code].cure if code in REASONS else ""


def short(digest: str) -> str:
    """Return a digest as people compare it: the algorithm and the first twelve digits."""
    algorithm, colon, value = digest.partition(":")
    return f"{algorithm}:{value[:_SHOWN_HEX]}…" if colon and len(value) > _SHOWN_HEX else digest


def severity(finding: Finding) -> str:
    """Return the severity as a word; a missing one says so, because it always blocks."""
    return finding.severity.word if finding.severity is not None else "no severity"


def rank(finding: Finding) -> int:
    """Return how bad a finding is, a missing severity above all."""
    return finding.severity if finding.severity is not None else Severity.CRITICAL + 1


def is_open(finding: Finding) -> bool:
    """Tell whether nothing excuses a finding: no waiver, no baseline, nor the evidence itself."""
    return finding.waived_by is None and finding.known_by is None and not finding.suppressed


def excuse(finding: Finding) -> str:
    """Return in one word why a finding that is not open does not count."""
    if finding.waived_by is not None:
        return "waived"
    return "suppressed" if finding.known_by is None else "known"


def counts(report: Report) -> str:
    """Return the summary in one line; what is zero is left out, but for the results."""
    summary = report.summary
    always = [f"{summary.passed} passed", f"{summary.failed} failed"]
    rest = {
        "error" if summary.errors == 1 else "errors": summary.errors,
        "skipped": summary.skipped,
        "waived": summary.waived,
        "known": summary.known,
        "refused": summary.refused,
        "weakened": len(report.weakened),
    }
    return " · ".join(always + [f"{count} {name}" for name, count in rest.items() if count])


def trusted_by(trust: TrustLine) -> str:
    """Return in a few words why something is believed. A pin is never called a signature."""
    if trust.status == "verified":
        return f"signed by {', '.join(signer.name for signer in trust.signers) or 'nobody named'}"
    return "pinned by its digest, not signed" if trust.status == "pinned" else "refused"


def principal(signer: SignerLine) -> str:
    """Return who a signer was proven to be: an identity, or the holder of a key."""
    return signer.identity or f"the key {short(signer.key)}"
