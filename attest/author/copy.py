"""An artifact with everything attached to it, from one place to another, each byte checked."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast

from attest.author.targets import Saving, Target
from attest.errors import FetchError
from attest.fetch import FetchLimits
from attest.fetch.discovery import COSIGN_SUFFIXES
from attest.fetch.manifest import Descriptor, Manifest
from attest.fetch.source import Candidate, Trail, pin, read_blob, read_manifest
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.frozen import frozen

_DEPTH = 4
"""Of indexes in indexes, and of what is attached to what is attached."""


@frozen
class Copied:
    """What went over: the artifact, and how many manifests and blobs with it."""

    digest: Digest
    manifests: int
    blobs: int


class Copier:
    """Copies from one source to one target.

    Whatever the source attaches to a copied manifest is copied with it, also what cosign keeps
    under its tags, to whatever depth such things come. What is listed as attached and is about
    something else stays behind, and ``tell`` is told.
    """

    def __init__(
        self,
        source: Saving,
        reference: Reference,
        target: Target,
        limits: FetchLimits,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._source = source
        self._reference = reference
        self._target = target
        self._limits = limits
        self._tell = tell
        self._read: dict[Digest, tuple[Artifact, Manifest]] = {}
        self._done: dict[Digest, str | None] = {}
        self._blobs: set[Digest] = set()
        self._children: set[Digest] = set()
        """What only an index lists so far: a layout does not see that it is attached as well."""

    def copy(self, tag: str | None = None, *, attached: bool = True) -> Copied:
        """Copy the manifest that the reference pins, under ``tag``; that comes last of all."""
        digest = pin(self._reference)
        self._manifest(digest, None, depth=0, attached=attached)
        if tag is not None:
            artifact, manifest = self._read[digest]
            self._target.manifest(artifact.content, manifest.media_type, tag)
        return Copied(digest, len(self._done), len(self._blobs))

    def _manifest(
        self,
        digest: Digest,
        listed: Descriptor | None,
        *,
        depth: int,
        attached: bool,
        tag: str | None = None,
        child: bool = False,
    ) -> None:
        hidden = digest in self._children and not child
        if digest in self._done and tag in {None, self._done[digest]} and not hidden:
            return
        if depth > _DEPTH or len(self._done) >= self._limits.referrers:
            message = f"{self._reference}: nested too deep, or too much attached"
            raise FetchError("DISCOVERY_TOO_MANY", message, where=str(self._reference))
        artifact, manifest = self._look(digest, listed)
        self._done[digest] = tag
        if child:
            self._children.add(digest)
        else:
            self._children.discard(digest)
        for each in manifest.manifests:
            self._manifest(each.digest, each, depth=depth + 1, attached=attached, child=True)
        for blob in manifest.blobs:
            self._blob(blob)
        self._target.manifest(artifact.content, manifest.media_type, tag, child=child)
        if attached:
            self._attached(digest, depth)

    def _attached(self, subject: Digest, depth: int) -> None:
        for candidate in self._source.candidates(subject, COSIGN_SUFFIXES):
            found = candidate.descriptor
            _, manifest = self._look(found.digest, found)
            about = None if manifest.subject is None else manifest.subject.digest
            if about != subject and (candidate.trail is not Trail.COSIGN or about is not None):
                if candidate.trail is not Trail.LISTED:
                    self._tell(_left_behind(candidate, subject, about))
                continue
            tag = candidate.tag or None
            self._manifest(found.digest, found, depth=depth + 1, attached=True, tag=tag)

    def _look(self, digest: Digest, listed: Descriptor | None) -> tuple[Artifact, Manifest]:
        if digest not in self._read:
            read = read_manifest(self._source, self._reference, digest, self._limits, listed)
            self._read[digest] = read
        return self._read[digest]

    def _blob(self, descriptor: Descriptor) -> None:
        if descriptor.digest in self._blobs:
            return
        self._blobs.add(descriptor.digest)
        if self._target.has(descriptor):
            return
        if descriptor.size <= self._limits.blob:
            content = read_blob(self._source, descriptor, self._limits, self._reference)
            self._target.blob(descriptor, io.BytesIO(content))
            return
        with tempfile.TemporaryFile() as file:
            self._source.save(descriptor, cast("BinaryIO", file))
            self._target.blob(descriptor, cast("BinaryIO", file))


def _left_behind(candidate: Candidate, subject: Digest, about: Digest | None) -> str:
    digest = candidate.descriptor.digest
    return f"! left behind: {digest} is listed as attached to {subject}, its own subject is {about}"
