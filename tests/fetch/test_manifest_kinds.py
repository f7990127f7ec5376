"""Manifests as registries of every age hold them: what is read, and as what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, manifest
from attest.fetch.manifest import DOCKER_INDEX, DOCKER_MANIFEST, EMPTY, INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.server import REPOSITORY, Server, described, index

EMPTY_CONFIG = described(b"{}", media_type=EMPTY)
LAYER = described(REGO, media_type="text/plain")
DOCKER_CONFIG = described(b"{}", media_type="application/vnd.docker.container.image.v1+json")
OCI_1_0 = {"schemaVersion": 2, "config": DOCKER_CONFIG, "layers": [LAYER]}
OCI_1_1 = {
    "schemaVersion": 2,
    "mediaType": MANIFEST,
    "artifactType": "application/vnd.example.policy",
    "config": EMPTY_CONFIG,
    "layers": [LAYER],
    "subject": described(b"{}"),
}
DOCKER_2_2 = {
    "schemaVersion": 2,
    "mediaType": DOCKER_MANIFEST,
    "config": DOCKER_CONFIG,
    "layers": [LAYER | {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"}],
}
SIGNED_SCHEMA_1 = {
    "schemaVersion": 1,
    "name": "team/policy",
    "tag": "latest",
    "architecture": "amd64",
    "fsLayers": [{"blobSum": str(Digest.of(REGO))}],
    "history": [{"v1Compatibility": "{}"}],
    "signatures": [{"header": {}, "signature": "", "protected": ""}],
}
PLATFORM = {"architecture": "arm64", "os": "linux"}


def parse(document: Any, served_as: str = "") -> manifest.Manifest:
    return manifest.parse(json.dumps(document).encode(), served_as=served_as)


@pytest.mark.parametrize(
    ("document", "served_as", "kind", "artifact_type"),
    [
        (OCI_1_0, "", MANIFEST, ""),
        (OCI_1_0, MANIFEST, MANIFEST, ""),
        (OCI_1_0, DOCKER_MANIFEST, DOCKER_MANIFEST, ""),
        (OCI_1_1, MANIFEST, MANIFEST, "application/vnd.example.policy"),
        (DOCKER_2_2, DOCKER_MANIFEST, DOCKER_MANIFEST, ""),
    ],
)
def test_images(document: Any, served_as: str, kind: str, artifact_type: str) -> None:
    found = parse(document, served_as)
    assert (found.media_type, found.artifact_type) == (kind, artifact_type)
    assert [layer.digest for layer in found.layers] == [Digest.of(REGO)]
    assert (found.subject is not None) == ("subject" in document)
    assert not found.is_index


@pytest.mark.parametrize("kind", [INDEX, DOCKER_INDEX])
def test_indexes(kind: str) -> None:
    entry = described(b"{}", media_type=DOCKER_MANIFEST) | {"platform": PLATFORM}
    found = parse({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}, kind)
    assert found.is_index
    assert found.manifests[0].media_type == DOCKER_MANIFEST


@pytest.mark.parametrize("served_as", ["", "application/vnd.docker.distribution.manifest.v1+json"])
def test_schema_1_is_refused_by_name(served_as: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse(SIGNED_SCHEMA_1, served_as)
    assert_code(refused, "MANIFEST_UNSUPPORTED", 4)
    assert "schema 1" in refused.value.message


def test_a_manifest_that_claims_to_be_of_schema_1() -> None:
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    with pytest.raises(FetchError) as refused:
        parse(DOCKER_2_2 | {"mediaType": kind}, kind)
    assert_code(refused, "MANIFEST_UNSUPPORTED", 4)


def test_an_artifact_manifest_of_a_release_candidate_is_refused() -> None:
    kind = "application/vnd.oci.artifact.manifest.v1+json"
    with pytest.raises(FetchError) as refused:
        parse({"schemaVersion": 2, "mediaType": kind, "blobs": []}, kind)
    assert_code(refused, "MANIFEST_UNSUPPORTED", 4)


def test_a_policy_in_a_docker_manifest(server: Server) -> None:
    layer = described(REGO, media_type="text/plain")
    content = json.dumps(DOCKER_2_2 | {"layers": [layer]}).encode()
    digest = Digest.of(content)
    server.manifest(digest, content, DOCKER_MANIFEST)
    server.blob(REGO)
    server.blob(b"{}")
    server.serve(f"/v2/{REPOSITORY}/referrers/{digest}", index(), INDEX)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        found = fetcher.policy(Reference("oci", f"{server.netloc}/{REPOSITORY}", digest))
    assert found.artifact.media_type == DOCKER_MANIFEST
    assert found.blobs[Digest.of(REGO)] == REGO


@pytest.mark.parametrize("kind", [INDEX, DOCKER_INDEX])
def test_which_platform_is_meant_is_never_guessed(server: Server, kind: str) -> None:
    image = json.dumps(DOCKER_2_2).encode()
    entry = described(image, media_type=DOCKER_MANIFEST) | {"platform": PLATFORM}
    content = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}).encode()
    digest = Digest.of(content)
    server.manifest(digest, content, kind)
    server.manifest(Digest.of(image), image, DOCKER_MANIFEST)
    with (
        Fetcher(offline=False, limits=FAST) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.policy(Reference("oci", f"{server.netloc}/{REPOSITORY}", digest))
    assert_code(refused, "MANIFEST_IS_INDEX", 2)


def test_a_referrer_whose_list_gives_another_type(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    entry = described(attached, media_type=DOCKER_MANIFEST)
    listed = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    path = f"/v2/{REPOSITORY}/referrers/{reference.digest}"
    server.serve(path, json.dumps(listed).encode(), INDEX)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        found = fetcher.policy(reference)
    assert [each.problem.code for each in found.refused] == ["MEDIA_TYPE_MISMATCH"]
