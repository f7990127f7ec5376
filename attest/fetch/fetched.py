"""What a fetch gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from attest.errors import FetchError
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.material import Problem


@frozen
class Refusal:
    """Something that was found and not taken; it is listed, so that nothing is skipped silently."""

    reference: Reference
    problem: Problem

    @classmethod
    def of(cls, reference: Reference, error: FetchError) -> Refusal:
        """Keep ``error`` as a value."""
        return cls(reference, Problem(error.code, error.message, error.hint))


@frozen
class Fetched:
    """A policy as fetched: digested, not yet trusted.

    ``artifact`` is the manifest, or the file itself. ``blobs`` holds its configuration and layers,
    each checked for digest and size. ``attached`` are the signatures beside it: Sigstore bundles,
    and those of cosign before version 3. ``refused`` is what was attached and could not be read.
    """

    artifact: Artifact
    blobs: Mapping[Digest, bytes] = field(default_factory=dict, repr=False)
    attached: tuple[Attachment, ...] = ()
    refused: tuple[Refusal, ...] = ()
