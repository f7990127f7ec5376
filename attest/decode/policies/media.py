"""The media types of policy artifacts: those in use, and attest's own."""

from __future__ import annotations

import enum

ARTIFACT_TYPE = "application/vnd.attest.policy.bundle.v1"
"""The ``artifactType`` of a manifest that attest writes."""

LAYER_TYPE = "application/vnd.attest.policy.bundle.v1.tar+gzip"
"""The one layer of such a manifest: an archive as `attest.decode.policies.archive` writes it."""

MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)

TITLE = "org.opencontainers.image.title"

OPA_BUNDLE = "application/vnd.opa.bundle"
"""An ``artifactType`` under which OPA bundles are pushed with layers that are typed as Wasm."""


class Form(enum.Enum):
    """How the bytes of a layer become files of the bundle."""

    ARCHIVE = "tar+gzip"
    FILE = "a file named by its title"
    REGO = "policy.rego"
    WASM = "policy.wasm"
    DATA = "data.json"
    MANIFEST = ".manifest"


LAYERS: dict[str, Form] = {
    LAYER_TYPE: Form.ARCHIVE,
    # OPA bundles, as `oras push` and `policy push` write them
    "application/vnd.oci.image.layer.v1.tar+gzip": Form.ARCHIVE,
    # trivy-checks, and older clients of OPA
    "application/vnd.cncf.openpolicyagent.layer.v1.tar+gzip": Form.ARCHIVE,
    # conftest
    "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego": Form.REGO,
    "application/vnd.cncf.openpolicyagent.data.layer.v1+json": Form.DATA,
    "application/vnd.cncf.openpolicyagent.manifest.layer.v1+json": Form.MANIFEST,
    # CNCF Wasm artifacts, and those of Kubewarden and the older wasm-to-oci
    "application/wasm": Form.WASM,
    "application/vnd.wasm.content.layer.v1+wasm": Form.WASM,
    # single files, a folder of an author's own
    "application/octet-stream": Form.FILE,
    "application/json": Form.FILE,
    "application/yaml": Form.FILE,
    "text/plain": Form.FILE,
}
"""Every layer type that is read; any other is refused, since a layer left out is a policy lost."""
