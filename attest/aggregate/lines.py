"""The report's lines about evidence, trust and policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from attest.aggregate.types import Piece, Target
from attest.model.capability import Capabilities
from attest.model.frozen import frozen
from attest.model.material import Kind, Problem
from attest.model.policy import Claims, Policy, PolicyBundle
from attest.model.report import (
    EvidenceLine,
    PolicyLine,
    SignerLine,
    StepLine,
    TimeLine,
    TrustLine,
)
from attest.model.trust import Method, Step, Verified
from attest.model.verdict import Engine
from attest.model.verdicts import exit_code_of

_CLAIMS = ("version", "revision", "author", "created")


def rfc3339(time: datetime) -> str:
    """Write a time as the report does: UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def blocks(piece: Piece) -> bool:
    """Tell whether a refusal counts against every subject (rule 2). What is no evidence is listed.

    A code without an exit code of its own, such as NOT_EVIDENCE, never blocks.
    """
    return piece.problem is not None and piece.blocks and exit_code_of(piece.problem.code) != 0


def evidence_line(piece: Piece, targets: tuple[Target, ...]) -> EvidenceLine:
    """Describe one piece of evidence, believed or not."""
    material = piece.material
    subjects = material.subjects if material else ()
    return EvidenceLine(
        id=piece.id,
        source=str(piece.artifact.reference),
        digest=str(piece.artifact.digest),
        media_type=piece.artifact.media_type,
        kind=material.kind if material else Kind.UNKNOWN,
        predicate_type=material.predicate_type if material else None,
        subjects=tuple(
            {"name": subject.name, "digest": {d.algorithm: d.value for d in subject.digests}}
            for subject in subjects
        ),
        relates_to=tuple(target.name for target in targets if piece.relates_to(target)),
        trust=trust_line(
            piece.verified or (material.verified if material else None), piece.problem
        ),
        blocks=blocks(piece),
    )


@frozen
class Capacity:
    """What a policy was granted, and what of it it used."""

    granted: Capabilities = Capabilities()
    used: tuple[str, ...] = ()


_NOTHING = Capacity()


def policy_line(
    policy_id: str,
    policy: Policy,
    bundle: PolicyBundle,
    engine: Engine,
    capacity: Capacity = _NOTHING,
) -> PolicyLine:
    """Describe one policy and why its bundle is believed."""
    declared = policy.capabilities or Capabilities()
    claims = _claims(policy.claims, bundle.claims)
    verified = bundle.signatures[0] if bundle.signatures else bundle.verified
    return PolicyLine(
        id=policy_id,
        name=policy.name,
        source=str(bundle.source),
        digest=str(policy.digest),
        version=claims.version,
        revision=claims.revision,
        author=claims.author,
        created=claims.created,
        claimed=tuple(name for name in _CLAIMS if getattr(claims, name) is not None),
        engine=engine,
        trust=_with_steps(trust_line(verified, None), bundle.met),
        capabilities={
            "declared": declared.words(),
            "granted": capacity.granted.words(),
            "used": capacity.used,
        },
    )


def trust_line(verified: Verified | None, problem: Problem | None) -> TrustLine:
    """Say why something is believed, or why not. A pin is never shown as a signature."""
    if problem is not None:
        return _proof(verified, "refused", problem.code, problem.message)
    if verified is None:
        return TrustLine("refused", "UNSIGNED", "nothing vouches for it")
    if verified.method is Method.PIN:
        return _proof(verified, "pinned", "PINNED", f"its digest is pinned: {verified.signed}")
    names = ", ".join(signer.name for signer in verified.signers)
    return _proof(verified, "verified", "VERIFIED", f"signed by {names}")


def _with_steps(line: TrustLine, steps: tuple[Step, ...]) -> TrustLine:
    """Add the steps by which a bundle's own provenance is what was expected."""
    met = tuple(StepLine(step.check, step.expected, step.seen) for step in steps)
    return replace(line, steps=(*line.steps, *met))


def _proof(verified: Verified | None, status: str, code: str, message: str) -> TrustLine:
    if verified is None:
        return TrustLine(status, code, message)
    return TrustLine(
        status,
        code,
        message,
        signers=tuple(
            SignerLine(s.name, str(s.key), s.issuer, s.identity, dict(s.claims))
            for s in verified.signers
        ),
        times=tuple(TimeLine(t.source, rfc3339(t.time), t.authority) for t in verified.times),
        steps=tuple(StepLine(s.check, s.expected, s.seen) for s in verified.steps),
    )


def _claims(policy: Claims, bundle: Claims) -> Claims:
    """Take what the policy says of itself before what its bundle says."""
    return Claims(
        *(getattr(policy, name) or getattr(bundle, name) for name in (*_CLAIMS, "description"))
    )
