"""Writes OCI image layouts, the same bytes for the same content (image-spec, image-layout.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attest.fetch.layout import VERSION, referrers_tag
from attest.fetch.manifest import EMPTY, INDEX, MANIFEST, REF_NAME, TITLE
from attest.model.digest import Digest

SIGSTORE_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_EMPTY_CONFIG = b"{}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a bundle: its bytes, its media type, and its path inside the bundle if any.

    ``annotations`` are those of its descriptor, besides the title.
    """

    content: bytes = field(repr=False)
    media_type: str
    title: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


class Layout:
    """A layout in memory, to be written once it is whole.

    Nothing in it depends on the clock or on the order of a dictionary.
    """

    def __init__(self) -> None:
        self._blobs: dict[Digest, bytes] = {}
        self._listed: dict[Digest, dict[str, Any]] = {}
        self._tags: dict[str, Digest] = {}

    def add_manifest(
        self,
        layers: Sequence[Layer],
        *,
        config: Layer = Layer(_EMPTY_CONFIG, EMPTY),
        artifact_type: str | None = None,
        annotations: Mapping[str, str] | None = None,
        subject: Digest | None = None,
    ) -> Digest:
        """Add a manifest with its layers and list it; return its digest, to pin it by.

        ``subject`` is a manifest of this layout that the new one is about; ``ValueError`` when it
        is not here.
        """
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._layer(config),
            "layers": [self._layer(layer) for layer in layers],
        }
        if artifact_type is not None:
            document["artifactType"] = artifact_type
        if annotations:
            document["annotations"] = dict(annotations)
        if subject is not None:
            document["subject"] = _without_annotations(self._descriptor_of(subject))
        content = _canonical(document)
        digest = self._add(content)
        described = _describe(content, MANIFEST)
        self._listed[digest] = described | (
            {"artifactType": artifact_type} if artifact_type is not None else {}
        )
        return digest

    def add_subject(self, content: bytes, media_type: str) -> Digest:
        """Know a manifest from elsewhere, so that something can be about it."""
        digest = self._add(content)
        self._listed[digest] = _describe(content, media_type)
        return digest

    def attach(
        self,
        subject: Digest,
        bundle: bytes,
        *,
        media_type: str = SIGSTORE_BUNDLE,
        annotations: Mapping[str, str] | None = None,
    ) -> Digest:
        """Attach a signature or attestation to a manifest of this layout, as cosign does."""
        return self.add_manifest(
            [Layer(bundle, media_type)],
            artifact_type=media_type,
            annotations=annotations,
            subject=subject,
        )

    def attach_by_tag(self, subject: Digest, bundle: bytes) -> Digest:
        """Attach a bundle as clients do where there is no referrers API: in an index behind a tag.

        distribution-spec v1.1, "Referrers Tag Schema".
        """
        digest = self.attach(subject, bundle)
        listed = [self._listed.pop(digest)]
        tag = referrers_tag(subject)
        if (previous := self._tags.get(tag)) is not None:
            listed = json.loads(self._blobs[previous])["manifests"] + listed
            del self._listed[previous]
        index = _canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})
        place = self._add(index)
        self._listed[place] = _describe(index, INDEX)
        self._tags[tag] = place
        return digest

    def tag(self, name: str, digest: Digest) -> None:
        """Name a manifest of this layout; ``ValueError`` when it is not here."""
        self._descriptor_of(digest)
        self._tags[name] = digest

    def blob(self, digest: Digest) -> bytes:
        """Return the bytes of a manifest or layer of this layout; ``KeyError`` when not here."""
        return self._blobs[digest]

    def write(self, folder: Path) -> None:
        """Write the layout into ``folder``, which is made if need be."""
        for digest, content in self._blobs.items():
            blob = folder / "blobs" / digest.algorithm / digest.value
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
        (folder / "oci-layout").write_bytes(_canonical({"imageLayoutVersion": VERSION}))
        (folder / "index.json").write_bytes(self.index())

    def index(self) -> bytes:
        """Return ``index.json``: every manifest, those that a tag lists left out."""
        entries = self._entries()
        return _canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})

    def _entries(self) -> list[dict[str, Any]]:
        tagged = [
            self._descriptor_of(digest) | {"annotations": {REF_NAME: name}}
            for name, digest in sorted(self._tags.items())
        ]
        named = set(self._tags.values())
        rest = [self._listed[digest] for digest in sorted(self._listed) if digest not in named]
        return tagged + rest

    def _layer(self, layer: Layer) -> dict[str, Any]:
        self._add(layer.content)
        titled = {} if layer.title is None else {TITLE: layer.title}
        annotations = dict(layer.annotations) | titled
        described = _describe(layer.content, layer.media_type)
        return described | ({"annotations": annotations} if annotations else {})

    def _add(self, content: bytes) -> Digest:
        digest = Digest.of(content)
        self._blobs[digest] = content
        return digest

    def _descriptor_of(self, digest: Digest) -> dict[str, Any]:
        if digest not in self._listed:
            raise ValueError(f"{digest} is not a manifest of this layout")
        return self._listed[digest]


def _describe(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}


def _without_annotations(descriptor: dict[str, Any]) -> dict[str, Any]:
    return {key: descriptor[key] for key in ("mediaType", "digest", "size")}


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
