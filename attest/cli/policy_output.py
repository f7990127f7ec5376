"""What ``attest policy eval`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from attest.model.policy import Policy
from attest.model.verdict import Decision, Finding, Outcome
from attest.reasons import REASONS
from attest.report.escape import plain

_COLOURS = {
    Outcome.PASSED: "32;1",
    Outcome.FAILED: "31;1",
    Outcome.SKIPPED: "33;1",
    Outcome.ERROR: "31;1",
}


def exit_code(decision: Decision) -> int:
    """0 passed, 1 failed, 3 skipped or ignored, and the code of its cause for an error."""
    if decision.outcome is Outcome.ERROR:
        problem = decision.problem
        return REASONS[problem.code].exit_code if problem else 6
    if decision.outcome is Outcome.FAILED:
        return 1
    return 3 if decision.outcome is Outcome.SKIPPED or decision.ignored else 0


def document(decision: Decision, used: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON form; ``used`` are the host calls that were answered."""
    problem = decision.problem
    raw = {"raw": asdict(decision.raw)} if decision.raw is not None else {}
    return {
        "outcome": decision.outcome.word,
        "skipped": decision.outcome is Outcome.SKIPPED,
        "skip_reasons": list(decision.skip_reasons),
        "ignored": decision.ignored,
        "violations": [finding.message for finding in decision.findings],
        "findings": [_finding(finding) for finding in decision.findings],
        "result": json.loads(decision.result) if decision.result is not None else None,
        "engine": {
            "name": decision.engine.name,
            "version": decision.engine.version,
            "digest": decision.engine.digest,
        },
        "usage": {"duration_ms": decision.usage.duration_ms, "fuel": decision.usage.fuel},
        "cross_check": _cross_check(decision),
        "capabilities": {"used": list(used)},
        "error": problem
        and {"code": problem.code, "message": problem.message, "hint": problem.hint},
        "logs": list(decision.logs),
        **raw,
    }


def lines(policy: Policy, decision: Decision, *, color: bool, logs: bool) -> Iterator[str]:
    """Yield the text form."""
    word = decision.outcome.name
    if color:
        word = f"\x1b[{_COLOURS[decision.outcome]}m{word}\x1b[0m"
    engine = f"{decision.engine.name} {decision.engine.version}".strip()
    yield f"{word}  {plain(policy.name)}  ({engine}; the policy is not verified)"
    if decision.problem is not None:
        yield f"  {decision.problem.code}: {plain(decision.problem.message)}"
        yield f"  hint: {plain(decision.problem.hint)}"
    for reason in decision.skip_reasons:
        yield f"  skipped: {plain(reason)}"
    for finding in decision.findings:
        severity = finding.severity.word if finding.severity is not None else "no severity"
        place = f"  at {plain(finding.location)}" if finding.location else ""
        yield f"  - [{severity}] {plain(finding.message)}{place}"
        if finding.remediation:
            yield f"    {plain(finding.remediation)}"
    if decision.cross_check is not None:
        check = decision.cross_check
        answer = {True: "agrees", False: "disagrees", None: "cannot tell"}[check.agrees]
        detail = f": {plain(check.detail)}" if check.detail else ""
        yield f"  second opinion: {check.engine.name} {check.engine.version} {answer}{detail}"
    for line in decision.logs if logs else ():
        yield f"  | {plain(line)}"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule_id": finding.rule_id,
        "severity": finding.severity.word if finding.severity is not None else None,
        "message": finding.message,
        "location": finding.location,
        "remediation": finding.remediation,
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed,
    }


def _cross_check(decision: Decision) -> dict[str, Any] | None:
    check = decision.cross_check
    if check is None:
        return None
    engine = {"name": check.engine.name, "version": check.engine.version}
    return {"engine": engine, "agrees": check.agrees, "detail": check.detail}
