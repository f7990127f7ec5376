"""What an artifact says of itself in annotations and configuration: claims, never facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.policy import Claims

WASM_CONFIG = "application/vnd.wasm.config.v0+json"
"""The configuration of a CNCF Wasm artifact (tag-runtime.cncf.io, "Wasm OCI Artifact layout")."""

EXPIRES = "dev.attest.policy.expires"
"""Until when a bundle may be used: an RFC 3339 time."""

_CODE = "POLICY_BUNDLE_MALFORMED"
_OCI = "org.opencontainers.image."
_KUBEWARDEN = "io.kubewarden.policy."


def claims(annotations: Mapping[str, str], config: bytes | None, layers: Sequence[Shape]) -> Claims:
    """Return what is claimed; OCI's annotations come first, then Kubewarden's, then ``config``.

    ``config`` is that of a CNCF Wasm artifact, and must list the ``layers`` of the manifest. Raises
    `DecodeError`.
    """
    stated = Claims() if config is None else _of_config(config, layers)
    said = annotations.get
    return Claims(
        version=said(f"{_OCI}version") or said(f"{_KUBEWARDEN}version"),
        revision=said(f"{_OCI}revision"),
        author=said(f"{_OCI}authors") or said(f"{_KUBEWARDEN}author") or stated.author,
        created=said(f"{_OCI}created") or stated.created,
        description=said(f"{_OCI}description") or said(f"{_KUBEWARDEN}description"),
        expires=said(EXPIRES),
    )


def _of_config(content: bytes, layers: Sequence[Shape]) -> Claims:
    try:
        config = Shape(strict_json.parse(content), _CODE, "config").object()
    except ValueError as error:
        raise DecodeError(_CODE, f"the configuration is not strict JSON: {error}") from None
    listed = [item.text() for item in config.at("layerDigests").items()]
    present = [layer.object().at("digest").value for layer in layers]
    if listed and listed != present:
        message = f"config/layerDigests: expected {present}, seen {listed}"
        raise DecodeError(_CODE, message[:500])
    return Claims(
        author=config.at("author").optional_text(), created=config.at("created").optional_text()
    )
