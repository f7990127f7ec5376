"""Parts that came separately: files, and the layers and annotations of OCI signatures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from attest.errors import VerificationError
from attest.model.artifact import Artifact
from attest.model.attachment import Attachment, CosignAnnotations, Form
from attest.model.digest import Digest
from attest.model.trust import Method, Require, Signer, Verified
from attest.testing import BundleKnobs, KeyType, LogKnobs, TimestampKnobs, sign_envelope
from attest.testing.authority import der_of
from attest.testing.forms import cosign_parts, envelope_layer, simple_signing
from tests.verify.setting import (
    AT,
    BLOB,
    BOX,
    CI,
    OTHER_BOX,
    STATEMENT,
    file,
    key_signer,
    verifier,
)

PAIR = BOX.key_pair("release")
IMAGE = file(b'{"schemaVersion": 2}')
PAYLOAD = simple_signing(str(IMAGE.digest))
CHAIN = [der_of(one) for one in BOX.authority.chain]
OLD = BundleKnobs(log=LogKnobs(intoto=True))


def _attached(
    layer: bytes,
    parts: CosignAnnotations,
    form: Form,
    *signers: Signer,
    messages: Sequence[Artifact | Digest] = (IMAGE,),
) -> Verified:
    found = Attachment(form, file(layer), parts)
    return verifier(*(signers or (CI,))).attached(found, messages)


def _signed(payload: bytes, *signers: Signer, **changes: str | None) -> Verified:
    parts = replace(cosign_parts(BOX.sign_blob(PAYLOAD), chain=CHAIN), **changes)
    return _attached(payload, parts, Form.COSIGN_SIGNATURE, *signers)


def _attested(knobs: BundleKnobs = OLD, layer: bytes | None = None) -> Verified:
    bundle = BOX.sign_statement(STATEMENT, knobs=knobs, timestamp=False)
    found = envelope_layer(bundle) if layer is None else layer
    return _attached(found, cosign_parts(bundle), Form.COSIGN_ATTESTATION)


def _code(verify: object) -> str:
    assert callable(verify)
    with pytest.raises(VerificationError) as refusal:
        verify()
    assert refusal.value.exit_code == 4
    assert refusal.value.where
    return refusal.value.code


def test_a_signature_of_an_image() -> None:
    verified = _signed(PAYLOAD)
    assert verified.method is Method.MESSAGE
    assert (verified.signed, verified.payload) == (IMAGE.digest, IMAGE.content)
    assert [time.source for time in verified.times] == ["tlog", "tsa"]
    assert verified.steps[0].seen == "cosign signature"
    by_digest = _attached(
        PAYLOAD,
        cosign_parts(BOX.sign_blob(PAYLOAD)),
        Form.COSIGN_SIGNATURE,
        messages=[IMAGE.digest],
    )
    assert by_digest.signed == IMAGE.digest


def test_a_signature_of_an_image_by_a_key() -> None:
    for kind in KeyType:
        pair = BOX.key_pair("image", kind)
        bundle = BOX.sign_blob(PAYLOAD, key=pair, tlog=False, timestamp=False)
        parts = cosign_parts(bundle)
        assert _attached(PAYLOAD, parts, Form.COSIGN_SIGNATURE, key_signer(pair)).signers


def test_a_signature_of_another_image() -> None:
    other = simple_signing(str(Digest.of(b"other")))
    parts = cosign_parts(BOX.sign_blob(other))
    with pytest.raises(VerificationError) as refusal:
        _attached(other, parts, Form.COSIGN_SIGNATURE)
    assert refusal.value.code == "DIGEST_MISMATCH"
    assert str(Digest.of(b"other")) in refusal.value.message
    assert str(IMAGE.digest) in refusal.value.message


def test_the_bytes_of_the_image_are_hashed() -> None:
    lying = replace(file(b"other"), digest=IMAGE.digest)
    parts = cosign_parts(BOX.sign_blob(PAYLOAD))
    assert (
        _code(lambda: _attached(PAYLOAD, parts, Form.COSIGN_SIGNATURE, messages=[lying]))
        == "DIGEST_MISMATCH"
    )


def test_a_payload_that_was_not_signed() -> None:
    other = simple_signing(str(IMAGE.digest), "registry.test/other")
    assert _code(lambda: _signed(other)) == "SIGNATURE_INVALID"
    assert _code(lambda: _signed(b"{}")) == "BUNDLE_MALFORMED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": None}, "BUNDLE_MALFORMED"),
        ({"signature": "QUJD"}, "SIGNATURE_INVALID"),
        ({"certificate": None}, "BUNDLE_MALFORMED"),
        ({"certificate": None, "chain": None}, "KEY_MISMATCH"),
        ({"certificate": "-----BEGIN"}, "BUNDLE_MALFORMED"),
        ({"chain": "text"}, "BUNDLE_MALFORMED"),
        ({"bundle": None}, "TLOG_MISSING"),
        ({"bundle": "{}"}, "BUNDLE_MALFORMED"),
        ({"bundle": "{"}, "BUNDLE_MALFORMED"),
        ({"timestamp": "{}"}, "BUNDLE_MALFORMED"),
        ({"timestamp": '{"SignedRFC3161Timestamp": "QUJD"}'}, "TIMESTAMP_INVALID"),
        ({"bundle": None, "timestamp": None}, "TLOG_MISSING"),
    ],
)
def test_each_part_is_checked(changes: dict[str, str | None], code: str) -> None:
    assert _code(lambda: _signed(PAYLOAD, **changes)) == code


def test_a_chain_is_checked_and_never_trusted() -> None:
    theirs = [der_of(one) for one in OTHER_BOX.authority.chain]
    swapped = cosign_parts(BOX.sign_blob(PAYLOAD), chain=theirs)
    assert _code(lambda: _attached(PAYLOAD, swapped, Form.COSIGN_SIGNATURE)) == "CERTIFICATE_CHAIN"
    bundle = OTHER_BOX.sign_blob(PAYLOAD, tlog=False, timestamp=True)
    complete = cosign_parts(bundle, chain=theirs)
    lenient = replace(CI, require=Require(0, 0, 0))
    assert (
        _code(lambda: _attached(PAYLOAD, complete, Form.COSIGN_SIGNATURE, lenient))
        == "CERTIFICATE_EXPIRED"
    )


def test_an_attestation_about_an_image() -> None:
    verified = _attested()
    assert (verified.method, verified.payload) == (Method.ENVELOPE, STATEMENT)
    assert verified.log_entries[0].kind == "intoto 0.0.1"
    assert _attested(BundleKnobs()).log_entries[0].kind == "dsse 0.0.1"


def test_the_entry_covers_the_very_bytes_of_the_envelope() -> None:
    bundle = BOX.sign_statement(STATEMENT, knobs=OLD, timestamp=False)
    written = json.dumps(json.loads(envelope_layer(bundle)), indent=1).encode()
    assert _code(lambda: _attested(layer=written)) == "TLOG_BINDING"
    with pytest.raises(VerificationError, match="not at hand") as refusal:
        verifier(CI).bundle(file(bundle))
    assert refusal.value.code == "TLOG_BINDING"


def test_the_timestamp_of_an_attestation_covers_the_envelope() -> None:
    layer = envelope_layer(BOX.sign_statement(STATEMENT))
    stamped = BOX.sign_statement(
        STATEMENT, knobs=BundleKnobs(timestamp=TimestampKnobs(message=layer))
    )
    verified = _attached(layer, cosign_parts(stamped), Form.COSIGN_ATTESTATION)
    assert [time.source for time in verified.times] == ["tlog", "tsa"]
    over_signature = cosign_parts(BOX.sign_statement(STATEMENT))
    assert (
        _code(lambda: _attached(layer, over_signature, Form.COSIGN_ATTESTATION))
        == "TIMESTAMP_INVALID"
    )


def test_an_attestation_by_keys() -> None:
    other = BOX.key_pair("other")
    layer = sign_envelope(STATEMENT, PAIR, other)
    signers = key_signer(PAIR, "one"), key_signer(other, "two")
    verified = _attached(layer, CosignAnnotations(), Form.COSIGN_ATTESTATION, *signers)
    assert [one.name for one in verified.signers] == ["one", "two"]


def test_bundles_beside_an_image() -> None:
    for form, content in (
        (Form.BUNDLE, BOX.sign_blob(IMAGE.content)),
        (Form.ENVELOPE, sign_envelope(STATEMENT, PAIR)),
    ):
        found = Attachment(form, file(content))
        assert verifier(CI, key_signer(PAIR)).attached(found, [IMAGE]).signers


def _file_signature(parts: CosignAnnotations, *signers: Signer, content: bytes = BLOB) -> Verified:
    return verifier(*signers, at=AT).detached(file(b"signature"), parts, [file(content)])


def test_a_signature_in_a_file_of_its_own() -> None:
    parts = cosign_parts(BOX.sign_blob(BLOB, key=PAIR, tlog=False, timestamp=False))
    verified = _file_signature(parts, key_signer(PAIR))
    assert (verified.payload, verified.steps[0].seen) == (BLOB, "detached signature")
    with pytest.raises(VerificationError) as refusal:
        _file_signature(parts, key_signer(PAIR), content=b"another")
    assert refusal.value.code == "SIGNATURE_INVALID"


def test_a_signature_with_its_certificate() -> None:
    parts = cosign_parts(BOX.sign_blob(BLOB, tlog=False), chain=CHAIN)
    unlogged = replace(CI, require=Require(0, 1, 1))
    assert _file_signature(parts, unlogged).signers[0].identity is not None
    assert _code(lambda: _file_signature(parts, CI)) == "TLOG_MISSING"
    untimed = replace(parts, timestamp=None)
    assert _code(lambda: _file_signature(untimed, unlogged)) == "TIMESTAMP_MISSING"


@pytest.mark.parametrize("signature", ["", "Q", "QUJD\n"])
def test_a_signature_that_is_none(signature: str) -> None:
    parts = CosignAnnotations(signature, None, None, None, None)
    with pytest.raises(VerificationError) as refusal:
        verifier(CI).detached(file(b"signature"), parts, [file(BLOB)])
    assert refusal.value.code == "BUNDLE_MALFORMED"
    assert "not a detached signature: signature is not" in refusal.value.message
