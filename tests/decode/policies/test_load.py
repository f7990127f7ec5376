"""From a pinned manifest or file to a policy bundle."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import load, media
from attest.decode.policies.archive import bundle_tar
from attest.errors import DecodeError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.policy import Claims, File, PolicyBundle
from attest.model.trust import Method, Verified
from tests.decode.making import refused

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
REGO_LAYER = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego"
REGO = b"package p\n"
WASM = b"\x00asm\x01\x00\x00\x00"
PACKED = bundle_tar([File("p.rego", REGO)])
WHERE = Reference("oci", "registry.example/policies")


def layer(content: bytes, kind: str = media.LAYER_TYPE, title: str | None = None) -> dict[str, Any]:
    described = {"mediaType": kind, "digest": str(Digest.of(content)), "size": len(content)}
    return described | ({"annotations": {media.TITLE: title}} if title else {})


def manifest(*layers: Any, **changes: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": MANIFEST, "layers": list(layers)} | changes


def pinned(content: bytes, kind: str, where: Reference = WHERE) -> Verified:
    artifact = Artifact.of(where, content, kind)
    return Verified(artifact, Method.PIN, content, kind, artifact.digest)


def read(
    document: dict[str, Any], *contents: bytes, blobs: dict[Digest, bytes] | None = None
) -> PolicyBundle:
    payload = json.dumps(document).encode()
    found = {Digest.of(content): content for content in contents} if blobs is None else blobs
    return load(pinned(payload, MANIFEST), found, reference=WHERE)


def test_an_artifact_of_ours() -> None:
    document = manifest(
        layer(PACKED),
        artifactType=media.ARTIFACT_TYPE,
        annotations={
            "org.opencontainers.image.version": "1.2",
            "org.opencontainers.image.revision": "abc",
            "org.opencontainers.image.authors": "team",
            "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
            media.TITLE: "release",
        },
    )
    bundle = read(document, PACKED)
    assert bundle.claims == Claims("1.2", "abc", "team", "2026-01-01T00:00:00Z")
    assert bundle.source == WHERE
    assert bundle.digest == Digest.of(bundle.verified.payload)
    (policy,) = bundle.policies
    assert (policy.name, policy.claims) == ("release", bundle.claims)
    assert [file.content for file in policy.code] == [REGO]


def test_the_revision_is_that_of_opas_manifest() -> None:
    packed = bundle_tar([File("p.rego", REGO), File(".manifest", b'{"revision": "r7"}')])
    document = manifest(
        layer(packed, "application/vnd.oci.image.layer.v1.tar+gzip"),
        annotations={"org.opencontainers.image.revision": "abc"},
    )
    bundle = read(document, packed)
    assert bundle.claims.revision == bundle.policies[0].claims.revision == "r7"


def test_layers_as_conftest_writes_them() -> None:
    data = b'{"x": 1}'
    document = manifest(
        layer(REGO, REGO_LAYER, "policy/p.rego"),
        layer(data, "application/vnd.cncf.openpolicyagent.data.layer.v1+json", "data/x.json"),
        layer(b"{}", "application/vnd.cncf.openpolicyagent.manifest.layer.v1+json"),
    )
    (policy,) = read(document, REGO, data, b"{}").policies
    assert [file.path for file in policy.code] == ["policy/p.rego"]


@pytest.mark.parametrize("kind", ["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"])
@pytest.mark.parametrize(("title", "name"), [(None, "policy"), ("verify-it.wasm", "verify-it")])
def test_single_wasm_layers(kind: str, title: str | None, name: str) -> None:
    (policy,) = read(manifest(layer(WASM, kind, title)), WASM).policies
    assert policy.name == name
    assert policy.code[0].content == WASM


def test_a_folder_as_an_author_has_it() -> None:
    spec = b"apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: {path: p.rego}"
    document = manifest(
        layer(REGO, REGO_LAYER, "p.rego"),
        layer(spec, "application/octet-stream", "policy.yaml"),
    )
    (policy,) = read(document, REGO, spec).policies
    assert (policy.name, policy.chainloop) == ("p", True)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (manifest(layer(PACKED, "application/vnd.example.policy")), "LAYER_TYPE"),
        (manifest(layer(PACKED), layer(REGO, "text/x-unknown", "q.rego")), "LAYER_TYPE"),
        (manifest(layer(b"missing")), "LAYER_DIGEST"),
        (manifest(layer(PACKED) | {"size": 1}), "LAYER_DIGEST"),
        (manifest(layer(PACKED) | {"digest": "md5:00"}), "POLICY_BUNDLE_MALFORMED"),
        (manifest(layer(PACKED) | {"digest": None}), "POLICY_BUNDLE_MALFORMED"),
        (manifest(layer(REGO, "application/octet-stream")), "POLICY_BUNDLE_MALFORMED"),
        (manifest(layer(REGO, REGO_LAYER, "../p.rego")), "POLICY_FILE_REFUSED"),
        (
            manifest(layer(REGO, REGO_LAYER), layer(REGO, REGO_LAYER)),
            "POLICY_FILE_REFUSED",
        ),
        (manifest(), "POLICY_BUNDLE_EMPTY"),
        (manifest(layer(PACKED), schemaVersion=1), "POLICY_BUNDLE_MALFORMED"),
        (manifest(layer(PACKED), annotations={"a": 5}), "POLICY_BUNDLE_MALFORMED"),
        (manifest("x"), "POLICY_BUNDLE_MALFORMED"),
        (manifest(layers={}), "POLICY_BUNDLE_MALFORMED"),
        (manifest(*[layer(PACKED)] * 1001), "POLICY_BUNDLE_TOO_LARGE"),
    ],
)
def test_manifest_refusals(document: dict[str, Any], code: str) -> None:
    error = refused(code, read, document, PACKED, REGO)
    assert error.where.startswith(str(WHERE))


def test_all_layers_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = [
        bundle_tar([File(f"{half}/{n}.rego", b"") for n in range(600)]) for half in ("a", "b")
    ]
    document = manifest(*map(layer, halves))
    refused("POLICY_BUNDLE_TOO_LARGE", read, document, *halves)
    monkeypatch.setattr("attest.decode.policies.manifest.MAX_BYTES", len(REGO) - 1)
    refused("POLICY_BUNDLE_TOO_LARGE", read, manifest(layer(PACKED)), PACKED)


def test_the_manifest_and_a_single_file_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    document = manifest(layer(PACKED), annotations={"a": "x" * (4 << 20)})
    refused("POLICY_BUNDLE_TOO_LARGE", read, document, PACKED)
    monkeypatch.setattr("attest.decode.policies.MAX_BYTES", len(REGO) - 1)
    where = Reference("file", "p.rego")
    refused("POLICY_BUNDLE_TOO_LARGE", load, pinned(REGO, "text/plain", where), {}, reference=where)


def test_a_layer_is_hashed_again() -> None:
    blobs = {Digest.of(PACKED): bundle_tar([File("p.rego", b"package q\n")])}
    refused("LAYER_DIGEST", read, manifest(layer(PACKED)), blobs=blobs)


def test_a_manifest_is_strict_json() -> None:
    payload = json.dumps(manifest(layer(PACKED))).encode()[:-1] + b', "layers": []}'
    twice = pinned(payload, MANIFEST)
    refused("POLICY_BUNDLE_MALFORMED", load, twice, {Digest.of(PACKED): PACKED}, reference=WHERE)


SINGLE_YAML = (
    b"apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {name: one}\n"
    b"spec: {embedded: package p}\n"
)


@pytest.mark.parametrize(
    ("locator", "content", "name"),
    [
        ("policies/p.rego", REGO, "policy"),
        ("policies/p.wasm", WASM, "p"),
        ("policies/download", WASM, "policy"),
        ("policies/policy.yaml", SINGLE_YAML, "one"),
        ("policies/bundle.tar.gz", PACKED, "policy"),
        ("https://example.org/p.rego?raw=1", REGO, "policy"),
    ],
)
def test_a_single_file(locator: str, content: bytes, name: str) -> None:
    where = Reference("file", locator)
    found = load(pinned(content, "application/octet-stream", where), {}, reference=where)
    assert [policy.name for policy in found.policies] == [name]


def test_a_single_file_of_a_known_type_needs_no_ending() -> None:
    where = Reference("https", "//example.org/policy")
    found = load(pinned(REGO, REGO_LAYER, where), {}, reference=where)
    assert found.policies[0].code[0].content == REGO


@pytest.mark.parametrize(
    ("locator", "content", "code"),
    [
        ("p.txt", REGO, "POLICY_BUNDLE_MALFORMED"),
        ("p.cedar", b"permit(...);", "POLICY_BUNDLE_MALFORMED"),
        ("p.json", b"{}", "POLICY_BUNDLE_EMPTY"),
        ("p.yaml", b"a: 1", "POLICY_BUNDLE_EMPTY"),
        ("p.tar.gz", b"\x1f\x8bx", "POLICY_BUNDLE_MALFORMED"),
    ],
)
def test_other_files_are_refused(locator: str, content: bytes, code: str) -> None:
    where = Reference("file", locator)
    refused(code, load, pinned(content, "text/plain", where), {}, reference=where)


def test_an_attestation_is_not_a_bundle() -> None:
    where = Reference("file", "p.rego")
    found = pinned(REGO, "application/vnd.in-toto+json", where)
    envelope = Verified(found.artifact, Method.ENVELOPE, REGO, found.payload_type, found.signed)
    refused("POLICY_BUNDLE_MALFORMED", load, envelope, {}, reference=where)


VALUES: st.SearchStrategy[Any] = st.sampled_from([None, 0, 2, -1, "", "x", [], {}, [{}]])


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["mediaType", "digest", "size", "annotations"]), VALUES),
    st.dictionaries(st.sampled_from(["schemaVersion", "layers", "annotations"]), VALUES),
)
def test_any_manifest_is_read_or_refused(inner: dict[str, Any], outer: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        assert read(manifest(layer(PACKED) | inner) | outer, PACKED).policies


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.sampled_from([MANIFEST, "text/plain"]), st.binary(max_size=40), st.text(max_size=12))
def test_any_file_is_read_or_refused(kind: str, content: bytes, locator: str) -> None:
    where = Reference("file", locator)
    with contextlib.suppress(DecodeError):
        load(pinned(content, kind, where), {}, reference=where)
