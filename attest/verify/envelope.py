"""What a signature covers: the bytes, or their digests where the bytes are not at hand."""

from __future__ import annotations

from dataclasses import field

from attest.model.digest import Digest
from attest.model.frozen import frozen


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding that DSSE signs (DSSE protocol.md; counts bytes)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@frozen
class Signed:
    """A message under a signature. ``content`` is ``None`` when only ``known`` digests are."""

    content: bytes | None
    known: dict[str, Digest] = field(default_factory=dict)

    @classmethod
    def of(cls, message: bytes | Digest) -> Signed:
        """Wrap a message, or the digest of one."""
        if isinstance(message, Digest):
            return cls(None, {message.algorithm: message})
        return cls(message)

    def digest(self, algorithm: str) -> Digest | None:
        """Return the digest under ``algorithm``; ``None`` when it cannot be known."""
        if algorithm not in self.known and self.content is not None:
            self.known[algorithm] = Digest.of(self.content, algorithm)
        return self.known.get(algorithm)
