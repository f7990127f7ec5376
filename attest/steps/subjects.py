"""The artifacts to decide about, named by their digests."""

from __future__ import annotations

from collections.abc import Sequence

from attest.aggregate.types import Target
from attest.errors import UsageError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest


def identify(fetcher: Fetcher, subjects: Sequence[Reference | Digest]) -> tuple[Target, ...]:
    """Digest every subject; raise NO_SUBJECT for none and SUBJECT_TWICE for a repeated one."""
    if not subjects:
        raise UsageError("NO_SUBJECT", "no artifact was named to decide about")
    targets: list[Target] = []
    for subject in subjects:
        target = _target(fetcher, subject)
        for other in targets:
            if other.name == target.name or set(other.digests) & set(target.digests):
                raise UsageError("SUBJECT_TWICE", f"{other.name} and {target.name} are the same")
        targets.append(target)
    return tuple(targets)


def _target(fetcher: Fetcher, subject: Reference | Digest) -> Target:
    if isinstance(subject, Digest):
        return Target(str(subject), (subject,))
    if subject.scheme == "file":
        return Target(str(subject), fetcher.digest(subject))
    if subject.digest is None:
        raise UsageError("DIGEST_REQUIRED", f"{subject} must end in @sha256:… to name one artifact")
    return Target(str(subject), (subject.digest,))
