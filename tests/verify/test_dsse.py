"""Bare envelopes: unique signatures by keys, in either base64, whatever the key ids say."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.model.trust import Method, Require
from attest.testing import edit, sign_envelope
from attest.verify.dsse import MAX_SIGNATURES
from attest.verify.forms import read_signatures
from tests.verify.setting import BOX, STATEMENT, key_signer, refused, verify

ALICE, BOB = BOX.key_pair("alice"), BOX.key_pair("bob")
BOTH = sign_envelope(STATEMENT, ALICE, BOB)


def _edited(change: Any) -> bytes:
    document = json.loads(BOTH)
    change(document)
    return json.dumps(document).encode()


def test_an_envelope_by_a_key() -> None:
    verified = verify(sign_envelope(STATEMENT, ALICE), key_signer(ALICE, "alice"))
    assert verified.method is Method.ENVELOPE
    assert (verified.payload, verified.signed) == (STATEMENT, Digest.of(STATEMENT))
    assert [one.name for one in verified.signers] == ["alice"]
    assert verified.steps[0].seen == "DSSE envelope"


def test_every_key_that_signed_is_listed_and_a_stranger_is_passed_over() -> None:
    signers = key_signer(ALICE, "alice"), key_signer(BOB, "bob")
    assert [one.name for one in verify(BOTH, *signers).signers] == ["alice", "bob"]
    assert [one.name for one in verify(BOTH, key_signer(BOB, "bob")).signers] == ["bob"]
    other = key_signer(BOX.key_pair("carol"), "carol")
    assert refused(BOTH, other).code == "SIGNATURE_INVALID"


def test_key_ids_decide_nothing() -> None:
    def swap(document: dict[str, Any]) -> None:
        for signature in document["signatures"]:
            signature["keyid"] = "the same for both"

    signers = key_signer(ALICE, "alice"), key_signer(BOB, "bob")
    assert len(verify(_edited(swap), *signers).signers) == 2


def test_both_alphabets_of_base64() -> None:
    payload = b'{"text": "\xc3\xbf\xc3\xbe\xc3\xbf>>>???"}'
    envelope = json.loads(sign_envelope(payload, ALICE))
    for place in (envelope, envelope["signatures"][0]):
        name = "payload" if "payload" in place else "sig"
        place[name] = base64.urlsafe_b64encode(base64.b64decode(place[name])).decode()
    assert "_" in json.dumps(envelope["payload"]) + json.dumps(envelope["signatures"])
    written = json.dumps(envelope).encode()
    assert verify(written, key_signer(ALICE)).payload == payload


def test_one_signature_twice() -> None:
    twice = sign_envelope(STATEMENT, ALICE, ALICE)
    assert refused(twice, key_signer(ALICE)).code == "SIGNATURE_REPEATED"


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.update(signatures=[]),
        lambda e: e.update(signatures={}),
        lambda e: e["signatures"][0].update(sig=""),
        lambda e: e["signatures"][0].update(sig="&"),
        lambda e: e["signatures"][0].pop("sig"),
        lambda e: e.update(payload="&"),
        lambda e: e.update(payload="-+"),
        lambda e: e.update(payloadType=1),
        lambda e: e.update(signatures=e["signatures"] * MAX_SIGNATURES),
    ],
)
def test_envelopes_that_are_not_well_formed(change: Any) -> None:
    with pytest.raises(VerificationError) as refusal:
        read_signatures(_edited(change))
    assert refusal.value.code == "BUNDLE_MALFORMED"


def test_a_changed_envelope() -> None:
    alice = key_signer(ALICE)
    for pointer, value in (("/payload", "e30="), ("/payloadType", "text/plain")):
        assert refused(edit(BOTH, pointer, value), alice).code == "SIGNATURE_INVALID"


def test_what_a_bare_envelope_cannot_prove() -> None:
    logged = key_signer(ALICE, root="box", require=Require(1, 0, 0))
    assert refused(BOTH, logged).code == "TLOG_MISSING"
    stamped = key_signer(ALICE, root="box", require=Require(0, 0, 1))
    assert refused(BOTH, stamped).code == "TIMESTAMP_MISSING"


def test_a_certificate_signer_is_not_a_key() -> None:
    assert refused(BOTH).code == "KEY_MISMATCH"


def test_a_revoked_key_counts_for_nothing() -> None:
    alice, bob = key_signer(ALICE, "alice"), key_signer(BOB, "bob")
    revoked = [Digest.of(alice.pem)]
    assert [one.name for one in verify(BOTH, alice, bob, revoked=revoked).signers] == ["bob"]
    assert refused(BOTH, alice, revoked=revoked).code == "REVOKED"
