"""What a plan expects of a policy bundle's own history: a statement that is attached to it."""

from __future__ import annotations

from collections.abc import Sequence

from attest.aggregate.expect import meet
from attest.decode import decode
from attest.errors import AttestError, VerificationError
from attest.model.artifact import Artifact
from attest.model.attachment import Attachment
from attest.model.provenance import Provenance
from attest.model.trust import Method, Step, Verified
from attest.plan import ExpectedStatement
from attest.verify import Verifier


def check(
    verifier: Verifier,
    bundle: Artifact,
    attached: Sequence[Attachment],
    expected: ExpectedStatement | None,
) -> tuple[Step, ...]:
    """Return the steps by which an attached statement about ``bundle`` is what is expected.

    One that is suffices; what else is attached is another matter. Raise why none is, or
    POLICY_PROVENANCE_MISSING.
    """
    if expected is None:
        return ()
    refusals: list[AttestError] = []
    for one in attached:
        try:
            verified = verifier.attached(one, [bundle])
            if verified.method is Method.ENVELOPE:
                return _meet(verified, bundle, expected)
        except AttestError as error:
            refusals.append(error)
    stated = [one for one in refusals if one.code != "EXPECT_PREDICATE"]
    if stated:
        raise stated[0]
    raise VerificationError(
        "POLICY_PROVENANCE_MISSING",
        f"expected a statement by {' or '.join(expected.signed_by)} about {bundle.digest};"
        f" {len(attached)} attached, none of that kind",
        where=str(bundle.reference),
    )


def _meet(verified: Verified, bundle: Artifact, expected: ExpectedStatement) -> tuple[Step, ...]:
    material = decode(verified)
    wanted = expected.expectation
    if wanted.summary is None and not isinstance(material.stated, Provenance):
        message = f"expected SLSA provenance; seen {material.predicate_type}"
        raise VerificationError("EXPECT_PREDICATE", message)
    if not any(subject.names([bundle.digest]) for subject in material.subjects):
        raise VerificationError(
            "DIGEST_MISMATCH", f"the statement is about another bundle than {bundle.digest}"
        )
    seen = {signer.name for signer in verified.signers}
    if seen.isdisjoint(expected.signed_by):
        by, wanted_by = ", ".join(sorted(seen)), " or ".join(expected.signed_by)
        raise VerificationError("SIGNER_ROLE", f"expected {wanted_by}; it is signed by {by}")
    return meet(wanted, material, expected.signed_by)
