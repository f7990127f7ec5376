"""OCI image manifests of policy artifacts (image-spec v1.1, manifest.md): from layers to files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attest.decode.policies.archive import MAX_BYTES, MAX_MEMBERS, read_archive, too_large
from attest.decode.policies.claims import WASM_CONFIG, claims
from attest.decode.policies.media import LAYERS, OPA_BUNDLE, TITLE, Form
from attest.decode.policies.paths import safe
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.policy import Claims, File

MAX_MANIFEST = 4 << 20

_CODE = "POLICY_BUNDLE_MALFORMED"
_GZIP_MAGIC = b"\x1f\x8b"


@frozen
class Contents:
    """What an artifact holds: its files, sorted by path, its claims, and its title if any."""

    files: tuple[File, ...]
    claims: Claims = Claims()
    title: str | None = None


def read_manifest(payload: bytes, blobs: Mapping[Digest, bytes]) -> Contents:
    """Return the files in the layers that the manifest ``payload`` names.

    Each layer is looked up in ``blobs`` by digest and hashed again. Raises `DecodeError`.
    """
    manifest = _parse(payload)
    layers = manifest.at("layers").items()
    if len(layers) > MAX_MEMBERS:
        raise too_large(f"{len(layers):,} layers, at most {MAX_MEMBERS:,} are read")
    artifact_type = manifest.at("artifactType").value
    files: dict[str, File] = {}
    for layer in layers:
        for file in _files(layer.object(), blobs, artifact_type):
            if file.path in files:
                raise DecodeError("POLICY_FILE_REFUSED", f"{file.path!r} is there twice")
            files[file.path] = file
    if len(files) > MAX_MEMBERS:
        raise too_large(f"{len(files):,} files, at most {MAX_MEMBERS:,} are read")
    if sum(len(file.content) for file in files.values()) > MAX_BYTES:
        raise too_large(f"the files have more than {MAX_BYTES:,} bytes")
    annotations = _annotations(manifest)
    return Contents(
        files=tuple(files[path] for path in sorted(files)),
        claims=claims(annotations, _config(manifest, blobs), layers),
        title=annotations.get(TITLE),
    )


def _parse(payload: bytes) -> Shape:
    if len(payload) > MAX_MANIFEST:
        raise too_large(f"the manifest has {len(payload):,} bytes")
    try:
        manifest = Shape(strict_json.parse(payload), _CODE).object()
    except ValueError as error:
        raise DecodeError(_CODE, f"the manifest is not strict JSON: {error}") from None
    if manifest.at("schemaVersion").value != 2:  # noqa: PLR2004  # image-spec: "MUST be 2"
        raise manifest.at("schemaVersion").refuse("2")
    return manifest


def _files(layer: Shape, blobs: Mapping[Digest, bytes], artifact_type: Any) -> tuple[File, ...]:
    media_type = layer.at("mediaType").text()
    form = LAYERS.get(media_type)
    if form is None:
        raise DecodeError(
            "LAYER_TYPE", f"{layer.pointer}/mediaType: {media_type[:200]!r} is not known"
        )
    content = _blob(layer, blobs)
    if form is Form.ARCHIVE or _is_packed(form, content, artifact_type):
        return read_archive(content)
    title = _annotations(layer).get(TITLE)
    if title is None and form is Form.FILE:
        raise DecodeError(_CODE, f"{layer.pointer}/annotations: expected {TITLE}")
    if form is Form.MANIFEST:
        return (File(form.value, content),)
    return (File(safe(title or form.value), content),)


def _is_packed(form: Form, content: bytes, artifact_type: Any) -> bool:
    """Tell whether a layer typed as Wasm holds an OPA bundle; other gzip there is refused.

    ``oras push --artifact-type application/vnd.opa.bundle bundle.tar.gz:…content.layer.v1+wasm``
    is how such an artifact comes about.
    """
    if form is not Form.WASM or not content.startswith(_GZIP_MAGIC):
        return False
    if artifact_type != OPA_BUNDLE:
        message = f"a layer typed as Wasm holds gzip, and artifactType is not {OPA_BUNDLE}"
        raise DecodeError("LAYER_TYPE", message)
    return True


def _config(manifest: Shape, blobs: Mapping[Digest, bytes]) -> bytes | None:
    """Return the configuration of a CNCF Wasm artifact; no other is looked at."""
    config = manifest.at("config")
    if config.value is None or config.object().at("mediaType").value != WASM_CONFIG:
        return None
    return _blob(config, blobs)


def _blob(layer: Shape, blobs: Mapping[Digest, bytes]) -> bytes:
    try:
        digest = Digest.parse(layer.at("digest").text())
    except ValueError as error:
        raise DecodeError(_CODE, f"{layer.pointer}/digest: {error}") from None
    content = blobs.get(digest)
    if content is None:
        raise DecodeError("LAYER_DIGEST", f"{layer.pointer}: {digest} was not fetched")
    if layer.at("size").value != len(content) or not digest.matches(content):
        raise DecodeError(
            "LAYER_DIGEST",
            f"{layer.pointer}: expected {digest} of {layer.at('size').value} bytes, "
            f"seen {Digest.of(content, digest.algorithm)} of {len(content)}",
        )
    return content


def _annotations(place: Shape) -> dict[str, str]:
    annotations = place.at("annotations")
    if annotations.value is None:
        return {}
    found: dict[str, Any] = annotations.object().value
    for key, value in found.items():
        if not isinstance(value, str):
            raise annotations.at(key).refuse("a string")
    return found
