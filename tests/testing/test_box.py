"""The box signs what two independent verifiers accept, with the same bytes each time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from attest.errors import VerificationError
from attest.model.trust import Method, Require
from attest.testing import (
    CLAIMS,
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    LogKnobs,
    PrivateSigstore,
    read,
    sign_envelope,
    statement,
)
from tests.testing.checks import NOW, sigstore_accepts, verified

BLOB = b"#!/bin/sh\necho released\n"
STATEMENT = statement({"app.tar.gz": BLOB}, "https://example.org/predicate/v1", {"passed": True})
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
V02 = "application/vnd.dev.sigstore.bundle+json;version=0.2"
SHAPES = {
    "rekor-v1": BundleKnobs(),
    "rekor-v2": BundleKnobs(log=LogKnobs(version=2)),
    "v0.1": BundleKnobs(media_type=V01),
    "v0.2": BundleKnobs(media_type=V02),
}


@pytest.mark.parametrize("knobs", SHAPES.values(), ids=SHAPES)
def test_statement_is_accepted(box: PrivateSigstore, knobs: BundleKnobs, tmp_path: Path) -> None:
    bundle = box.sign_statement(STATEMENT, knobs=knobs)
    assert sigstore_accepts(box, bundle, tmp_path) == STATEMENT
    proven = verified(box, bundle)
    assert proven.payload == STATEMENT
    assert proven.method is Method.ENVELOPE
    assert {each.time for each in proven.times} == {NOW}


@pytest.mark.parametrize("knobs", SHAPES.values(), ids=SHAPES)
def test_blob_is_accepted(box: PrivateSigstore, knobs: BundleKnobs, tmp_path: Path) -> None:
    bundle = box.sign_blob(BLOB, knobs=knobs)
    sigstore_accepts(box, bundle, tmp_path, message=BLOB)
    assert verified(box, bundle, message=BLOB).method is Method.MESSAGE


@pytest.mark.parametrize("kind", KeyType)
@pytest.mark.parametrize("version", [1, 2])
def test_every_kind_of_leaf_key(box: PrivateSigstore, kind: KeyType, version: int) -> None:
    knobs = BundleKnobs(certificate=CertificateKnobs(key_type=kind), log=LogKnobs(version=version))
    assert verified(box, box.sign_statement(STATEMENT, knobs=knobs)).payload == STATEMENT
    assert verified(box, box.sign_blob(BLOB, knobs=knobs), message=BLOB).log_entries


@pytest.mark.parametrize("kind", KeyType)
@pytest.mark.parametrize("tlog", [True, False])
def test_every_kind_of_managed_key(box: PrivateSigstore, kind: KeyType, *, tlog: bool) -> None:
    pair = box.key_pair("k", kind)
    bundle = box.sign_statement(STATEMENT, key=pair, tlog=tlog, timestamp=tlog)
    require = Require(tlog=int(tlog), sct=0, timestamp=int(tlog))
    assert verified(box, bundle, key=pair, require=require).payload == STATEMENT
    blob = box.sign_blob(BLOB, key=pair, tlog=tlog, timestamp=tlog)
    assert verified(box, blob, key=pair, message=BLOB, require=require).signers


def test_timestamp_alone(box: PrivateSigstore) -> None:
    bundle = box.sign_statement(STATEMENT, tlog=False)
    proven = verified(box, bundle, require=Require(tlog=0, sct=1, timestamp=1))
    assert [each.source for each in proven.times] == ["tsa"]


def test_log_alone(box: PrivateSigstore, tmp_path: Path) -> None:
    bundle = box.sign_statement(STATEMENT, timestamp=False)
    assert sigstore_accepts(box, bundle, tmp_path) == STATEMENT
    assert [each.source for each in verified(box, bundle).times] == ["tlog"]


def test_every_claim_is_written_where_a_verifier_reads_it(box: PrivateSigstore) -> None:
    claims = {name: f"value of {name}" for name in CLAIMS}
    credential = box.certificate(claims=claims)
    (signer,) = verified(box, box.sign_statement(STATEMENT, key=credential)).signers
    assert signer.claims == claims
    assert (signer.identity, signer.issuer) == (IDENTITY, ISSUER)


def test_mail_address_as_identity(box: PrivateSigstore) -> None:
    bundle = box.sign_statement(STATEMENT, identity="release@example.org")
    with pytest.raises(VerificationError, match=r"release@example\.org") as refused:
        verified(box, bundle)
    assert refused.value.code == "IDENTITY_MISMATCH"


def test_mapping_is_written_as_canonical_json(box: PrivateSigstore) -> None:
    bundle = box.sign_statement({"b": 1, "a": "é"})
    assert verified(box, bundle).payload == '{"a":"é","b":1}'.encode()


def test_payload_type_counts_bytes(box: PrivateSigstore) -> None:
    bundle = box.sign_statement(STATEMENT, payload_type="application/vnd.exämple+json")
    assert verified(box, bundle).payload_type == "application/vnd.exämple+json"


def test_envelope_has_a_signature_for_each_key(box: PrivateSigstore) -> None:
    pairs = [box.key_pair(name) for name in ("alice", "bob")]
    envelope = sign_envelope(STATEMENT, *pairs)
    signatures = [each["sig"] for each in read(envelope, "/signatures")]
    assert len(set(signatures)) == len(pairs)


def test_calls_do_not_influence_each_other(box: PrivateSigstore) -> None:
    other = PrivateSigstore(NOW)
    other.sign_blob(b"something before")
    assert other.sign_statement(STATEMENT) == box.sign_statement(STATEMENT)
    assert other.trusted_root() == box.trusted_root()


def test_another_process_writes_the_same_bytes(box: PrivateSigstore) -> None:
    code = (
        "import sys; from datetime import UTC, datetime;"
        "from attest.testing import PrivateSigstore, KeyType;"
        "box = PrivateSigstore(datetime(2026, 6, 1, 12, tzinfo=UTC));"
        "sys.stdout.buffer.write(box.trusted_root() + box.sign_blob(b'x') +"
        " box.key_pair('k', KeyType.RSA2048).public_pem)"
    )
    seen = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    rsa = box.key_pair("k", KeyType.RSA2048).public_pem
    assert seen == box.trusted_root() + box.sign_blob(b"x") + rsa


def test_seeds_do_not_trust_each_other(box: PrivateSigstore) -> None:
    stranger = PrivateSigstore(NOW, seed="stranger")
    with pytest.raises(VerificationError) as refused:
        verified(box, stranger.sign_statement(STATEMENT))
    assert refused.value.code == "TLOG_UNKNOWN"
    assert stranger.key_pair("k").public_pem != box.key_pair("k").public_pem


def test_time_is_cut_to_whole_seconds_of_utc() -> None:
    zone = timezone(timedelta(hours=2))
    there = PrivateSigstore(datetime(2026, 6, 1, 14, 0, 0, 7, tzinfo=zone))
    assert there.now == datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    assert there.trusted_root() == PrivateSigstore(NOW).trusted_root()


def test_time_without_zone_is_refused(box: PrivateSigstore) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        PrivateSigstore(NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no time zone"):
        box.sign_blob(BLOB, at=NOW.replace(tzinfo=None))


def test_unknown_claim_is_refused(box: PrivateSigstore) -> None:
    with pytest.raises(ValueError, match="unknown claims \\['colour'\\]"):
        box.certificate(claims={"colour": "blue"})
