"""What follows from what: the rules by which a run is decided and a stored report is checked.

Both sides use these functions, so that no report can be written that its own reader would refuse
(README, "Exit codes").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attest.model.material import Problem
from attest.model.report import EvidenceLine, ResultLine, Summary
from attest.reasons import EXIT_PRECEDENCE, REASONS

_BUG = 70
_VERDICTS = {0: "passed", 1: "failed", 3: "failed", 4: "failed"}


def exit_code_of(code: str) -> int:
    """Return the exit code of a reason code; an unknown one is a bug."""
    return REASONS[code].exit_code if code in REASONS else _BUG


def verdict_of(exit_code: int) -> str:
    """Return the verdict that an exit code stands for: ``passed``, ``failed`` or ``error``."""
    return _VERDICTS.get(exit_code, "error")


def rank(exit_code: int) -> int:
    """Return the place of an exit code in the table, the worst first; an unknown one is worst."""
    return EXIT_PRECEDENCE.index(exit_code) if exit_code in EXIT_PRECEDENCE else -1


def better(one: int, other: int) -> bool:
    """Tell whether exit code ``one`` is better than ``other``."""
    return rank(one) > rank(other)


def worst(exit_codes: Iterable[int]) -> int:
    """Return the worst of some exit codes; 0 for none."""
    return min(exit_codes, key=rank, default=0)


def worst_reason(problems: Iterable[Problem]) -> Problem:
    """Return the worst reason; the first of equals. No problem at all is PASSED."""
    passed = Problem("PASSED", REASONS["PASSED"].cause, "")
    return min(problems, key=lambda problem: rank(exit_code_of(problem.code)), default=passed)


def summarize(results: Sequence[ResultLine], evidence: Sequence[EvidenceLine]) -> Summary:
    """Count results by outcome, waived and known findings, and refused evidence.

    What is only listed (NOT_EVIDENCE, NOTHING_ATTACHED: exit code 0) is nothing that was refused.
    """
    outcomes = [result.outcome for result in results]
    return Summary(
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        skipped=outcomes.count("skipped"),
        errors=outcomes.count("error"),
        waived=sum(f.waived_by is not None for result in results for f in result.findings),
        refused=sum(map(_is_refusal, evidence)),
        known=sum(f.known_by is not None for result in results for f in result.findings),
    )


def _is_refusal(line: EvidenceLine) -> bool:
    return line.trust.status == "refused" and exit_code_of(line.trust.code) != 0
