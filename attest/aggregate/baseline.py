"""What a signed report about an earlier artifact already knew (docs/verdict.md, rule 12).

Only findings can be known: never an error, a refusal, a skip or a missing requirement. What cannot
be shown to be the same finding of the same policy about the same resource is new, and blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime

from attest.aggregate.age import born
from attest.aggregate.types import Piece, Target
from attest.aggregate.witnesses import Witnesses
from attest.model.digest import HEX_LENGTHS
from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.report import Report
from attest.model.trust import Verified
from attest.model.verdict import Finding, Severity
from attest.plan import BaselineRules

BASELINE = "BASELINE"
"""What the report calls the kind of a file that serves as one."""

_DECIDED = frozenset({"passed", "failed"})
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PIN = re.compile(r"@[a-z0-9]+:[0-9a-f]+\Z")


@frozen
class PolicyKey:
    """One policy of a run: its id there, its own name, and the digest of its code and data."""

    id: str
    name: str
    digest: str


@frozen
class Baseline:
    """One accepted report. ``covers`` maps the targets' names to those that the report gives them.

    ``limits`` says in words what it does not cover.
    """

    piece: Piece
    report: Report = field(repr=False)
    approver: str
    expires: datetime
    covers: Mapping[str, str]
    limits: tuple[str, ...]

    @property
    def id(self) -> str:
        """How the report names it."""
        return self.piece.id

    def known(self, policy: PolicyKey, target: Target) -> Known:
        """Return the findings of ``policy`` that were known about ``target``."""
        same = any(PolicyKey(p.id, p.name, p.digest) == policy for p in self.report.policies)
        if not same or target.name not in self.covers:
            return Known(self.id, ())
        name = self.covers[target.name]
        return Known(
            self.id,
            tuple(
                finding
                for result in self.report.results
                if (result.subject, result.policy) == (name, policy.id)
                and result.outcome in _DECIDED
                for finding in result.findings
                if _real(finding)
            ),
        )


@frozen
class Reading:
    """What became of the plan's baseline: accepted, or ``pieces`` say why not."""

    baseline: Baseline | None = None
    pieces: tuple[Piece, ...] = ()


@frozen
class Known:
    """The findings that ``baseline`` knows of one policy about one artifact."""

    baseline: str
    findings: tuple[Finding, ...]

    def mark(self, answers: Sequence[tuple[Finding, ...]]) -> Iterator[tuple[Finding, ...]]:
        """Mark what is known in the answers of that policy; none is left out.

        One known finding excuses one finding: a second one of the same fingerprint is new.
        """
        left = list(self.findings)
        for findings in answers:
            yield tuple(self._mark(finding, left) for finding in findings)

    def _mark(self, finding: Finding, left: list[Finding]) -> Finding:
        if not _real(finding) or not _specific(finding):
            return finding
        fitting = [one for one in left if _same(one, finding) and _rank(finding) <= _rank(one)]
        if not fitting:
            return finding
        left.remove(min(fitting, key=_rank))
        return replace(finding, known_by=self.baseline)


@frozen
class Context:
    """The run that a baseline is to serve. ``policies`` are those that could be loaded."""

    targets: tuple[Target, ...]
    policies: frozenset[tuple[str, str]]
    at: datetime


def admit(
    piece: Piece,
    verified: Verified,
    report: Report,
    rules: BaselineRules,
    witnesses: Witnesses,
    context: Context,
) -> Baseline | Problem:
    """Return the baseline that the verified and sound ``report`` is, or why it does not count."""
    approver = _approver(verified, rules, witnesses)
    if isinstance(approver, Problem):
        return approver
    expires = _expiry(verified, report, rules, context.at)
    if isinstance(expires, Problem):
        return expires
    covers, others = _covers(report, context.targets)
    if not covers:
        return others[0]
    changed = tuple(_changed(report, context.policies))
    if context.policies and len(changed) == len(report.policies):
        message = "; ".join(changed) or "it holds no policy at all"
        return Problem.of("BASELINE_POLICY", message)
    return Baseline(
        piece, report, approver, expires, covers, (*(other.message for other in others), *changed)
    )


