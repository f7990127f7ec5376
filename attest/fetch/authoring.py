"""A folder of policy sources, for authors: read as the bundle that pushing it would give."""

from __future__ import annotations

import json
from typing import Any

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.fetched import Fetched, Refusal
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest

_TYPES = {
    "rego": "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego",
    "json": "application/vnd.cncf.openpolicyagent.data.layer.v1+json",
    "wasm": "application/wasm",
}
"""Layer media types by the ending of a file name: conftest's and the CNCF Wasm artifact's."""


def folder_as_manifest(reference: Reference, entries: tuple[Artifact | Refusal, ...]) -> Fetched:
    """Describe the files of a folder by an OCI manifest, each a layer titled with its path.

    Nothing was signed and nothing is pinned here. An entry that could not be read refuses it all.
    """
    layers: list[dict[str, Any]] = []
    blobs = {Digest.of(b"{}"): b"{}"}
    for entry in entries:
        if isinstance(entry, Refusal):
            problem, where = entry.problem, str(entry.reference)
            raise FetchError(problem.code, problem.message, hint=problem.hint, where=where)
        path = entry.reference.locator[len(reference.locator) :].lstrip("/")
        media_type = _TYPES.get(path.rpartition(".")[2], entry.media_type)
        blobs[entry.digest] = entry.content
        layers.append(_descriptor(media_type, entry.content, {oci_manifest.TITLE: path}))
    document = {
        "schemaVersion": 2,
        "mediaType": oci_manifest.MANIFEST,
        "config": _descriptor(oci_manifest.EMPTY, b"{}", {}),
        "layers": layers,
    }
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return Fetched(Artifact.of(reference, content, oci_manifest.MANIFEST), blobs)


def _descriptor(media_type: str, content: bytes, annotations: dict[str, str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "mediaType": media_type,
        "digest": str(Digest.of(content)),
        "size": len(content),
    }
    return described | ({"annotations": annotations} if annotations else {})
