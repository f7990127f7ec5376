"""Small values for the rules to work on; nothing here is verified, only shaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attest.aggregate.types import Piece, Target, Task
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.material import Kind, Material, Problem, Subject
from attest.model.policy import File, Policy
from attest.model.trust import Method, ProvenTime, Signatory, Verified
from attest.model.verdict import Decision, Engine, Finding, Outcome, Severity
from attest.plan import PolicySource, Requirement, Selector

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENGINE = Engine("rego", "1")
APP = Target("app.tar.gz", (Digest.of(b"app"),))
OTHER = Target("other.tar.gz", (Digest.of(b"other"),))


def material(  # noqa: PLR0913  # each argument is one thing a rule looks at
    kind: Kind = Kind.SARIF,
    *,
    about: Target = APP,
    signer: str = "scan",
    predicate_type: str | None = None,
    document: bytes = b"{}",
    completed_at: datetime | None = None,
    not_before: datetime | None = None,
    times: tuple[datetime, ...] = (),
    rules: frozenset[str] = frozenset(),
    unsound: Problem | None = None,
    name: str | None = None,
) -> Material:
    """Return a verified material about ``about``, signed by ``signer``."""
    artifact = Artifact.of(Reference("file", "evidence/x"), document + kind.encode())
    verified = Verified(
        artifact,
        Method.ENVELOPE,
        document,
        "application/vnd.in-toto+json",
        Digest.of(document + kind.encode()),
        signers=(Signatory(signer, Digest.of(signer.encode())),),
        times=tuple(ProvenTime("tsa", time, "tsa") for time in times),
        not_before=not_before,
    )
    return Material(
        kind,
        predicate_type,
        name,
        (Subject("app", about.digests),),
        document,
        verified,
        completed_at,
        rules,
        unsound,
    )


def piece(made: Material, name: str = "evidence/x", problem: Problem | None = None) -> Piece:
    """Return ``made`` as a piece of evidence."""
    return Piece(name, made.verified.artifact, made, made.verified, problem)


def refused(
    code: str = "SIGNATURE_INVALID", claimed: str | None = None, *, blocks: bool = True
) -> Piece:
    """Return a piece that was refused before it was decoded."""
    artifact = Artifact.of(Reference("file", "evidence/bad"), b"bad")
    return Piece(
        "evidence/bad", artifact, problem=Problem(code, "bad", ""), claimed=claimed, blocks=blocks
    )


def policy(*kinds: str, name: str = "p") -> Policy:
    """Return a policy that asks for ``kinds``."""
    return Policy(name, (File("p.rego", b"package p"),), Digest.of(b"p"), kinds=kinds)


def source(
    *,
    on_skip: str = "fail",
    enforce: bool = True,
    combine: bool = False,
    applies: Selector | None = None,
) -> PolicySource:
    """Return a plan's entry for a policy."""
    return PolicySource(
        Reference("oci-layout", "policies", Digest.of(b"m")),
        "policies[0]",
        on_skip=on_skip,
        enforce=enforce,
        combine=combine,
        applies_to=applies or Selector(),
    )


def requirement(
    *,
    kind: Kind = Kind.SARIF,
    max_age: timedelta | None = None,
    signed_by: tuple[str, ...] = (),
    at_least: int = 1,
    rules: tuple[str, ...] = (),
) -> Requirement:
    """Return a requirement for ``kind``."""
    selector = Selector(kinds=(kind,))
    return Requirement(selector, "required[0]", signed_by, max_age, at_least, rules)


def task(*pieces: Piece, target: Target = APP, selected: bool = False) -> Task:
    """Return a question about ``target``."""
    return Task(target, pieces, selected)


def decision(outcome: Outcome, *findings: Finding, problem: Problem | None = None) -> Decision:
    """Return a policy's answer."""
    return Decision(outcome, ENGINE, findings, problem=problem)


def finding(severity: Severity | None = Severity.HIGH, rule: str = "r", **more: str) -> Finding:
    """Return a finding of ``rule``."""
    ids = (more["id"],) if "id" in more else ()
    return Finding(rule, "message", severity, fingerprint=more.get("fingerprint", ""), ids=ids)