def _approver(verified: Verified, rules: BaselineRules, witnesses: Witnesses) -> str | Problem:
    approver = next((s.name for s in verified.signers if s.name in rules.signed_by), None)
    if approver is None:
        seen = ", ".join(sorted(signer.name for signer in verified.signers)) or "nobody"
        expected = " or ".join(rules.signed_by)
        return Problem.of("SIGNER_ROLE", f"expected {expected}; the baseline is signed by {seen}")
    if witnesses.include(verified.signers):
        return Problem.of("BASELINE_SELF_APPROVED", f"{approver} also signs evidence")
    return approver


def _expiry(
    verified: Verified, report: Report, rules: BaselineRules, at: datetime
) -> datetime | Problem:
    """Rule 4: until when the report counts. ``--at`` is nobody's time of completion."""
    try:
        stated = datetime.fromisoformat(report.evaluated_at)
    except ValueError:
        message = f"evaluated_at: {report.evaluated_at} is no time"
        return Problem.of("BASELINE_INVALID", message)
    if stated > at:
        message = f"evaluated at {_show(stated)}, after {_show(at)}"
        return Problem.of("BASELINE_AGE_UNPROVEN", message)
    moved = any(line.option == "--at" for line in report.weakened)
    made = born(verified, None if moved else stated)
    if made is None:
        return Problem.of("BASELINE_AGE_UNPROVEN", "signed with a key, and evaluated with --at")
    if made > at:
        return Problem.of("BASELINE_AGE_UNPROVEN", f"made at {_show(made)}, after {_show(at)}")
    expires = made + rules.max_age
    if expires < at:
        message = f"made at {_show(made)}, so its time was over at {_show(expires)}"
        return Problem.of("BASELINE_TOO_OLD", message)
    return expires


def _covers(
    report: Report, targets: Sequence[Target]
) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """Return which targets the report is an earlier one about, and why the others are not."""
    covers: dict[str, str] = {}
    others: list[Problem] = []
    for target in targets:
        resource = _resource(target.name)
        named = [line for line in report.subjects if resource and _resource(line.name) == resource]
        if len(named) != 1:
            told = ", ".join(line.name for line in report.subjects)
            message = f"{target.name}: the baseline names it {len(named)} times; it is about {told}"
            others.append(Problem.of("BASELINE_SUBJECT", message))
        elif not _is_other(named[0].digest, target):
            message = f"{target.name}: the baseline is about this very artifact, or does not say"
            others.append(Problem.of("BASELINE_SAME_ARTIFACT", message))
        else:
            covers[target.name] = named[0].name
    return covers, tuple(others)


def _resource(name: str) -> str:
    """Return what two versions of an artifact have in common: its name without a digest."""
    if name.partition(":")[0] in HEX_LENGTHS:
        return ""
    return _PIN.sub("", name) if name.startswith(("oci:", "oci-layout:")) else name


def _is_other(stated: Mapping[str, str], target: Target) -> bool:
    """Tell whether every digest that both have differs, and there is one."""
    pairs = [(stated[d.algorithm], d.value) for d in target.digests if d.algorithm in stated]
    return bool(pairs) and all(one != other for one, other in pairs)


def _changed(report: Report, policies: frozenset[tuple[str, str]]) -> Iterator[str]:
    for line in report.policies:
        if (line.name, line.digest) not in policies:
            yield f"policy {line.name}: not in this plan with digest {line.digest}"


def _real(finding: Finding) -> bool:
    """Tell whether nothing excuses the finding: an excuse is not inherited by the next report."""
    return not finding.suppressed and finding.waived_by is None and finding.known_by is None


def _specific(finding: Finding) -> bool:
    """Tell whether the fingerprint names one thing: a bare message could be about anything."""
    named = bool(finding.location) or bool(finding.ids)
    return named and _FINGERPRINT.fullmatch(finding.fingerprint) is not None


def _same(one: Finding, other: Finding) -> bool:
    return (one.rule_id, one.fingerprint) == (other.rule_id, other.fingerprint)


def _rank(finding: Finding) -> int:
    """How bad it is; a missing severity is the worst (rule 8)."""
    return Severity.CRITICAL + 1 if finding.severity is None else finding.severity


def _show(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
