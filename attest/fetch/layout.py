"""OCI image layouts: a registry in a folder or a file (image-spec v1.1, image-layout.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

from attest.errors import FetchError
from attest.fetch import files, tar
from attest.fetch import manifest as oci_manifest
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.sink import HashingSink
from attest.fetch.source import Candidate, Trail
from attest.model import strict_json
from attest.model.artifact import Reference
from attest.model.digest import Digest

VERSION = "1.0.0"
"""The only version of the layout (image-layout.md, "oci-layout file")."""

_COSIGN_KINDS = {
    "dev.cosignproject.cosign/sigs": ".sig",
    "dev.cosignproject.cosign/atts": ".att",
}
"""How `cosign save` marks what lies beside the one image of its layout."""

_MARKER_SIZE = 4 << 10


class LayoutSource:
    """One layout: a folder, or the same in one tar file.

    Blobs are read by digest; ``index.json`` serves discovery alone.
    """

    def __init__(self, reference: Reference, limits: FetchLimits) -> None:
        self._reference = reference
        self._limits = limits
        place = self._file("")
        self._archive = tar.Archive(place, limits) if tar.is_file(place) else None
        marker = self._read("oci-layout", _MARKER_SIZE, "FILE_NOT_FOUND", "LAYOUT_MALFORMED")
        try:
            document = strict_json.parse(marker)
        except ValueError as error:
            raise self._malformed(f"oci-layout is {error}") from None
        version = document.get("imageLayoutVersion") if isinstance(document, dict) else None
        if version != VERSION:
            raise self._malformed(f"expected imageLayoutVersion {VERSION}, seen {version!r:.40}")

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return the bytes filed under ``digest``; a layout does not serve media types."""
        name = _blob_name(digest)
        return self._read(name, self._limits.manifest, "NOT_FOUND", "MANIFEST_TOO_LARGE"), ""

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the blob filed under the digest of ``descriptor``."""
        name = _blob_name(descriptor.digest)
        return self._read(name, descriptor.size, "NOT_FOUND", "SIZE_MISMATCH")

    def save(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Write a blob to ``file``, which must be empty; as `RegistrySource.save`."""
        sink = HashingSink(file, descriptor.size, descriptor.digest)
        if self._archive is not None or descriptor.size <= self._limits.blob:
            sink.write(self.blob(descriptor))
        else:
            place = self._file(f"/{_blob_name(descriptor.digest)}")
            for chunk in files.chunks(place):
                if len(chunk) > sink.room:
                    raise self._malformed(f"{descriptor.digest} is longer than it should be")
                sink.write(chunk)
        sink.check(str(self._reference))

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """List every manifest of ``index.json`` and of the referrers tag of ``subject``."""
        tag = referrers_tag(subject)
        by_cosign = {tag + suffix for suffix in suffixes}
        found: list[Candidate] = []
        index = self._index()
        kinds = _COSIGN_KINDS if any(each.digest == subject for each in index) else {}
        for each in index:
            name = each.annotations.get(oci_manifest.REF_NAME)
            kind = kinds.get(each.annotations.get("kind", ""))
            if name in by_cosign or kind is not None:
                called = name if name in by_cosign else f"{tag}{kind}"
                found.append(Candidate(each, Trail.COSIGN, called or ""))
            elif name == tag:
                found += [Candidate(one, Trail.REFERRER) for one in self._tagged(each)]
            elif each.media_type in oci_manifest.SUPPORTED:
                found.append(Candidate(each, Trail.LISTED))
        return tuple(found)

    def tagged(self, tag: str) -> Digest:
        """Return the digest of what ``index.json`` calls ``tag`` (image-layout.md)."""
        found = {
            each.digest
            for each in self._index()
            if each.annotations.get(oci_manifest.REF_NAME) == tag
        }
        if len(found) > 1:
            raise self._malformed(f"the tag {tag} names {len(found)} manifests")
        if not found:
            where = str(self._reference)
            raise FetchError("NOT_FOUND", f"{where}: there is no tag {tag}", where=where)
        return found.pop()

    def _tagged(self, entry: Descriptor) -> tuple[Descriptor, ...]:
        content, _ = self.manifest(entry.digest)
        if not entry.digest.matches(content):
            raise self._malformed(f"the index {entry.digest} has other bytes")
        return self._listed(content, str(entry.digest))

    def _index(self) -> tuple[Descriptor, ...]:
        content = self._read(
            "index.json", self._limits.manifest, "LAYOUT_MALFORMED", "MANIFEST_TOO_LARGE"
        )
        return self._listed(content, "index.json")

    def _listed(self, content: bytes, what: str) -> tuple[Descriptor, ...]:
        where = f"{self._reference} ({what})"
        most = self._limits.referrers + 1  # the artifact, and what is attached to it
        parsed = oci_manifest.parse(content, where=where, count=most)
        if not parsed.is_index:
            raise self._malformed(f"{what} is not an image index")
        return parsed.manifests

    def _read(self, name: str, limit: int, missing: str, too_large: str) -> bytes:
        """Read one file of the layout; a missing or too large one is refused with these codes."""
        try:
            if self._archive is not None:
                return self._archive.read(name, limit)
            return files.read(self._file(f"/{name}"), limit=limit).content
        except FetchError as error:
            codes = {"FILE_NOT_FOUND": missing, "FILE_TOO_LARGE": too_large}
            raise FetchError(
                codes.get(error.code, error.code), error.message, where=str(self._reference)
            ) from None

    def _file(self, name: str) -> Reference:
        locator = self._reference.locator + name
        return replace(self._reference, scheme="file", locator=locator, digest=None, tag=None)

    def _malformed(self, why: str) -> FetchError:
        where = str(self._reference)
        return FetchError("LAYOUT_MALFORMED", f"{where}: {why}", where=where)


def referrers_tag(subject: Digest) -> str:
    """Return the tag that lists what refers to ``subject`` where there is no referrers API.

    distribution-spec v1.1, "Referrers Tag Schema": algorithm and hex cut to 32 and 64 characters.
    """
    return f"{subject.algorithm[:32]}-{subject.value[:64]}"


def _blob_name(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.value}"
