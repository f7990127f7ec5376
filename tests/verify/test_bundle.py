"""The form of a bundle: what is read, and what is refused before anything is verified."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.testing import BundleKnobs, edit, read, remove
from attest.verify import bundle as module
from attest.verify.bundle import (
    MAX_INTEGRATED_TIME,
    MEDIA_TYPES,
    Envelope,
    Message,
    parse_bundle,
)
from tests.verify.setting import BLOB, BOX, STATEMENT

ENVELOPE = BOX.sign_statement(STATEMENT)
MESSAGE = BOX.sign_blob(BLOB)
OLD = BOX.sign_blob(
    BLOB, knobs=BundleKnobs(media_type="application/vnd.dev.sigstore.bundle+json;version=0.2")
)
MATERIAL = "/verificationMaterial"
ENTRY = MATERIAL + "/tlogEntries/0"
CHAIN = MATERIAL + "/x509CertificateChain/certificates"
STAMPS = MATERIAL + "/timestampVerificationData/rfc3161Timestamps"


def _refused(content: bytes, says: str, code: str = "BUNDLE_MALFORMED") -> None:
    with pytest.raises(VerificationError, match=says) as refusal:
        parse_bundle(content)
    assert refusal.value.code == code
    assert refusal.value.exit_code == 4


def test_an_envelope() -> None:
    bundle = parse_bundle(ENVELOPE)
    assert bundle.content == Envelope("application/vnd.in-toto+json", STATEMENT)
    assert bundle.leaf is not None
    assert len(bundle.entries) == len(bundle.timestamps) == 1
    assert bundle.version == 3


def test_a_message_signature() -> None:
    assert parse_bundle(MESSAGE).content == Message(Digest.of(BLOB))


def test_a_managed_key() -> None:
    assert parse_bundle(BOX.sign_blob(BLOB, key=BOX.key_pair("k"))).leaf is None


def test_a_chain_before_v03() -> None:
    assert parse_bundle(OLD).version == 2
    assert parse_bundle(OLD).leaf is not None


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/vnd.dev.sigstore.bundle.v0.4+json", "", "x" * 200],
)
def test_another_media_type(media_type: str) -> None:
    assert media_type not in MEDIA_TYPES
    _refused(edit(ENVELOPE, "/mediaType", media_type), "media type", "BUNDLE_TYPE")


@pytest.mark.parametrize(
    ("bundle", "pointer", "value", "says"),
    [
        (ENVELOPE, "/messageSignature", read(MESSAGE, "/messageSignature"), "exactly one of dsse"),
        (ENVELOPE, "/dsseEnvelope", None, "exactly one of dsse"),
        (ENVELOPE, "/dsseEnvelope/signatures", [], "no signature"),
        (ENVELOPE, "/dsseEnvelope/signatures", [{"sig": "QQ=="}] * 2, "1 are allowed"),
        (ENVELOPE, "/dsseEnvelope/signatures/0/sig", "", "signature is empty"),
        (ENVELOPE, "/dsseEnvelope/payload", "QR==", "canonical base64"),
        (MESSAGE, "/messageSignature/signature", "-_8=", "not base64"),
        (MESSAGE, "/messageSignature/messageDigest/algorithm", "MD5", "not supported"),
        (MESSAGE, "/messageSignature/messageDigest/digest", "QQ==", "64 lower-case hex"),
        (ENVELOPE, MATERIAL + "/publicKey", {"hint": "x"}, "exactly one of certificate"),
        (ENVELOPE, MATERIAL + "/certificate", None, "exactly one of certificate"),
        (OLD, CHAIN, [], "is empty"),
        (OLD, CHAIN, [read(OLD, CHAIN + "/0")] * 17, "16 are allowed"),
        (ENVELOPE, MATERIAL + "/tlogEntries", [read(ENVELOPE, ENTRY)] * 2, "twice"),
        (ENVELOPE, MATERIAL + "/tlogEntries", [{}] * 9, "8 are allowed"),
        (ENVELOPE, STAMPS, [read(ENVELOPE, STAMPS + "/0")] * 2, "twice"),
        (ENVELOPE, STAMPS, [{}] * 33, "32 are allowed"),
        (ENVELOPE, ENTRY + "/logIndex", "-1", "logIndex"),
        (ENVELOPE, ENTRY + "/integratedTime", str(2**62), "beyond the year 9999"),
        (ENVELOPE, ENTRY + "/inclusionProof/hashes", ["QQ=="] * 65, "64 are allowed"),
        (ENVELOPE, ENTRY + "/inclusionProof/treeSize", True, "treeSize"),
    ],
)
def test_what_is_malformed(bundle: bytes, pointer: str, value: Any, says: str) -> None:
    _refused(edit(bundle, pointer, value), says)


@pytest.mark.parametrize(
    "pointer",
    [
        "/mediaType",
        MATERIAL,
        "/dsseEnvelope/payloadType",
        "/dsseEnvelope/payload",
        ENTRY + "/logId",
        ENTRY + "/logIndex",
        ENTRY + "/canonicalizedBody",
    ],
)
def test_what_is_missing(pointer: str) -> None:
    _refused(remove(ENVELOPE, pointer), "is missing")


def test_a_chain_in_v03_is_refused() -> None:
    media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    _refused(edit(OLD, "/mediaType", media_type), "x509CertificateChain in a v0.3")


def test_a_root_in_the_chain_is_refused() -> None:
    root = {"rawBytes": read(BOX.trusted_root(), _ROOT_CERTIFICATE)}
    intermediate = {"rawBytes": read(BOX.trusted_root(), _INTERMEDIATE)}
    leaf = read(OLD, CHAIN + "/0")
    _refused(edit(OLD, CHAIN, [leaf, intermediate, root]), "holds a root")
    _refused(edit(OLD, CHAIN, [leaf, {"rawBytes": "QUJD"}]), "does not parse")
    assert parse_bundle(edit(OLD, CHAIN, [leaf, intermediate])).leaf is not None


_INTERMEDIATE = "/certificateAuthorities/0/certChain/certificates/0/rawBytes"
_ROOT_CERTIFICATE = "/certificateAuthorities/0/certChain/certificates/1/rawBytes"


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", len(ENVELOPE) - 1)
    _refused(ENVELOPE, "are allowed")


def test_strict_json() -> None:
    _refused(ENVELOPE[:-1] + b',"mediaType":"x"}', "duplicate key")
    _refused(b"\xef\xbb\xbf" + ENVELOPE, "BOM|byte-order|Expecting")
    _refused(b"[]", "not an object")


@given(st.binary(max_size=300))
@settings(derandomize=True, max_examples=200)
def test_arbitrary_bytes(content: bytes) -> None:
    with suppress(VerificationError):
        parse_bundle(content)


@given(st.integers(0, len(ENVELOPE) - 1), st.binary(min_size=1, max_size=3))
@settings(derandomize=True, max_examples=300)
def test_only_refusals_escape(at: int, noise: bytes) -> None:
    with suppress(VerificationError):
        parse_bundle(ENVELOPE[:at] + noise + ENVELOPE[at + len(noise) :])


def test_the_largest_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", len(ENVELOPE))
    assert parse_bundle(ENVELOPE).leaf is not None
    _refused(ENVELOPE + b" ", "are allowed")


def test_the_parts_of_an_entry() -> None:
    (entry,) = parse_bundle(ENVELOPE).entries
    assert entry.kind == "dsse 0.0.1"
    assert entry.promise is not None
    assert entry.proof is not None
    assert entry.proof.checkpoint is not None
    bare = ENVELOPE
    for part in ("/kindVersion", "/inclusionPromise", "/inclusionProof/checkpoint"):
        bare = remove(bare, ENTRY + part)
    (entry,) = parse_bundle(bare).entries
    assert (entry.kind, entry.promise) == ("", None)
    assert entry.proof is not None
    assert entry.proof.checkpoint is None


def test_the_last_second_that_is_read() -> None:
    late = edit(ENVELOPE, ENTRY + "/integratedTime", str(MAX_INTEGRATED_TIME))
    assert parse_bundle(late).entries[0].integrated_at == MAX_INTEGRATED_TIME
    later = edit(ENVELOPE, ENTRY + "/integratedTime", str(MAX_INTEGRATED_TIME + 1))
    _refused(later, "beyond the year 9999")


def test_the_digest_is_a_hint_that_may_be_absent() -> None:
    assert parse_bundle(remove(MESSAGE, "/messageSignature/messageDigest")).content == Message(None)
