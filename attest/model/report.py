"""The aggregate report: everything a gate, an auditor or a renderer needs, in one value.

Field for field the JSON of docs/schemas/report.schema.json, which `attest.report.json` writes and
reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.verdict import CrossCheck, Engine, Finding, Raw, Usage


@frozen
class SubjectLine:
    """One artifact and what was decided about it."""

    name: str
    digest: Mapping[str, str]
    verdict: str
    exit_code: int
    reason: Problem


@frozen
class SignerLine:
    """One proven principal behind a piece of evidence or a policy bundle."""

    name: str
    key: str
    issuer: str | None = None
    identity: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)


@frozen
class TimeLine:
    """One proven time, RFC 3339 in UTC."""

    source: str
    time: str
    authority: str


@frozen
class StepLine:
    """One rung of the ladder: what was checked, what it had to be, what it was."""

    check: str
    expected: str
    seen: str


@frozen
class TrustLine:
    """Why something is believed, or why not: ``verified``, ``pinned`` or ``refused``."""

    status: str
    code: str
    message: str
    signers: tuple[SignerLine, ...] = ()
    times: tuple[TimeLine, ...] = ()
    steps: tuple[StepLine, ...] = ()


@frozen
class EvidenceLine:
    """One file or attachment that was looked at, believed or not.

    ``blocks`` is set when it was refused and its refusal counts against every subject.
    """

    id: str
    source: str
    digest: str
    media_type: str
    kind: str
    predicate_type: str | None
    subjects: tuple[Mapping[str, object], ...]
    relates_to: tuple[str, ...]
    trust: TrustLine
    blocks: bool


@frozen
class PolicyLine:
    """One policy; what it claims about itself is marked as claimed by its place in ``claimed``."""

    id: str
    name: str
    source: str
    digest: str
    version: str | None
    revision: str | None
    author: str | None
    created: str | None
    claimed: tuple[str, ...]
    engine: Engine
    trust: TrustLine
    capabilities: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"declared": (), "granted": (), "used": ()}
    )


@frozen
class ResultLine:
    """One policy's decision about one material of one subject; both may be absent.

    ``blocks`` is set when ``code`` counts against the subject, or against the run without one.
    """

    subject: str | None
    policy: str | None
    material: str | None
    outcome: str
    code: str
    blocks: bool
    findings: tuple[Finding, ...] = ()
    skip_reason: str | None = None
    error: Problem | None = None
    enforced: bool = True
    usage: Usage = Usage()
    cross_check: CrossCheck | None = None
    logs: tuple[str, ...] = ()
    raw: Raw | None = None


@frozen
class RequirementLine:
    """Evidence that the plan demands for one subject, and what met it."""

    subject: str
    requirement: str
    met: bool
    by: tuple[str, ...]
    reason: Problem | None = None


@frozen
class WaiverLine:
    """An accepted exception: who approved it, what it covers, until when."""

    id: str
    policy: str
    rule: str
    finding: str | None
    approver: str
    expires: str
    reason: str
    used: bool


@frozen
class BaselineLine:
    """An accepted report about an earlier artifact: who signed it, what it covers, until when.

    ``digest`` is that of the report's bytes. ``covers`` are the subjects whose findings it may
    know; ``limits`` say what it does not cover, and why. ``known`` counts the findings it excused.
    """

    id: str
    digest: str
    evaluated_at: str
    approver: str
    expires: str
    covers: tuple[str, ...]
    limits: tuple[str, ...]
    known: int


@frozen
class WeakenedLine:
    """One relaxed check: the option, where it was set, what it gives up."""

    option: str
    where: str
    effect: str


@frozen
class Summary:
    """Counts over ``results`` and ``evidence``."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    errors: int = 0
    waived: int = 0
    refused: int = 0
    known: int = 0


@frozen
class Report:
    """The whole run. ``exit_code`` and ``verdict`` follow from ``reason``."""

    verdict: str
    exit_code: int
    reason: Problem
    evaluated_at: str
    attest_version: str
    plan_digest: str
    plan_config: str
    subjects: tuple[SubjectLine, ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    policies: tuple[PolicyLine, ...] = ()
    results: tuple[ResultLine, ...] = ()
    requirements: tuple[RequirementLine, ...] = ()
    waivers: tuple[WaiverLine, ...] = ()
    baselines: tuple[BaselineLine, ...] = ()
    weakened: tuple[WeakenedLine, ...] = ()
    summary: Summary = Summary()


SCHEMA = "attest/report/v1"
