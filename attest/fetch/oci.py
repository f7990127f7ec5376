"""A policy bundle and what is attached to it, from any place that stores content by digest.

Every byte is checked here, in one place, whatever delivered it: a source is never believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.fetched import Fetched, Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor, Manifest
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.reasons import REASONS

_DSSE = "application/vnd.dsse.envelope.v1+json"
_REFUSED = 4
"""The exit code of what lies (INTERFACE, "Exit codes")."""


class Source(Protocol):
    """A registry or a layout: bytes by digest, and a list of what may be attached."""

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return a manifest of bounded size and the media type it was served as, or ``""``."""

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return a blob; SIZE_MISMATCH when it exceeds the size of its descriptor."""

    def candidates(self, subject: Digest) -> tuple[Descriptor, ...]:
        """List manifests that may have ``subject``: all of them, or an error. Only hints."""


def policy(source: Source, reference: Reference, limits: FetchLimits, *, attached: bool) -> Fetched:
    """Fetch the manifest that ``reference`` pins, its blobs, and the bundles attached to it."""
    pinned = pin(reference)
    artifact, manifest = _manifest(source, reference, pinned, limits)
    if manifest.is_index:
        message = f"{reference} is an index of {len(manifest.manifests)} manifests"
        raise FetchError("MANIFEST_IS_INDEX", message, where=str(reference))
    _check_total(manifest.blobs, limits, reference)
    blobs = {each.digest: _blob(source, each, limits, reference) for each in manifest.blobs}
    found = referrers(source, reference, limits, only_bundles=True) if attached else ()
    return Fetched(
        artifact,
        blobs,
        tuple(each for each in found if isinstance(each, Artifact)),
        tuple(each for each in found if isinstance(each, Refusal)),
    )


def referrers(
    source: Source, reference: Reference, limits: FetchLimits, *, only_bundles: bool = False
) -> tuple[Artifact | Refusal, ...]:
    """Return what is attached to ``reference``, sorted by digest.

    An entry of a list is a hint: each manifest is read again by digest, and counts when its
    ``subject`` is this one (distribution-spec v1.1, "Listing Referrers"). Sigstore bundles and DSSE
    envelopes come as they are; of any other thing comes its manifest, unless ``only_bundles``.
    What lies is refused and listed, what fails makes the whole list DISCOVERY_INCOMPLETE.
    """
    pinned = pin(reference)
    try:
        candidates = source.candidates(pinned)
    except FetchError as error:
        raise _incomplete(reference, f"{error.code}: {error.message}") from error
    if len(candidates) > limits.referrers:
        raise _incomplete(reference, f"more than {limits.referrers:,} candidates")
    found: dict[Digest, Artifact | Refusal] = {}
    size = 0
    for candidate in {each.digest: each for each in candidates}.values():
        for entry in _attachments(source, candidate, reference, limits, only_bundles=only_bundles):
            size += len(entry.content) if isinstance(entry, Artifact) else 0
            found[entry.reference.digest or candidate.digest] = entry
            if len(found) > limits.referrers or size > limits.total:
                raise _incomplete(reference, "more attached than the limits allow")
    return tuple(found[digest] for digest in sorted(found))


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


def _attachments(
    source: Source,
    candidate: Descriptor,
    reference: Reference,
    limits: FetchLimits,
    *,
    only_bundles: bool,
) -> tuple[Artifact | Refusal, ...]:
    """Read one candidate; nothing when it is attached to something else."""
    place = replace(reference, digest=candidate.digest, tag=None)
    wanted = oci_manifest.SIGSTORE_BUNDLES | (set() if only_bundles else {_DSSE})
    try:
        artifact, manifest = _manifest(source, place, candidate.digest, limits, candidate)
        if manifest.subject is None or manifest.subject.digest != reference.digest:
            return ()
        layers = [layer for layer in manifest.layers if layer.media_type in wanted]
        if not layers:
            return () if only_bundles else (artifact,)
        _check_total(layers, limits, place)
        return tuple(
            Artifact.of(
                replace(place, digest=layer.digest),
                _blob(source, layer, limits, place),
                layer.media_type,
            )
            for layer in layers
        )
    except FetchError as error:
        if REASONS[error.code].exit_code != _REFUSED:
            raise _incomplete(reference, f"{error.code}: {error.message}") from error
        return (Refusal.of(place, error),)


def _manifest(
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


def _blob(
    source: Source, descriptor: Descriptor, limits: FetchLimits, reference: Reference
) -> bytes:
    """Read a blob that has exactly the digest and the size of its descriptor."""
    where = str(reference)
    if descriptor.size > limits.blob:
        message = f"{where}: blob {descriptor.digest} of {descriptor.size:,} bytes exceeds the"
        raise FetchError("BLOB_TOO_LARGE", f"{message} limit of {limits.blob:,}", where=where)
    content = source.blob(descriptor)
    _check_size(descriptor, content, where)
    _check_digest(descriptor.digest, content, where)
    return content


def _check_digest(expected: Digest, content: bytes, where: str) -> None:
    if not expected.matches(content):
        seen = Digest.of(content, expected.algorithm)
        message = f"{where}: expected {expected}, seen {seen}"
        raise FetchError("DIGEST_MISMATCH", message, where=where)


def _check_size(descriptor: Descriptor, content: bytes, where: str) -> None:
    if len(content) != descriptor.size:
        message = f"{where}: {descriptor.digest} should be {descriptor.size:,} bytes long"
        raise FetchError("SIZE_MISMATCH", f"{message}, seen {len(content):,}", where=where)


def _check_total(blobs: Sequence[Descriptor], limits: FetchLimits, reference: Reference) -> None:
    total = sum(each.size for each in blobs)
    if total > limits.total:
        message = f"{reference}: blobs of {total:,} bytes together exceed {limits.total:,}"
        raise FetchError("BLOB_TOO_LARGE", message, where=str(reference))


def _incomplete(reference: Reference, why: str) -> FetchError:
    message = f"what is attached to {reference} could not be listed: {why}"
    return FetchError("DISCOVERY_INCOMPLETE", message, where=str(reference))
