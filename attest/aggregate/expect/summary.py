"""How a consumer reads a summary (slsa.dev/spec/v1.1/verification_summary, "How to verify").

Signature and subject have been checked before. Each expectation is a pair of a signer and the
verifier that it may speak for; nothing in a summary says who may sign it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attest.errors import VerificationError
from attest.model.expectation import SummaryExpectation
from attest.model.provenance import Summary
from attest.model.trust import Step

_LEVEL = re.compile(r"SLSA_((?:[A-Z]+_)?)LEVEL_([0-9])", re.ASCII)


def check(expected: SummaryExpectation, said: Summary) -> tuple[Step, ...]:
    """Return the steps by which ``said`` is what is expected."""
    return tuple(_steps(expected, said))


def _steps(expected: SummaryExpectation, said: Summary) -> Iterator[Step]:
    yield _equal("SUMMARY_VERIFIER", "verifier", expected.verifier, said.verifier)
    if expected.resource is not None:
        yield _equal("SUMMARY_RESOURCE", "resource", expected.resource, said.resource or "")
    if not said.passed:
        raise VerificationError("SUMMARY_FAILED", f"{said.verifier} says FAILED")
    yield Step("verification result", "PASSED", "PASSED")
    shown = ", ".join(said.levels) or "none"
    for level in expected.levels:
        if not any(implies(seen, level) for seen in said.levels):
            message = f"expected {level} or higher; seen {shown:.300}"
            raise VerificationError("SUMMARY_LEVEL", message)
        yield Step("level", level, shown)
    for level in expected.dependency_levels:
        yield _dependencies(level, said)
    if expected.policy is not None:
        seen = ", ".join(map(str, said.policy)) or "none"
        if expected.policy not in said.policy:
            message = f"expected policy {expected.policy}; seen {seen}"
            raise VerificationError("SUMMARY_POLICY", message)
        yield Step("policy", str(expected.policy), seen)


def implies(seen: str, expected: str) -> bool:
    """Tell whether ``seen`` is ``expected`` or a higher level of its track.

    "Each SLSA level implies the levels below it"; any other value means itself alone.
    """
    high, low = _LEVEL.fullmatch(seen), _LEVEL.fullmatch(expected)
    if high is None or low is None:
        return seen == expected
    return high[1] == low[1] and high[2] >= low[2]


def _dependencies(expected: str, said: Summary) -> Step:
    """Every dependency that is counted must reach the level, and one must be counted."""
    counted = {level: count for level, count in (said.dependencies or {}).items() if count}
    shown = ", ".join(f"{level}: {count}" for level, count in sorted(counted.items())) or "none"
    if not counted or not all(implies(level, expected) for level in counted):
        raise VerificationError(
            "SUMMARY_DEPENDENCY_LEVEL",
            f"expected every dependency at {expected} or higher; seen {shown:.300}",
        )
    return Step("dependencies", expected, shown)


def _equal(code: str, what: str, expected: str, seen: str) -> Step:
    if seen != expected:
        raise VerificationError(code, f"expected {what} {expected}; seen {seen!r:.300}")
    return Step(what, expected, seen)
