"""Cosign's blob bundles before version 3: a log's promise alone, and certificates in PEM."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.model.trust import Method, Require
from attest.testing import edit, read, remove
from attest.testing.forms import blob_bundle
from attest.verify.bundle import MAX_CHAIN, MAX_INTEGRATED_TIME
from attest.verify.cosign import (
    read_pem_chain,
    read_pem_leaf,
    read_rekor_bundle,
    read_simple_signing,
)
from attest.verify.fields import Field, MalformedError
from tests.verify.setting import BLOB, BOX, CI, OTHER_BOX, SECOND, file, key_signer, refused, verify

PAIR = BOX.key_pair("release")
BY_CI = blob_bundle(BOX.sign_blob(BLOB, timestamp=False))
BY_KEY = blob_bundle(BOX.sign_blob(BLOB, key=PAIR, timestamp=False))
FILE = [file(BLOB)]


def test_a_blob_bundle() -> None:
    verified = verify(BY_CI, messages=FILE)
    assert (verified.method, verified.payload) == (Method.MESSAGE, BLOB)
    assert [time.source for time in verified.times] == ["tlog"]
    assert verified.log_entries[0].kind == "hashedrekord 0.0.1"
    assert verified.steps[0].seen == "cosign blob bundle"
    assert verify(BY_CI, messages=[Digest.of(BLOB)]).signed == Digest.of(BLOB)


def test_a_blob_bundle_by_a_key() -> None:
    assert verify(BY_KEY, key_signer(PAIR), messages=FILE).payload == BLOB
    logged = key_signer(PAIR, root="box", require=Require(1, 0, 1))
    assert verify(BY_KEY, logged, messages=FILE).times
    pem = base64.b64encode(PAIR.public_pem).decode()
    assert verify(edit(BY_KEY, "/cert", pem), key_signer(PAIR), messages=FILE).signers


def test_the_certificate_may_be_plain_pem() -> None:
    pem = base64.b64decode(read(BY_CI, "/cert")).decode()
    assert verify(edit(BY_CI, "/cert", pem), messages=FILE).signers


def test_another_file() -> None:
    refusal = refused(BY_CI, messages=[file(b"another")])
    assert refusal.code == "DIGEST_MISMATCH"
    assert str(Digest.of(BLOB)) in refusal.message
    assert str(Digest.of(b"another")) in refusal.message


def test_without_the_log_only_where_it_is_not_required() -> None:
    bare = remove(BY_KEY, "/rekorBundle")
    assert verify(bare, key_signer(PAIR), messages=FILE).times == ()
    logged = key_signer(PAIR, root="box", require=Require(1, 0, 0))
    assert refused(bare, logged, messages=FILE).code == "TLOG_MISSING"
    assert refused(remove(BY_CI, "/rekorBundle"), messages=FILE).code == "TLOG_MISSING"


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/rekorBundle/Payload/integratedTime", 1_767_323_046, "SET_INVALID"),
        ("/rekorBundle/Payload/logIndex", 1, "SET_INVALID"),
        ("/rekorBundle/SignedEntryTimestamp", "QUJD", "SET_INVALID"),
        ("/rekorBundle/Payload/logID", "ab" * 32, "TLOG_UNKNOWN"),
        ("/base64Signature", "QUJD", "SIGNATURE_INVALID"),
        ("/base64Signature", "", "BUNDLE_MALFORMED"),
        ("/base64Signature", "&", "BUNDLE_MALFORMED"),
        ("/rekorBundle/Payload/logID", "AB" * 32, "BUNDLE_MALFORMED"),
        ("/rekorBundle/Payload/integratedTime", -1, "BUNDLE_MALFORMED"),
        ("/rekorBundle/Payload/integratedTime", 10**12, "BUNDLE_MALFORMED"),
        ("/rekorBundle/Payload/body", "e30=", "TLOG_BINDING"),
        ("/cert", "QUJD", "BUNDLE_MALFORMED"),
    ],
)
def test_each_part_is_checked(pointer: str, value: Any, code: str) -> None:
    assert refused(edit(BY_CI, pointer, value), messages=FILE).code == code


def test_the_entry_of_another_signature() -> None:
    other = blob_bundle(BOX.sign_blob(BLOB, at=BOX.now + SECOND, timestamp=False))
    swapped = edit(BY_CI, "/rekorBundle", read(other, "/rekorBundle"))
    assert refused(swapped, messages=FILE).code == "TLOG_BINDING"


def test_another_instance() -> None:
    theirs = blob_bundle(OTHER_BOX.sign_blob(BLOB, timestamp=False))
    assert refused(theirs, CI, messages=FILE).code == "TLOG_UNKNOWN"


def test_simple_signing_names_an_image() -> None:
    digest = f"sha256:{'ab' * 32}"
    image = {"docker-manifest-digest": digest}
    critical: dict[str, Any] = {"type": "cosign container image signature", "image": image}
    assert str(read_simple_signing(json.dumps({"critical": critical}).encode()).image) == digest
    wrong: list[Any] = [
        {"critical": {**critical, "type": "atomic container signature"}},
        {"critical": {**critical, "image": {"docker-manifest-digest": "sha256:AB"}}},
        {"critical": {**critical, "image": {}}},
        {},
        [],
    ]
    for broken in wrong:
        with pytest.raises(ValueError, match=r".+"):
            read_simple_signing(json.dumps(broken).encode())


def test_pem_with_more_or_less_than_one_certificate() -> None:
    pem = base64.b64decode(read(BY_CI, "/cert"))
    assert read_pem_leaf(pem).identity is not None
    assert len(read_pem_chain(pem + pem)) == 2
    for broken in (pem + pem, b"", pem + b"more", pem * 20, pem.replace(b"MII", b"!!!")):
        with pytest.raises((MalformedError, VerificationError)):
            read_pem_leaf(broken)


def test_a_chain_in_pem_is_bounded_and_read_whole() -> None:
    pem = base64.b64decode(read(BY_CI, "/cert"))
    assert len(read_pem_chain(pem * MAX_CHAIN)) == MAX_CHAIN
    with pytest.raises(MalformedError, match="are allowed"):
        read_pem_chain(pem * (MAX_CHAIN + 1))
    for nothing in (b"", b" \n"):
        with pytest.raises(MalformedError, match="no PEM block"):
            read_pem_chain(nothing)
    junk = b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
    with pytest.raises(MalformedError, match="does not parse"):
        read_pem_chain(pem + junk)


def test_the_last_second_that_is_read() -> None:
    entry = json.loads(BY_CI)["rekorBundle"]
    entry["Payload"]["integratedTime"] = MAX_INTEGRATED_TIME
    assert read_rekor_bundle(Field(entry)).integrated_at == MAX_INTEGRATED_TIME
    entry["Payload"]["integratedTime"] += 1
    with pytest.raises(MalformedError, match="before the year 10000"):
        read_rekor_bundle(Field(entry))


def test_an_empty_certificate_is_none() -> None:
    assert verify(edit(BY_KEY, "/cert", ""), key_signer(PAIR), messages=FILE).signers
