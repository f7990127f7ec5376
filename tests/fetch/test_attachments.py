"""Which media types mean what; everything else is listed as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.fetch.attachments import DSSE, NOTARY, SIMPLE_SIGNING, buildkit_about, parts
from attest.fetch.manifest import EMPTY, INDEX, MANIFEST, Manifest, parse
from attest.model.attachment import Form
from attest.model.digest import Digest
from tests.decode.making import IN_TOTO
from tests.fetch.server import described, image

SIGNATURE = "dev.cosignproject.cosign/signature"


def manifest(*media_types: str, **more: Any) -> Manifest:
    layers = [described(b"x", media_type=each) for each in media_types]
    return parse(image(b"", layers=layers, **more))


@pytest.mark.parametrize(
    ("media_type", "form"),
    [
        ("application/vnd.dev.sigstore.bundle.v0.3+json", Form.BUNDLE),
        ("application/vnd.dev.sigstore.bundle+json;version=0.1", Form.BUNDLE),
        ("application/vnd.dev.sigstore.bundle.v0.9+cbor", Form.BUNDLE),
        (SIMPLE_SIGNING, Form.COSIGN_SIGNATURE),
        (DSSE, Form.ENVELOPE),
        (IN_TOTO, Form.DOCUMENT),
        ("application/spdx+json", Form.DOCUMENT),
        ("application/sarif+json", Form.DOCUMENT),
        ("application/vnd.cyclonedx+json", Form.DOCUMENT),
        ("application/vnd.in-toto.provenance+dsse", Form.DOCUMENT),
        ("application/json", Form.DOCUMENT),
        ("application/x-anything", Form.OTHER),
    ],
)
def test_forms(media_type: str, form: Form) -> None:
    (part,) = parts(manifest(media_type))
    assert part.form is form
    assert (part.layer is None) == (form is Form.OTHER)


def test_a_manifest_of_nothing_that_is_read_is_one_part() -> None:
    (part,) = parts(manifest("a/b", "c/d", artifactType="application/x-chart"))
    assert (part.form, part.media_type) == (Form.OTHER, "application/x-chart")
    for layers in ([], [described(b"{}", media_type=EMPTY)]):
        (part,) = parts(parse(image(b"", layers=layers)))
        assert (part.form, part.media_type) == (Form.OTHER, EMPTY)


@pytest.mark.parametrize(
    "more", [{"artifactType": NOTARY}, {"config": described(b"{}", media_type=NOTARY)}]
)
def test_notary_is_told_by_artifact_type_and_by_configuration(more: dict[str, Any]) -> None:
    """OCI 1.0 has no artifact type."""
    (part,) = parts(manifest("application/jose+json", **more))
    assert part.form is Form.NOTARY


def test_what_cosign_writes_beside_a_layer_comes_along() -> None:
    annotations = {
        SIGNATURE: "c2ln",
        "dev.sigstore.cosign/certificate": "pem",
        "dev.sigstore.cosign/chain": "chain",
        "dev.sigstore.cosign/bundle": "{}",
        "dev.sigstore.cosign/rfc3161timestamp": "{ }",
    }
    layer = described(b"x", media_type=SIMPLE_SIGNING) | {"annotations": annotations}
    (part,) = parts(parse(image(b"", layers=[layer])))
    cosign = part.cosign
    assert cosign is not None
    assert (cosign.signature, cosign.certificate, cosign.chain) == ("c2ln", "pem", "chain")
    assert (cosign.bundle, cosign.timestamp) == ("{}", "{ }")
    layer = described(b"x", media_type=DSSE) | {"annotations": {SIGNATURE: ""}}
    (part,) = parts(parse(image(b"", layers=[layer])))
    assert part.form is Form.COSIGN_ATTESTATION


@pytest.mark.parametrize(
    ("annotations", "about"),
    [
        ({"vnd.docker.reference.type": "attestation-manifest"}, "no manifest of the index"),
        ({"vnd.docker.reference.type": "something"}, None),
        ({}, None),
        (
            {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": str(Digest.of(b"elsewhere")),
            },
            "no manifest of the index",
        ),
        (
            {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": str(Digest.of(b"platform")),
            },
            f"the platform manifest {Digest.of(b'platform')}",
        ),
    ],
)
def test_what_an_index_says_of_its_platforms(
    annotations: dict[str, str], about: str | None
) -> None:
    entries = [described(b"platform"), described(b"built") | {"annotations": annotations}]
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    found = parse(json.dumps(document).encode())
    assert buildkit_about(found.manifests[1], found) == about
    assert found.manifests[0].media_type == MANIFEST
