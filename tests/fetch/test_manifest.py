"""Manifests: one meaning or a refusal, on any bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch import manifest
from attest.fetch.manifest import DOCKER_MANIFEST, EMPTY, INDEX, MANIFEST
from attest.model.digest import Digest
from tests.fetch.helpers import REGO, assert_code
from tests.fetch.server import described

PROPERTY = settings(
    derandomize=True, max_examples=120, suppress_health_check=[HealthCheck.too_slow]
)
HEX = Digest.of(b"x")
EMPTY_CONFIG = described(b"{}", media_type=EMPTY)


def descriptor(**changes: Any) -> dict[str, Any]:
    return {"mediaType": "text/plain", "digest": str(HEX), "size": 1} | changes


def image(**changes: Any) -> dict[str, Any]:
    plain = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(),
        "layers": [descriptor()],
    }
    return {key: value for key, value in (plain | changes).items() if value is not ...}


def parse(document: Any, served_as: str = "") -> manifest.Manifest:
    return manifest.parse(json.dumps(document).encode(), served_as=served_as, count=3)


def test_a_manifest_is_read() -> None:
    layer = descriptor(annotations={"org.opencontainers.image.title": "p.rego"})
    found = parse(image(layers=[layer], subject=descriptor(size=9)), MANIFEST)
    assert found.layers[0].annotations == {"org.opencontainers.image.title": "p.rego"}
    assert found.subject is not None
    assert found.subject.size == 9
    assert [each.digest for each in found.blobs] == [HEX, HEX]
    assert not found.is_index


@pytest.mark.parametrize(("stated", "read"), [("a/b", "a/b"), ("", ""), (None, ""), (..., "")])
def test_an_artifact_type_is_optional(stated: Any, read: str) -> None:
    """Clients write an empty one, or null, where they have none."""
    assert parse(image(artifactType=stated)).artifact_type == read


def test_an_index_is_read_without_a_media_type() -> None:
    assert parse({"schemaVersion": 2, "manifests": [descriptor()]}).is_index


BAD_DIGESTS = ["sha256:../../../etc/passwd", "md5:" + "a" * 32, "sha256:" + "A" * 64, "", 7]
BAD_SIZES = [True, -1, 1.0, "1", None, 1 << 63]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        *[(image(layers=[descriptor(digest=bad)]), "MANIFEST_MALFORMED") for bad in BAD_DIGESTS],
        *[(image(layers=[descriptor(size=bad)]), "MANIFEST_MALFORMED") for bad in BAD_SIZES],
        (image(config=...), "MANIFEST_MALFORMED"),
        (image(layers=...), "MANIFEST_MALFORMED"),
        (image(layers={}), "MANIFEST_MALFORMED"),
        (image(layers=[[]]), "MANIFEST_MALFORMED"),
        (image(layers=[descriptor(mediaType="a b")]), "MANIFEST_MALFORMED"),
        (image(layers=[descriptor(annotations={"a": 1})]), "MANIFEST_MALFORMED"),
        (image(subject={}), "MANIFEST_MALFORMED"),
        (image(subject="sha256"), "MANIFEST_MALFORMED"),
        (image(artifactType=5), "MANIFEST_MALFORMED"),
        (image(artifactType="no type"), "MANIFEST_MALFORMED"),
        (image(schemaVersion=1), "MANIFEST_UNSUPPORTED"),
        (image(schemaVersion=0), "MANIFEST_MALFORMED"),
        (image(schemaVersion=3), "MANIFEST_MALFORMED"),
        (image(schemaVersion="1"), "MANIFEST_MALFORMED"),
        (image(schemaVersion=True), "MANIFEST_MALFORMED"),
        (image(schemaVersion=2.0), "MANIFEST_MALFORMED"),
        (image(mediaType=5), "MANIFEST_MALFORMED"),
        (image(layers=..., manifests=[]), "MANIFEST_MALFORMED"),
        (image(mediaType=INDEX), "MANIFEST_MALFORMED"),
        ([], "MANIFEST_MALFORMED"),
        (None, "MANIFEST_MALFORMED"),
        (image(manifests=[]), "MANIFEST_AMBIGUOUS"),
        (image(mediaType="application/json"), "MANIFEST_UNSUPPORTED"),
        (image(layers=[descriptor()] * 4), "MANIFEST_TOO_LARGE"),
        ({"schemaVersion": 2, "manifests": [descriptor()] * 4}, "MANIFEST_TOO_LARGE"),
    ],
)
def test_what_is_no_manifest_is_refused(document: Any, code: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse(document)
    assert_code(refused, code, 4)


@pytest.mark.parametrize("stated", [MANIFEST, INDEX, DOCKER_MANIFEST])
@pytest.mark.parametrize("served", [MANIFEST, INDEX, DOCKER_MANIFEST, "application/json"])
def test_document_and_server_must_agree(stated: str, served: str) -> None:
    document = image(mediaType=stated)
    if stated == INDEX:
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    if stated == served:
        assert parse(document, served).media_type == stated
        return
    with pytest.raises(FetchError) as refused:
        parse(document, served)
    assert_code(refused, "MEDIA_TYPE_MISMATCH", 4)


def test_a_manifest_without_media_type_is_what_it_was_served_as() -> None:
    with pytest.raises(FetchError) as refused:
        parse(image(mediaType=...), "application/json")
    assert_code(refused, "MANIFEST_UNSUPPORTED", 4)
    with pytest.raises(FetchError) as refused:
        parse(image(mediaType=...), INDEX)
    assert_code(refused, "MANIFEST_MALFORMED", 4)


def embedded(content: bytes, **changes: Any) -> dict[str, Any]:
    data = base64.b64encode(content).decode()
    return image() | {
        "layers": [described(content, media_type="text/plain") | {"data": data} | changes]
    }


def test_embedded_content_that_is_what_the_digest_names() -> None:
    assert parse(embedded(REGO)).layers[0].size == len(REGO)
    assert parse(image() | {"config": EMPTY_CONFIG | {"data": "e30="}}).config is not None


@pytest.mark.parametrize(
    "document",
    [
        embedded(REGO, data=base64.b64encode(REGO.upper()).decode()),
        embedded(REGO, size=1),
        embedded(REGO, digest=str(Digest.of(b"other"))),
        embedded(REGO, data="e30"),
        embedded(REGO, data=" e30="),
        embedded(REGO, data=5),
        embedded(REGO, data=["e30="]),
        image() | {"config": EMPTY_CONFIG | {"size": 3}},
        image() | {"config": described(b"{ }", media_type=EMPTY)},
        image() | {"layers": [described(REGO, media_type=EMPTY)]},
    ],
)
def test_known_content_that_is_something_else(document: Any) -> None:
    with pytest.raises(FetchError) as refused:
        parse(document)
    assert_code(refused, "MANIFEST_MALFORMED", 4)


def test_bounds_are_met() -> None:
    assert len(parse(image(layers=[descriptor()] * 3)).layers) == 3
    for size in (0, (1 << 63) - 1):
        assert parse(image(layers=[descriptor(size=size)])).layers[0].size == size


def test_duplicate_keys_are_refused() -> None:
    text = json.dumps(image()).replace('"layers"', '"layers": [], "layers"', 1)
    with pytest.raises(FetchError) as refused:
        manifest.parse(text.encode())
    assert_code(refused, "MANIFEST_MALFORMED", 4)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "artifactType"]
)


@PROPERTY
@given(st.dictionaries(KEYS, VALUES, max_size=3), st.sampled_from([MANIFEST, INDEX, "", "x"]))
def test_any_document_is_read_or_refused(changes: dict[str, Any], served_as: str) -> None:
    try:
        parse(image(**changes), served_as)
    except FetchError as refused:
        assert refused.exit_code == 4  # noqa: PT017  # either answer is right


@PROPERTY
@given(st.dictionaries(st.sampled_from(["mediaType", "digest", "size", "annotations"]), VALUES))
def test_any_descriptor_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = parse(image(layers=[descriptor(**changes)])).layers[0]
    except FetchError as refused:
        assert refused.code == "MANIFEST_MALFORMED"  # noqa: PT017  # either answer is right
    else:
        assert Digest.parse(str(found.digest)) == found.digest
        assert type(found.size) is int


@PROPERTY
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(FetchError) as refused:
        manifest.parse(content)
    assert_code(refused, "MANIFEST_MALFORMED", 4)


def test_absurd_nesting_is_refused() -> None:
    with pytest.raises(FetchError) as refused:
        manifest.parse(b"[" * 100_000)
    assert_code(refused, "MANIFEST_MALFORMED", 4)
