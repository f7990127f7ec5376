"""What was asked for, and the bytes that came."""

from __future__ import annotations

import re
from dataclasses import field

from attest.model.digest import Digest
from attest.model.frozen import frozen

SCHEMES = ("file", "dir", "oci", "oci-layout", "http", "https")
"""Where bytes can be had from (docs/oci.md)."""

_SCHEME = re.compile(r"([a-z][a-z0-9-]+):(.*)", re.DOTALL)
_TAG = re.compile(r"(.*[^/]):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})", re.DOTALL)


@frozen
class Reference:
    """A place, with the digest its content must have when it is pinned.

    ``base`` is the folder that a relative path starts from; it is never shown, so that a report
    reads the same on every machine.
    """

    scheme: str
    locator: str
    digest: Digest | None = None
    tag: str | None = None
    base: str = field(default="", compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, *, base: str = "") -> Reference:
        """Parse ``[scheme:]locator[:tag][@digest]``; raise ``ValueError`` when it is malformed.

        Text without a known scheme is a file path. A tag is read only for ``oci`` and
        ``oci-layout``.
        """
        scheme, rest = "file", text
        if (match := _SCHEME.fullmatch(text)) and match[1] in SCHEMES:
            scheme, rest = match[1], match[2]
        digest, tag = None, None
        if scheme not in {"file", "dir"} and "@" in rest:
            rest, _, pin = rest.rpartition("@")
            digest = Digest.parse(pin)
        if scheme in {"oci", "oci-layout"} and (match := _TAG.fullmatch(rest)):
            rest, tag = match[1], match[2]
        if not rest:
            raise ValueError(f"{text!r} names no location")
        return cls(scheme, rest, digest, tag, base)

    def __str__(self) -> str:
        place = self.locator if self.scheme == "file" else f"{self.scheme}:{self.locator}"
        tag = f":{self.tag}" if self.tag else ""
        return f"{place}{tag}{f'@{self.digest}' if self.digest else ''}"


@frozen
class Artifact:
    """Bytes as fetched: digested, not yet trusted."""

    reference: Reference
    media_type: str
    content: bytes = field(repr=False)
    digest: Digest

    @classmethod
    def of(cls, reference: Reference, content: bytes, media_type: str = "") -> Artifact:
        """Digest ``content`` and keep where it came from."""
        return cls(reference, media_type or "application/octet-stream", content, Digest.of(content))
