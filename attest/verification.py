"""Signatures and attestations against one subject: trust alone, no policy.

`attest verify`, `attest.verify_bundle` and `attest.verify_bundles` are this file. Whether the
predicate is good news is not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Union

from attest.decode import statement
from attest.errors import AttestError, UsageError, VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import HEX_LENGTHS, NAMES, Digest
from attest.model.frozen import frozen
from attest.model.trust import Method, Step, Trust, Verified
from attest.verify import Verifier

if TYPE_CHECKING:
    from attest.model.attachment import Attachment, CosignAnnotations

IN_MEMORY = Reference("file", "<bundle>")
"""Where a bundle handed over as bytes says it came from."""

Subject = Sequence[Artifact | Digest]
"""What a signature must be about: bytes, or digests where they are all there is."""

_UNREADABLE = frozenset({"BUNDLE_MALFORMED", "BUNDLE_TYPE"})


class Checked(NamedTuple):
    """A signature that verifies for a subject; ``statement`` is set for an attestation.

    ``met`` are the steps by which it is what was expected besides.
    """

    verified: Verified
    statement: statement.Statement | None
    met: tuple[Step, ...] = ()


class Detached(NamedTuple):
    """A signature in a file of its own, and the parts that belong to it."""

    artifact: Artifact
    parts: CosignAnnotations


Item = Union[Artifact, Detached, "Attachment"]
Outcome = Checked | AttestError
Spread = Callable[[Callable[[Item], Outcome], Sequence[Item]], Iterable[Outcome]]


@frozen
class Conditions:
    """What is demanded besides a signer and the subject.

    ``predicate_type`` is the statement's; ``max_age`` is counted back from ``at``
    (docs/verdict.md, rule 4); ``signer`` is a name that must be among those who signed, for
    thresholds. Each of ``expect`` returns the steps by which a signature is what it expects, or
    raises `VerificationError`.
    """

    at: datetime
    predicate_type: str | None = None
    max_age: timedelta | None = None
    signer: str | None = None
    expect: tuple[Callable[[Checked], tuple[Step, ...]], ...] = ()


def verify_bundle(
    bundle: bytes, subject: Digest | bytes, trust: Trust, *, at: datetime
) -> Verified:
    """Return what is proven about ``bundle``, in any form that is read, about ``subject``.

    Raises `attest.errors.VerificationError` (code, message, hint) when anything is not proven.
    """
    return check(Artifact.of(IN_MEMORY, bundle), _subject(subject), Verifier(trust, at)).verified


def verify_bundles(
    bundles: Iterable[bytes], subject: Digest | bytes, trust: Trust, *, at: datetime
) -> tuple[Verified | AttestError, ...]:
    """Return what is proven about each of ``bundles``, in order; a refusal stops no other.

    Keys, roots and patterns are parsed once. Raises `UsageError` for those alone.
    """
    artifacts = [Artifact.of(IN_MEMORY, bundle) for bundle in bundles]
    found = check_all(artifacts, _subject(subject), Verifier(trust, at), Conditions(at))
    return tuple(one.verified if isinstance(one, Checked) else one for one in found)


def check(item: Item, subject: Subject, verifier: Verifier) -> Checked:
    """Verify ``item`` and that it is about ``subject``."""
    return _check(item, subject, _all_digests(subject), verifier)


def check_all(
    items: Iterable[Item],
    subject: Subject,
    verifier: Verifier,
    conditions: Conditions,
    *,
    spread: Spread = map,
) -> tuple[Outcome, ...]:
    """Verify every one of ``items``, in order; what is refused is an outcome like another.

    Thresholds are met over the items together, by those that verify. ``spread`` applies the
    check to each of them, in order, as ``map`` does.
    """
    digests = _all_digests(subject)

    def outcome(item: Item) -> Outcome:
        try:
            return _check(item, subject, digests, verifier)
        except UsageError:
            raise
        except AttestError as error:
            return error

    found = tuple(spread(outcome, list(items)))
    proven = [one for one in found if isinstance(one, Checked)]
    together = iter(verifier.together([one.verified for one in proven]))
    joined = [
        one._replace(verified=next(together)) if isinstance(one, Checked) else one for one in found
    ]
    everyone = [one.verified for one in joined if isinstance(one, Checked)]
    return tuple(_demanded(one, everyone, verifier, conditions) for one in joined)


def decide(outcomes: Sequence[Outcome], *, every: bool = False) -> AttestError | None:
    """Return why ``outcomes`` do not suffice: one that verifies does, unless ``every`` must."""
    if not outcomes:
        return VerificationError("SIGNATURE_MISSING", "there was nothing to verify")
    refusals = [one for one in outcomes if not isinstance(one, Checked)]
    if not refusals or (len(refusals) < len(outcomes) and not every):
        return None
    first = refusals[0]
    if len(outcomes) == 1:
        return first
    message = f"{len(refusals)} of {len(outcomes)} are refused; the first: {first.message}"
    return type(first)(first.code, message, hint=first.hint, where=first.where)


def _demanded(
    one: Outcome, everyone: Sequence[Verified], verifier: Verifier, conditions: Conditions
) -> Outcome:
    if not isinstance(one, Checked):
        return one
    try:
        _demand_signer(one.verified, everyone, verifier, conditions.signer)
        _demand_predicate(one.statement, conditions.predicate_type)
        _demand_age(one.verified, conditions)
        met = tuple(step for expect in conditions.expect for step in expect(one))
    except AttestError as error:
        error.where = error.where or str(one.verified.artifact.reference)
        return error
    return one._replace(met=met)


def _check(item: Item, subject: Subject, digests: frozenset[Digest], verifier: Verifier) -> Checked:
    artifact = item if isinstance(item, Artifact) else item.artifact
    try:
        verified = _verify(item, subject, verifier)
    except VerificationError as error:
        if error.code in _UNREADABLE:
            raise _told_what_it_is(error, artifact) from None
        raise
    if verified.method is Method.MESSAGE:  # over one of ``subject``, or it would not have verified
        return Checked(verified, None)
    said = statement.of(verified, also=NAMES & {digest.algorithm for digest in digests})
    if not any(about.names(digests) for about in said.subjects):
        named = {digest for about in said.subjects for digest in about.digests}
        raise _other_subject(artifact, digests, named)
    return Checked(verified, said)


def _verify(item: Item, subject: Subject, verifier: Verifier) -> Verified:
    if isinstance(item, Artifact):
        return verifier.bundle(item, subject)
    if isinstance(item, Detached):
        return verifier.detached(item.artifact, item.parts, subject)
    return verifier.attached(item, subject)


def _subject(subject: Digest | bytes) -> Subject:
    if isinstance(subject, bytes):
        return [Artifact.of(Reference("file", "<subject>"), subject)]
    return [subject]


def _all_digests(subject: Subject) -> frozenset[Digest]:
    """Return every digest that a statement may name the subject by."""
    return frozenset(digest for item in subject for digest in _digests(item))


def _digests(item: Artifact | Digest) -> tuple[Digest, ...]:
    if isinstance(item, Digest):
        return (item,)
    return tuple(Digest.of(item.content, algorithm) for algorithm in HEX_LENGTHS)


def _other_subject(
    bundle: Artifact, expected: frozenset[Digest], seen: set[Digest]
) -> VerificationError:
    algorithms = {digest.algorithm for digest in seen}
    wanted = min(expected, key=lambda digest: (digest.algorithm not in algorithms, digest))
    found = ", ".join(sorted(str(digest) for digest in seen)[:3]) or "no digest"
    return VerificationError(
        "SUBJECT_MISMATCH",
        f"expected a signature over {wanted}, this one is about {found}",
        where=str(bundle.reference),
    )


def _told_what_it_is(error: VerificationError, artifact: Artifact) -> VerificationError:
    """Say what was given in place of a bundle."""
    from attest.decode import recognise

    what = recognise(artifact.content).what if artifact.content else "an empty file"
    return VerificationError(
        error.code, f"{error.message}; the file is: {what}", hint=error.hint, where=error.where
    )


def _demand_signer(
    one: Verified, everyone: Sequence[Verified], verifier: Verifier, name: str | None
) -> None:
    if name is None or any(signer.name == name for signer in one.signers):
        return
    refusal = verifier.shortfall(name, one, everyone)
    raise refusal or VerificationError("THRESHOLD_UNMET", f"{name} has not signed it")


def _demand_predicate(said: statement.Statement | None, predicate_type: str | None) -> None:
    if predicate_type is None:
        return
    seen = said.predicate_type if said else "a message signature, which has none"
    if seen != predicate_type:
        raise VerificationError("PREDICATE_TYPE", f"expected {predicate_type}, seen {seen}")


def _demand_age(verified: Verified, conditions: Conditions) -> None:
    if conditions.max_age is None:
        return
    from attest.aggregate.age import age_problem
    from attest.decode import decode

    problem = age_problem(decode(verified), conditions.max_age, conditions.at)
    if problem is not None:
        unproven = problem.code == "AGE_UNPROVEN"
        code = "SIGNATURE_AGE_UNPROVEN" if unproven else "SIGNATURE_TOO_OLD"
        raise VerificationError(code, problem.message)
