"""Every hostile policy: its reason code, and a next policy that is judged as if nothing was."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from attest.evaluate import Evaluator
from attest.model.verdict import Outcome
from tests.evaluate.hostile.answers import answers
from tests.evaluate.hostile.frames import CLEAN
from tests.evaluate.hostile.programs import Case, programs
from tests.evaluate.hostile.rego import rego
from tests.evaluate.make import LIMITS, code_of, decide, policy

_OWN_MEMORY = 256 << 20
"""Bytes that a worker may have beside what a policy is given: code, mapped and shared, included."""
ALLOWS = policy("package p\n\nallow := true\n")


@pytest.mark.parametrize("case", list(programs()), ids=str)
def test_programs(scratch_evaluator: Evaluator, case: Case) -> None:
    _costs_its_own_verdict(scratch_evaluator, case)
    assert code_of(decide(scratch_evaluator, policy(CLEAN[case.engine]))) == "passed"


@pytest.mark.parametrize("case", list(answers()), ids=str)
def test_answers(scratch_evaluator: Evaluator, case: Case) -> None:
    _costs_its_own_verdict(scratch_evaluator, case)


@pytest.mark.parametrize("case", list(rego()), ids=str)
def test_rego(evaluator: Evaluator, case: Case) -> None:
    _costs_its_own_verdict(evaluator, case)
    assert decide(evaluator, ALLOWS, fuel=10**9, memory=96 << 20).outcome is Outcome.PASSED


def _costs_its_own_verdict(evaluator: Evaluator, case: Case) -> None:
    decision = decide(evaluator, case.make(), case.document, **case.limits)
    assert code_of(decision) in case.codes, decision.problem
    if decision.problem is not None:
        assert decision.findings == ()
    assert _peak(evaluator) < _OWN_MEMORY + 2 * case.limits.get("memory", LIMITS.memory)


def _peak(evaluator: Evaluator) -> int:
    """Return the largest memory that a worker ever had; 0 where the system does not say."""
    sizes = [0]
    for worker in evaluator._pool._workers:  # noqa: SLF001  # nobody else knows them
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii")
            sizes += [int(kib) << 10 for kib in re.findall(r"VmHWM:\s+(\d+) kB", told)]
    return max(sizes)
