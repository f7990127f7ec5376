"""What an artifact says of itself, and which of three places is asked first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.decode.policies.claims import claims
from attest.decode.shape import Shape
from attest.model.policy import Claims
from tests.decode.making import refused

OCI = {
    "org.opencontainers.image.version": "1",
    "org.opencontainers.image.revision": "r",
    "org.opencontainers.image.authors": "oci",
    "org.opencontainers.image.created": "2026",
    "org.opencontainers.image.description": "by OCI",
}
KUBEWARDEN = {
    "io.kubewarden.policy.version": "2",
    "io.kubewarden.policy.author": "kubewarden",
    "io.kubewarden.policy.description": "by Kubewarden",
}
CONFIG = {"author": "config", "created": "2025", "layerDigests": ["sha256:a"]}
LAYERS = [Shape({"digest": "sha256:a"}, "POLICY_BUNDLE_MALFORMED", "/layers/0")]


def config(**changes: Any) -> bytes:
    return json.dumps(CONFIG | changes).encode()


@pytest.mark.parametrize(
    ("annotations", "content", "expected"),
    [
        ({}, None, Claims()),
        (OCI, None, Claims("1", "r", "oci", "2026", "by OCI")),
        (KUBEWARDEN, None, Claims("2", None, "kubewarden", None, "by Kubewarden")),
        ({}, config(), Claims(author="config", created="2025")),
        (KUBEWARDEN, config(), Claims("2", None, "kubewarden", "2025", "by Kubewarden")),
        (OCI | KUBEWARDEN, config(), Claims("1", "r", "oci", "2026", "by OCI")),
        ({}, b"{}", Claims()),
    ],
)
def test_the_order(annotations: dict[str, str], content: bytes | None, expected: Claims) -> None:
    assert claims(annotations, content, LAYERS) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{",
        config(layerDigests=["sha256:b"]),
        config(layerDigests=["sha256:a", "sha256:a"]),
        config(layerDigests=[5]),
        config(author=5),
        config(created=""),
    ],
)
def test_refused_configurations(content: bytes) -> None:
    refused("POLICY_BUNDLE_MALFORMED", claims, {}, content, LAYERS)
