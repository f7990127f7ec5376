"""Content digests: the only names for bytes that cannot lie."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass

HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Algorithms strong enough to bind evidence to an artifact, and the length of their hex form."""

NAMES = frozenset({"gitCommit", "gitTag", "gitTree", "gitBlob", "gce_image_id"})
"""What else a summary may be about (in-toto, digest_set.md; slsa-verifier): no digest of bytes."""

_LOWER_HEX = frozenset(string.digits + "abcdef")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A content digest, written ``algorithm:hex`` (OCI image-spec, descriptor.md, "Digests")."""

    algorithm: str
    value: str

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Digest:
        """Return the digest of ``content`` under one of ``HEX_LENGTHS``' algorithms."""
        return cls(algorithm, hashlib.new(algorithm, content).hexdigest())

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Parse ``algorithm:hex``; raise ``ValueError`` on anything weak or not exact."""
        algorithm, _, value = text.partition(":")
        expected = HEX_LENGTHS.get(algorithm)
        if expected is None:
            known = ", ".join(HEX_LENGTHS)
            raise ValueError(f"{text!r} is not a digest of a supported algorithm ({known})")
        if len(value) != expected or not _LOWER_HEX.issuperset(value):
            raise ValueError(f"{text!r} is not {algorithm}: followed by {expected} lower-case hex")
        return cls(algorithm, value)

    def matches(self, content: bytes) -> bool:
        """Tell whether ``content`` has this digest."""
        return Digest.of(content, self.algorithm) == self

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"
