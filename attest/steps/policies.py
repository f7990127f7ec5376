"""Policy bundles: fetched by digest, pinned, signed by whom the plan names, then read."""

from __future__ import annotations

from dataclasses import replace

from attest.decode import policies, statement
from attest.errors import AttestError, VerificationError
from attest.fetch import Fetched, Fetcher
from attest.model.artifact import Artifact
from attest.model.policy import File, Policy, PolicyBundle
from attest.model.trust import Method, Verified
from attest.plan import PolicySource
from attest.verify import Verifier


def load(fetcher: Fetcher, verifier: Verifier, source: PolicySource) -> PolicyBundle:
    """Return the bundle that ``source`` names.

    Its digest always pins; ``signed_by`` is checked besides. The plan's own entrypoint, engine and
    data go onto each policy of the bundle.
    """
    fetched = fetcher.policy(source.source, attached=bool(source.signed_by))
    pinned = verifier.pin(fetched.artifact, source.source.digest or fetched.artifact.digest)
    signatures = _signatures(verifier, fetched, source)
    bundle = policies.load(pinned, fetched.blobs, reference=source.source)
    return replace(
        bundle,
        signatures=signatures,
        policies=tuple(_as_planned(policy, source) for policy in bundle.policies),
    )


def _signatures(verifier: Verifier, fetched: Fetched, source: PolicySource) -> tuple[Verified, ...]:
    if not source.signed_by:
        return ()
    refusals: list[AttestError] = []
    for bundle in fetched.attached:
        try:
            return (_signature(verifier, fetched.artifact, bundle, source.signed_by),)
        except AttestError as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]
    wanted = " or ".join(source.signed_by)
    unread = "".join(f"; {r.problem.code}: {r.problem.message}" for r in fetched.refused[:3])
    raise VerificationError(
        "POLICY_UNSIGNED",
        f"expected a signature by {wanted} on {fetched.artifact.digest}; none is attached{unread}",
        where=str(source.source),
    )


def _signature(
    verifier: Verifier, artifact: Artifact, bundle: Artifact, signed_by: tuple[str, ...]
) -> Verified:
    """Accept a message signature over the manifest, or a DSSE statement that signs its digest."""
    verified = verifier.bundle(bundle, [artifact])
    if verified.method is Method.ENVELOPE:
        said = statement.of(verified)
        if said.predicate_type not in statement.SIGNING_PREDICATES:
            raise VerificationError(
                "ATTESTATION_NOT_SIGNATURE",
                f"{said.predicate_type} is an attestation about the bundle, not its signature",
                where=str(bundle.reference),
            )
        if not any(subject.names([artifact.digest]) for subject in said.subjects):
            raise VerificationError(
                "DIGEST_MISMATCH",
                f"the signature names another digest than {artifact.digest}",
                where=str(bundle.reference),
            )
    seen = {signer.name for signer in verified.signers}
    if not seen.intersection(signed_by):
        raise VerificationError(
            "SIGNER_ROLE",
            f"expected {' or '.join(signed_by)}; it is signed by {', '.join(sorted(seen))}",
            where=str(bundle.reference),
        )
    return verified


def _as_planned(policy: Policy, source: PolicySource) -> Policy:
    data = tuple(File(file.path, file.content) for file in source.data)
    return replace(
        policy,
        engine=source.engine or policy.engine,
        entrypoint=source.entrypoint or policy.entrypoint,
        v0_compatible=source.v0_compatible or policy.v0_compatible,
        data=policy.data + data,
    )
