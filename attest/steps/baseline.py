"""The baseline: a signed report of this program about an earlier artifact, verified and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from attest.aggregate.baseline import Baseline, Context, Reading, admit
from attest.aggregate.types import Piece, Target, problem_of
from attest.aggregate.witnesses import Witnesses
from attest.errors import AttestError
from attest.fetch import Fetcher
from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.policy import PolicyBundle
from attest.model.report import Report
from attest.plan import Plan
from attest.report.check import check
from attest.report.json import from_json
from attest.steps import beside
from attest.verify import Verifier

LIMIT = 64 << 20
"""Bytes of one report."""


@frozen
class Run:
    """The run that the baseline is to serve; ``bundles`` that did not load count for nothing."""

    targets: tuple[Target, ...]
    bundles: Iterable[object]
    others: Witnesses


def read(fetcher: Fetcher, verifier: Verifier, plan: Plan, run: Run) -> Reading:
    """Return the plan's baseline, or its refusal, which blocks.

    Raise `FetchError` when the report that the plan names cannot be read.
    """
    rules = plan.baseline
    if rules is None:
        return Reading()
    artifact = fetcher.file(rules.source, limit=LIMIT)
    piece = Piece(str(rules.source), artifact)
    try:
        verified = beside.verify(fetcher, verifier, artifact, rules.signed_by)
    except AttestError as error:
        return Reading(pieces=(replace(piece, problem=problem_of(error)),))
    piece = replace(piece, verified=verified)
    answer: Report | Baseline | Problem = _report(verified.payload)
    if isinstance(answer, Report):
        context = Context(run.targets, _policies(run.bundles), plan.at)
        answer = admit(piece, verified, answer, rules, run.others, context)
    if isinstance(answer, Problem):
        return Reading(pieces=(replace(piece, problem=answer),))
    return Reading(answer, (piece,))


def _report(content: bytes) -> Report | Problem:
    """Read the bytes that were signed; a report that contradicts itself knows nothing."""
    try:
        report = from_json(content)
        check(report)
    except AttestError as error:
        return Problem.of("BASELINE_INVALID", f"{error.code}: {error.message}")
    return report


def _policies(bundles: Iterable[object]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (policy.name, str(policy.digest))
        for bundle in bundles
        if isinstance(bundle, PolicyBundle)
        for policy in bundle.policies
    )
