"""Policy bundles: fetched by digest, pinned, signed by whom the plan names, then read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from attest.aggregate import select
from attest.decode import policies, statement
from attest.errors import AttestError, VerificationError
from attest.fetch import Fetched, Fetcher
from attest.model.artifact import Artifact
from attest.model.attachment import Attachment, Form
from attest.model.policy import File, Policy, PolicyBundle
from attest.model.trust import Method, Verified
from attest.plan import PolicySource
from attest.steps import attested, freshness
from attest.steps.bundle_signature import countersigned
from attest.verify import Verifier
from attest.verify.collection import split


def load(
    fetcher: Fetcher, verifier: Verifier, source: PolicySource, *, at: datetime
) -> PolicyBundle:
    """Return the bundle that ``source`` names, unless it has expired by ``at``.

    Its digest always pins; ``signed_by`` and ``expect`` are checked besides. The plan's own
    entrypoint, engine and data go onto each policy of the bundle.
    """
    wanted = bool(source.signed_by) or source.expect is not None
    fetched = _apart(fetcher.policy(source.source, attached=wanted))
    pinned = verifier.pin(fetched.artifact, source.source.digest or fetched.artifact.digest)
    signatures = _signatures(verifier, fetched, source)
    met = attested.check(verifier, fetched.artifact, fetched.attached, source.expect)
    bundle = policies.load(pinned, fetched.blobs, reference=source.source)
    freshness.check(bundle, source, at)
    return replace(
        countersigned(replace(bundle, signatures=signatures, met=met), source.opa_signature),
        policies=tuple(
            _as_planned(policy, source)
            for policy in select.kept(bundle.policies, source.skip, source.where)
        ),
    )


def _apart(fetched: Fetched) -> Fetched:
    """Take files with several bundles apart: signature and provenance may lie in one."""
    return replace(
        fetched,
        attached=tuple(
            replace(one, artifact=part) for one in fetched.attached for part in _parts(one)
        ),
    )


def _parts(one: Attachment) -> tuple[Artifact, ...]:
    if one.form is not Form.BUNDLE:
        return (one.artifact,)
    try:
        return split(one.artifact)
    except VerificationError:  # refused as it is, by itself, when it is verified
        return (one.artifact,)


def _signatures(verifier: Verifier, fetched: Fetched, source: PolicySource) -> tuple[Verified, ...]:
    if not source.signed_by:
        return ()
    verified: list[Verified] = []
    refusals: list[AttestError] = []
    for bundle in fetched.attached:
        try:
            verified.append(_signature(verifier, fetched.artifact, bundle))
        except AttestError as error:
            refusals.append(error)
    joined = verifier.together(verified)
    for signed in joined:
        if not {signer.name for signer in signed.signers}.isdisjoint(source.signed_by):
            return (signed,)
        refusals.append(_role_problem(verifier, signed, joined, source.signed_by))
    if refusals:
        raise refusals[0]
    wanted = " or ".join(source.signed_by)
    unread = "".join(f"; {r.problem.code}: {r.problem.message}" for r in fetched.refused[:3])
    raise VerificationError(
        "POLICY_UNSIGNED",
        f"expected a signature by {wanted} on {fetched.artifact.digest}; none is attached{unread}",
        where=str(source.source),
    )


def _signature(verifier: Verifier, artifact: Artifact, attached: Attachment) -> Verified:
    """Accept a message signature over the manifest, or a DSSE statement that signs its digest."""
    verified = verifier.attached(attached, [artifact])
    if verified.method is Method.ENVELOPE:
        said = statement.of(verified)
        if said.predicate_type not in statement.SIGNING_PREDICATES:
            raise VerificationError(
                "ATTESTATION_NOT_SIGNATURE",
                f"{said.predicate_type} is an attestation about the bundle, not its signature",
                where=str(attached.artifact.reference),
            )
        if not any(subject.names([artifact.digest]) for subject in said.subjects):
            raise VerificationError(
                "DIGEST_MISMATCH",
                f"the signature names another digest than {artifact.digest}",
                where=str(attached.artifact.reference),
            )
    return verified


def _role_problem(
    verifier: Verifier, one: Verified, others: tuple[Verified, ...], signed_by: tuple[str, ...]
) -> VerificationError:
    """Say who should have signed, and how far a threshold is from being met."""
    for name in signed_by:
        refusal = verifier.shortfall(name, one, others)
        if refusal is not None:
            return refusal
    seen = {signer.name for signer in one.signers}
    return VerificationError(
        "SIGNER_ROLE",
        f"expected {' or '.join(signed_by)}; it is signed by {', '.join(sorted(seen))}",
        where=str(one.artifact.reference),
    )


def _as_planned(policy: Policy, source: PolicySource) -> Policy:
    data = tuple(File(file.path, file.content) for file in source.data)
    return replace(
        policy,
        engine=source.engine or policy.engine,
        entrypoint=source.entrypoint or policy.entrypoint,
        v0_compatible=source.v0_compatible or policy.v0_compatible,
        data=policy.data + data,
    )
