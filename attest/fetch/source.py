"""Places that store content by digest, and the checks on every byte that they give.

They stand here, in one place, whatever delivered the bytes: a source is never believed.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor, Manifest
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.frozen import frozen

_EMPTY_OBJECT = b"{}"
_EMPTY_DIGEST = Digest.of(_EMPTY_OBJECT)


class Trail(enum.Enum):
    """Why a manifest may be attached to a subject. Each is a hint."""

    REFERRER = "listed as a referrer of the subject"
    LISTED = "in the index of the layout, whatever it is about"
    COSIGN = "under a tag that cosign makes of the subject's digest, or marked so in a layout"


@frozen
class Candidate:
    """A manifest that may be attached to a subject; ``tag`` is cosign's own for it."""

    descriptor: Descriptor
    trail: Trail
    tag: str = ""


class Source(Protocol):
    """A registry or a layout: bytes by digest, and a list of what may be attached."""

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return a manifest of bounded size and the media type it was served as, or ``""``."""

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return a blob; SIZE_MISMATCH when it exceeds the size of its descriptor."""

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """List what may be attached to ``subject``: all of it, or an error.

        ``suffixes`` are those of the tags of cosign before version 3 to look at as well.
        """


def pin(reference: Reference) -> Digest:
    """Return the digest of a reference; refuse one without, or one that is not a digest."""
    if reference.digest is None:
        code = "TAG_UNPINNED" if reference.tag else "DIGEST_REQUIRED"
        raise FetchError(code, f"{reference} carries no digest", where=str(reference))
    try:
        # A digest becomes part of a path and a URL (CVE-2024-3727).
        return Digest.parse(str(reference.digest))
    except ValueError as error:
        raise FetchError("REFERENCE_MALFORMED", str(error)) from None


def read_manifest(
    source: Source,
    reference: Reference,
    digest: Digest,
    limits: FetchLimits,
    listed: Descriptor | None = None,
) -> tuple[Artifact, Manifest]:
    """Read a manifest by digest; what served it and what ``listed`` it must agree with it."""
    where = str(reference)
    content, served_as = source.manifest(digest)
    _check_digest(digest, content, where)
    if listed is not None:
        _check_size(listed, content, where)
    manifest = oci_manifest.parse(content, served_as=served_as, where=where, count=limits.layers)
    if listed is not None and listed.media_type != manifest.media_type:
        message = f"{where}: listed as {listed.media_type}, seen {manifest.media_type}"
        raise FetchError("MEDIA_TYPE_MISMATCH", message, where=where)
    return Artifact.of(reference, content, manifest.media_type), manifest


def read_blob(
    source: Source, descriptor: Descriptor, limits: FetchLimits, reference: Reference
) -> bytes:
    """Read a blob that has exactly the digest and the size of its descriptor."""
    where = str(reference)
    if descriptor.size > limits.blob:
        message = f"{where}: blob {descriptor.digest} of {descriptor.size:,} bytes exceeds the"
        raise FetchError("BLOB_TOO_LARGE", f"{message} limit of {limits.blob:,}", where=where)
    # image-spec v1.1, "Guidance for an Empty Descriptor": its content is known.
    known = descriptor.digest == _EMPTY_DIGEST
    content = _EMPTY_OBJECT if known else source.blob(descriptor)
    _check_size(descriptor, content, where)
    _check_digest(descriptor.digest, content, where)
    return content


def check_total(blobs: Sequence[Descriptor], limits: FetchLimits, reference: Reference) -> None:
    """Refuse blobs that together exceed the limit, before one of them is read."""
    total = sum(each.size for each in blobs)
    if total > limits.total:
        message = f"{reference}: blobs of {total:,} bytes together exceed {limits.total:,}"
        raise FetchError("BLOB_TOO_LARGE", message, where=str(reference))


def _check_digest(expected: Digest, content: bytes, where: str) -> None:
    if not expected.matches(content):
        seen = Digest.of(content, expected.algorithm)
        message = f"{where}: expected {expected}, seen {seen}"
        raise FetchError("DIGEST_MISMATCH", message, where=where)


def _check_size(descriptor: Descriptor, content: bytes, where: str) -> None:
    if len(content) != descriptor.size:
        message = f"{where}: {descriptor.digest} should be {descriptor.size:,} bytes long"
        raise FetchError("SIZE_MISMATCH", f"{message}, seen {len(content):,}", where=where)
