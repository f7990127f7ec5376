"""What a file is, trusting nothing: an answer for any bytes, never an exception."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode import recognise
from attest.decode.policies.archive import bundle_tar
from attest.model.material import Kind
from attest.model.policy import File
from tests.decode.making import (
    CYCLONEDX,
    IN_TOTO,
    SARIF_TYPE,
    SHA256,
    SPDX,
    UNKNOWN_TYPE,
    sarif,
    sarif_run,
    statement,
    to_json,
)
from tests.provenance import GENERIC, MAIN, REPOSITORY, generic
from tests.summaries import RESOURCE, SVR, VERIFIER, VSA, svr, vsa

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LOG = sarif(sarif_run())


def envelope(payload: bytes) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"sig": ""}],
    }


def bundle(**content: Any) -> bytes:
    material = {
        "certificate": {"rawBytes": ""},
        "tlogEntries": [{}],
        "timestampVerificationData": {"rfc3161Timestamps": [{}, {}]},
    }
    return to_json({"mediaType": BUNDLE, "verificationMaterial": material} | content)


SIGNED_LOG = envelope(to_json(statement(LOG, SARIF_TYPE)))


@pytest.mark.parametrize(
    ("content", "what", "kind"),
    [
        (bundle(dsseEnvelope=SIGNED_LOG), "Sigstore bundle", Kind.SARIF),
        (
            bundle(messageSignature={"messageDigest": {"algorithm": "SHA2_256"}}),
            "Sigstore bundle",
            Kind.SIGNATURE,
        ),
        (to_json(SIGNED_LOG), "DSSE envelope", Kind.SARIF),
        (to_json(statement({})), "in-toto statement", Kind.UNKNOWN),
        (to_json(LOG), "SARIF log", Kind.SARIF),
        (to_json(CYCLONEDX), "CycloneDX BOM", Kind.SBOM_CYCLONEDX_JSON),
        (to_json(SPDX), "SPDX document", Kind.SBOM_SPDX_JSON),
        (b"-----BEGIN CERTIFICATE-----\n", "certificate (PEM)", None),
        (b"\n-----BEGIN PUBLIC KEY-----\n", "public key (PEM)", None),
        (
            b'{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
            "Sigstore trusted root",
            None,
        ),
        (b'{"a": 1}', "JSON", None),
        (b"[1, 2]", "JSON", None),
        (b'{"a": 1}\n\n{"b": 2}\n', "JSON lines", None),
        (b"\x00asm\x01\x00\x00\x00", "WebAssembly module", None),
        (b"\x00asm\x0d\x00\x01\x00", "WebAssembly component", None),
        (gzip.compress(b"x", mtime=0), "gzip archive", None),
        (bundle_tar([File("a.rego", b"package a")]), "gzip-compressed tar archive", None),
        (b"package a\n", "text", None),
        (b"", "text", None),
        (b"\x00\xff", "binary", None),
    ],
)
def test_what_it_is(content: bytes, what: str, kind: Kind | None) -> None:
    found = recognise(content)
    assert (found.what, found.kind, found.valid, found.problem) == (what, kind, True, None)


def test_a_bundle_shows_its_claims() -> None:
    claims = recognise(bundle(dsseEnvelope=SIGNED_LOG)).claims
    for claim in (
        ("media_type", BUNDLE),
        ("signed_with", "certificate"),
        ("log_entries", "1"),
        ("timestamps", "2"),
        ("payload_type", IN_TOTO),
        ("signatures", "1"),
        ("predicate_type", SARIF_TYPE),
        ("subject", f"app.tar.gz sha256:{SHA256}"),
        ("name", "scanner"),
        ("completed_at", "2026-05-01T10:00:00+00:00"),
        ("rules", "1"),
    ):
        assert claim in claims


def test_what_expectations_would_be_compared_with() -> None:
    said = to_json(statement(generic(), "https://slsa.dev/provenance/v0.2"))
    claims = recognise(said).claims
    assert ("builder", GENERIC) in claims
    assert [value for name, value in claims if name == "source"] == [REPOSITORY]
    assert [value for name, value in claims if name == "ref"] == [MAIN]
    claims = recognise(to_json(statement(vsa(verificationResult="FAILED"), VSA))).claims
    assert ("result", "FAILED") in claims
    assert ("resource", RESOURCE) in claims
    assert ("level", "SLSA_BUILD_LEVEL_2") in claims
    claims = recognise(to_json(statement(svr(), SVR))).claims
    assert ("verifier", VERIFIER) in claims
    assert "resource" not in dict(claims)


def test_many_subjects_are_counted() -> None:
    subjects = [{"digest": {"sha256": SHA256}}] * 10
    assert ("more_subjects", "2") in recognise(to_json(statement({}, subject=subjects))).claims


def test_url_safe_base64_is_read() -> None:
    payload = to_json(statement({"text": "\u00ff\u00fe???>>>"}, UNKNOWN_TYPE))
    document = envelope(payload) | {"payload": base64.urlsafe_b64encode(payload).decode()}
    assert recognise(to_json(document)).valid


@pytest.mark.parametrize(
    ("content", "what", "kind", "code"),
    [
        (b'{"a": 1, "a": 2}', "JSON", None, "JSON_INVALID"),
        (b"\xef\xbb\xbf{}", "JSON", None, "JSON_INVALID"),
        (b'{"a": 1}\n{"b": ', "JSON", None, "JSON_INVALID"),
        (to_json(sarif(sarif_run(tool=None))), "SARIF log", Kind.SARIF, "SARIF_INVALID"),
        (bundle(), "Sigstore bundle", None, "STATEMENT_SHAPE"),
        (bundle(dsseEnvelope=envelope(b"{}")), "Sigstore bundle", None, "STATEMENT_SHAPE"),
        (
            to_json(SIGNED_LOG | {"payload": "not base64"}),
            "DSSE envelope",
            None,
            "STATEMENT_SHAPE",
        ),
        (to_json(SIGNED_LOG | {"payload": 5}), "DSSE envelope", None, "STATEMENT_SHAPE"),
        (
            to_json(statement({}, SARIF_TYPE)),
            "in-toto statement",
            Kind.SARIF,
            "SARIF_INVALID",
        ),
    ],
)
def test_what_is_not_well_formed(content: bytes, what: str, kind: Kind | None, code: str) -> None:
    found = recognise(content)
    assert (found.what, found.kind, found.valid) == (what, kind, False)
    assert found.problem is not None
    assert found.problem.code == code


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=64))
@pytest.mark.parametrize("start", [b"", b"{", b"\x1f\x8b", b"\x00asm"])
def test_any_bytes_are_something(start: bytes, content: bytes) -> None:
    assert recognise(start + content).what


KEYS = st.sampled_from(
    [
        "verificationMaterial",
        "tlogEntries",
        "timestampVerificationData",
        "dsseEnvelope",
        "messageSignature",
        "messageDigest",
        "payload",
        "payloadType",
        "signatures",
        "_type",
        "runs",
        "version",
        "bomFormat",
        "spdxVersion",
        "tlogs",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, max_size=5),
    st.sampled_from([None, BUNDLE, "application/vnd.dev.sigstore.trustedroot+json", 5]),
)
def test_any_json_is_something(document: dict[str, Any], media_type: Any) -> None:
    assert recognise(to_json(document | {"mediaType": media_type})).what
