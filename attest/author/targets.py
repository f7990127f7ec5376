"""What is read from and written to: registries and layouts alike."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from attest.fetch.manifest import Descriptor
from attest.fetch.source import Source
from attest.model.digest import Digest


class Saving(Source, Protocol):
    """A source that also gives blobs of any size, and knows tags."""

    def save(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Write a blob to an empty file; when this returns, digest and size are right."""

    def tagged(self, tag: str) -> Digest:
        """Return what a tag points to now; NOT_FOUND when it points to nothing."""


class Target(Protocol):
    """A repository in a registry, or a layout in a folder."""

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there already."""

    def blob(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Write a blob, read from the beginning of ``file``."""

    def manifest(
        self, content: bytes, media_type: str, tag: str | None = None, *, child: bool = False
    ) -> None:
        """Write a manifest whose blobs and manifests are there, and list it under its subject.

        A ``child`` belongs to an index that comes after it.
        """
