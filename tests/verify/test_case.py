"""One bundle: which file it is about, and whether anybody who took part is revoked."""

from __future__ import annotations

import base64

import pytest

from attest.errors import VerificationError
from attest.model.artifact import Artifact
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.signing.signature import public_der
from attest.testing import KeyType, edit
from attest.testing.authority import der_of
from attest.testing.forms import cosign_parts, simple_signing
from tests.verify.setting import (
    BLOB,
    BOX,
    CI,
    STATEMENT,
    file,
    key_signer,
    refused,
    verifier,
    verify,
)

PAIR = BOX.key_pair("release")
BY_CI = BOX.sign_statement(STATEMENT)
BY_KEY = BOX.sign_statement(STATEMENT, key=PAIR)


def test_one_of_several_files() -> None:
    bundle = BOX.sign_blob(BLOB)
    messages: list[Artifact | Digest] = [
        file(b"one"),
        Digest.of(b"two"),
        file(BLOB),
        file(b"three"),
    ]
    assert verify(bundle, messages=messages).signed == Digest.of(BLOB)
    without_hint = edit(bundle, "/messageSignature/messageDigest", None)
    assert verify(without_hint, messages=messages).signed == Digest.of(BLOB)
    assert refused(without_hint, messages=[file(b"one")]).code == "SIGNATURE_INVALID"


def test_another_file() -> None:
    refusal = refused(BOX.sign_blob(BLOB), messages=[file(b"another")])
    assert refusal.code == "DIGEST_MISMATCH"
    assert str(Digest.of(BLOB)) in refusal.message
    assert str(Digest.of(b"another")) in refusal.message


def test_no_file_at_all() -> None:
    refusal = refused(BOX.sign_blob(BLOB))
    assert refusal.code == "DIGEST_MISMATCH"
    assert "no file was given" in refusal.message


def test_the_hint_is_not_believed() -> None:
    lie = "/messageSignature/messageDigest/digest"
    forged = edit(BOX.sign_blob(BLOB), lie, "A" * 43 + "=")
    assert refused(forged, messages=[file(BLOB)]).code == "DIGEST_MISMATCH"
    other = base64.b64encode(bytes.fromhex(Digest.of(b"other").value)).decode()
    forged = edit(BOX.sign_blob(BLOB), lie, other)
    assert refused(forged, messages=[file(b"other")]).code == "SIGNATURE_INVALID"


def test_a_digest_of_another_algorithm() -> None:
    pair = BOX.key_pair("release", KeyType.P384)
    bundle = BOX.sign_blob(BLOB, key=pair, tlog=False, timestamp=False)
    signer = key_signer(pair)
    assert verify(bundle, signer, messages=[file(BLOB)]).payload == BLOB
    assert verify(bundle, signer, messages=[Digest.of(BLOB, "sha384")]).signers
    refusal = refused(bundle, signer, messages=[Digest.of(BLOB)])
    assert refusal.code == "SIGNATURE_INVALID"
    assert "sha384" in refusal.message


@pytest.mark.parametrize("part", ["the certificate", "the key"])
def test_a_revoked_signer(part: str) -> None:
    credential = BOX.certificate()
    bundle = BOX.sign_statement(STATEMENT, key=credential)
    key = Digest.of(public_der(credential.key.public_key()))
    listed = Digest.of(der_of(credential.certificate)) if part == "the certificate" else key
    assert refused(bundle, revoked=[listed]).code == "REVOKED"
    assert verify(bundle, revoked=[Digest.of(b"another")]).signers


def test_a_revoked_managed_key() -> None:
    listed = Digest.of(public_der(PAIR.private.public_key()))
    assert refused(BY_KEY, key_signer(PAIR), revoked=[listed]).code == "REVOKED"
    stranger = BOX.sign_statement(STATEMENT, key=BOX.key_pair("stranger"))
    assert refused(stranger, key_signer(PAIR), revoked=[listed]).code == "SIGNATURE_INVALID"


@pytest.mark.parametrize(
    "digest",
    [
        *(Digest.of(der_of(each)) for each in BOX.authority.chain),
        Digest.of(public_der(BOX.authority.key.public_key())),
        Digest.of(der_of(BOX.timestamp_authority.certificate)),
        Digest.of(public_der(BOX.log.key.public_key())),
        Digest.of(public_der(BOX.ct_log.key.public_key())),
    ],
)
def test_a_revoked_authority(digest: Digest) -> None:
    assert refused(BY_CI, revoked=[digest]).code == "REVOKED"


def test_the_digest_of_a_fetched_file_is_a_shortcut_not_a_proof() -> None:
    """A file that was fetched under a wrong digest must not pass for the one that was signed."""
    bundle = BOX.sign_blob(BLOB)
    other = file(b"another")
    lying = Artifact(other.reference, other.media_type, other.content, Digest.of(BLOB))
    assert refused(bundle, messages=[lying]).code == "SIGNATURE_INVALID"


def test_what_had_held_before_a_refusal_is_told() -> None:
    stranger = BOX.sign_statement(STATEMENT, identity="https://stranger.test/x")
    checks = [step.check for step in refused(stranger).steps]
    assert checks[:2] == ["bundle", "signature"]
    assert {"log entry", "inclusion proof", "checkpoint", "certificate chain"} <= set(checks)


def _image(named: str, *messages: Artifact | Digest) -> object:
    """Return what a signature over a payload that names an image verifies for, or the refusal."""
    payload = simple_signing(named)
    parts = cosign_parts(BOX.sign_blob(payload))
    found = Attachment(Form.COSIGN_SIGNATURE, file(payload), parts)
    try:
        return verifier(CI).attached(found, messages).signed
    except VerificationError as refusal:
        return refusal


def test_the_image_that_a_payload_names() -> None:
    image, other = file(b"a manifest"), file(b"another")
    named = str(image.digest)
    assert _image(named, other, image) == image.digest
    assert _image(named, other, Digest.of(b"a manifest")) == image.digest
    assert _image(str(Digest.of(b"a manifest", "sha512")), image) == image.digest
    for messages, seen in (((other,), str(other.digest)), ((), "no image")):
        refusal = _image(named, *messages)
        assert isinstance(refusal, VerificationError)
        assert refusal.code == "DIGEST_MISMATCH"
        assert f"is about image {named}; expected {seen}" in refusal.message


def test_what_the_bundle_signs_is_told_when_no_file_was_given() -> None:
    bundle = BOX.sign_blob(BLOB)
    assert f"the bundle signs {Digest.of(BLOB)} beside it" in refused(bundle).message
    unhinted = edit(bundle, "/messageSignature/messageDigest", None)
    assert "the bundle signs a file beside it" in refused(unhinted).message


def test_a_hint_of_another_algorithm_rules_files_out() -> None:
    pair = BOX.key_pair("release", KeyType.P384)
    bundle = BOX.sign_blob(BLOB, key=pair, tlog=False, timestamp=False)
    refusal = refused(bundle, key_signer(pair), messages=[file(b"another")])
    assert refusal.code == "DIGEST_MISMATCH"
    assert str(Digest.of(b"another", "sha384")) in refusal.message
