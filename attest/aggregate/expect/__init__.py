"""Expectations: whether a signed statement says what somebody expects, and its certificate too.

Pure comparison of what has been verified and read. Certificate and predicate must agree: a workflow
may write whatever it likes into the predicate, but not into the certificate; a builder that is
trusted may know more than the certificate says.
"""

from __future__ import annotations

from collections.abc import Collection

from attest.aggregate.expect import build, github, summary
from attest.aggregate.expect.agreement import agree
from attest.errors import VerificationError
from attest.model.expectation import Expectation
from attest.model.material import Kind, Material
from attest.model.provenance import Provenance, Summary
from attest.model.trust import Signatory, Step


def meet(
    expected: Expectation, material: Material, names: Collection[str] = ()
) -> tuple[Step, ...]:
    """Return the steps by which ``material`` is what is expected; raise `VerificationError`.

    ``names`` are the signers of the plan who may say so; empty means any that is proven. One of
    them has to meet the whole of it: what two certificates say is never put together.
    """
    if expected == Expectation():
        return ()
    signers = [one for one in material.verified.signers if not names or one.name in names]
    refusals: list[VerificationError] = []
    for signer in signers:
        try:
            return _meet(expected, material, signer)
        except VerificationError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    raise VerificationError("EXPECT_UNPROVEN", "nobody who may say so has signed the statement")


def _meet(expected: Expectation, material: Material, signer: Signatory) -> tuple[Step, ...]:
    steps: list[Step] = []
    if expected.build is not None:
        if not isinstance(material.stated, Provenance):
            raise _predicate(material, "SLSA provenance")
        steps += build.check(expected.build, material.stated, signer)
    elif isinstance(material.stated, Provenance):
        agree(material.stated, signer)
    if expected.github is not None:
        steps += github.check(expected.github, signer)
    if expected.summary is not None:
        kind = Kind.SVR if expected.summary.resource is None else Kind.VSA
        if material.kind is not kind or not isinstance(material.stated, Summary):
            raise _predicate(material, f"a {kind}")
        steps += summary.check(expected.summary, material.stated)
    return tuple(steps)


def _predicate(material: Material, what: str) -> VerificationError:
    seen = material.predicate_type or f"a {material.kind}"
    return VerificationError("EXPECT_PREDICATE", f"expected {what}; seen {seen}")
