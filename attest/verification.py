"""One signature or attestation bundle against one subject: trust alone, no policy.

`attest verify` and `attest.verify_bundle` are this file. Whether the predicate is good news is not
judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from attest.decode import statement
from attest.errors import VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import HEX_LENGTHS, Digest
from attest.model.trust import Method, Trust, Verified
from attest.verify import Verifier

IN_MEMORY = Reference("file", "<bundle>")
"""Where a bundle handed over as bytes says it came from."""


class Checked(NamedTuple):
    """A bundle that verifies for a subject; ``statement`` is set for an attestation."""

    verified: Verified
    statement: statement.Statement | None


def verify_bundle(
    bundle: bytes, subject: Digest | bytes, trust: Trust, *, at: datetime
) -> Verified:
    """Return what is proven about ``bundle``, a Sigstore bundle about ``subject``.

    Raises `attest.errors.VerificationError` (code, message, hint) when anything is not proven.
    """
    message = (
        Artifact.of(Reference("file", "<subject>"), subject)
        if isinstance(subject, bytes)
        else subject
    )
    return check(Artifact.of(IN_MEMORY, bundle), [message], Verifier(trust, at)).verified


def check(bundle: Artifact, subject: Sequence[Artifact | Digest], verifier: Verifier) -> Checked:
    """Verify ``bundle`` and that it is about ``subject``: its bytes, or its digests."""
    verified = verifier.bundle(bundle, subject)
    if verified.method is Method.MESSAGE:  # over one of ``subject``, or it would not have verified
        return Checked(verified, None)
    said = statement.of(verified)
    digests = {digest for item in subject for digest in _digests(item)}
    if not any(about.names(digests) for about in said.subjects):
        named = {digest for about in said.subjects for digest in about.digests}
        raise _other_subject(bundle, digests, named)
    return Checked(verified, said)


def _digests(item: Artifact | Digest) -> tuple[Digest, ...]:
    """Return every digest that a statement may name the subject by."""
    if isinstance(item, Digest):
        return (item,)
    return tuple(Digest.of(item.content, algorithm) for algorithm in HEX_LENGTHS)


def _other_subject(bundle: Artifact, expected: set[Digest], seen: set[Digest]) -> VerificationError:
    wanted = min(str(digest) for digest in expected)
    found = ", ".join(sorted(str(digest) for digest in seen)[:3]) or "no digest"
    return VerificationError(
        "SUBJECT_MISMATCH",
        f"expected a signature over {wanted}, this one is about {found}",
        where=str(bundle.reference),
    )
