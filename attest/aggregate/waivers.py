"""Signed exceptions: scoped, expiring, approved by nobody who signs evidence.

Only findings can be waived: never an error, a refusal, a skip or a missing requirement
(docs/verdict.md, rule 12).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from attest.aggregate.types import Piece, Target
from attest.aggregate.witnesses import Witnesses
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.material import Material, Problem
from attest.model.verdict import Finding
from attest.plan import WaiverRules


@frozen
class Waiver:
    """One accepted exception. ``ids`` and ``fingerprint`` both empty: the whole rule.

    ``package_alone`` says that only a package is named: it covers what has no other name, such as
    its licence, and not every advisory about it.
    """

    id: str
    piece: Piece
    policy: str
    rule: str
    ids: frozenset[str]
    package_alone: bool
    fingerprint: str
    approver: str
    expires: datetime
    reason: str

    def covers(self, policy: str, finding: Finding) -> bool:
        """Tell whether this waiver names ``finding`` of ``policy``."""
        if (self.policy, self.rule) != (policy, finding.rule_id):
            return False
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        found = frozenset(finding.ids)
        return self.ids == found if self.package_alone else self.ids <= found


def admit(piece: Piece, rules: WaiverRules, witnesses: Witnesses, at: datetime) -> Waiver | Problem:
    """Return the waiver that verified ``piece`` holds, or why it does not count."""
    material = piece.material
    if material is None:
        return piece.problem or Problem.of("UNSIGNED", "not a verified waiver")
    approver = next(
        (s for s in material.verified.signers if s.name in rules.signed_by),
        None,
    )
    if approver is None:
        return Problem.of(
            "SIGNER_ROLE", f"a waiver must be signed by {' or '.join(rules.signed_by)}"
        )
    if witnesses.include(material.verified.signers):
        return Problem.of("WAIVER_SELF_APPROVED", f"{approver.name} also signs evidence")
    waiver = _read(piece, material, approver.name)
    return _limits_problem(waiver, material, rules, at) or waiver


def apply(
    waivers: tuple[Waiver, ...], policy: str, target: Target, findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Mark each finding that a waiver about ``target`` covers; none is left out."""
    here = [waiver for waiver in waivers if waiver.piece.relates_to(target)]
    marked = []
    for finding in findings:
        cover = next((waiver for waiver in here if waiver.covers(policy, finding)), None)
        marked.append(replace(finding, waived_by=cover.id) if cover else finding)
    return tuple(marked)


def _read(piece: Piece, material: Material, approver: str) -> Waiver:
    predicate: dict[str, Any] = strict_json.parse(material.document)["predicate"]
    finding = predicate.get("finding") or {}
    ids = frozenset(str(finding[key]) for key in ("id", "purl") if finding.get(key))
    return Waiver(
        id=piece.id,
        piece=piece,
        policy=str(predicate["policy"]),
        rule=str(predicate["rule"]),
        ids=ids,
        package_alone=bool(ids) and not finding.get("id"),
        fingerprint=str(finding.get("fingerprint") or ""),
        approver=approver,
        expires=datetime.fromisoformat(predicate["expires"]).astimezone(UTC),
        reason=str(predicate.get("reason") or ""),
    )


def _limits_problem(
    waiver: Waiver, material: Material, rules: WaiverRules, at: datetime
) -> Problem | None:
    if waiver.expires <= at:
        return Problem.of("WAIVER_EXPIRED", f"expired at {waiver.expires:%Y-%m-%dT%H:%M:%SZ}")
    starts = [proven.time for proven in material.verified.times]
    if material.completed_at is not None:
        starts.append(material.completed_at)
    if not starts:
        return Problem.of("WAIVER_TOO_LONG", "neither a timestamp nor `issued` says when it began")
    if min(starts) > at:
        return Problem.of("WAIVER_NOT_YET", f"begins at {min(starts):%Y-%m-%dT%H:%M:%SZ}")
    if waiver.expires - min(starts) > rules.max_duration:
        days = rules.max_duration.days
        return Problem.of("WAIVER_TOO_LONG", f"runs until {waiver.expires:%Y-%m-%d}; limit {days}d")
    if not waiver.ids and not waiver.fingerprint and not rules.allow_rule_wide:
        return Problem.of("WAIVER_TOO_WIDE", f"covers every finding of rule {waiver.rule}")
    return None
