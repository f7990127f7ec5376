"""The whole stage: what `Verified` says, which refusal is raised, pins and revocation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.errors import UsageError, VerificationError
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.model.trust import (
    CertificateSigner,
    KeySigner,
    Match,
    Method,
    Require,
    Signer,
    Step,
    Threshold,
    Trust,
    Verified,
)
from attest.testing import (
    IDENTITY,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    LogKnobs,
    PrivateSigstore,
    TimestampKnobs,
    edit,
)
from attest.testing.forms import cosign_parts, simple_signing
from attest.verify import Verifier
from tests.verify.setting import (
    AT,
    BLOB,
    BOX,
    CI,
    NOW,
    OTHER_BOX,
    ROOT,
    SECOND,
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
STRANGER = replace(CI, name="stranger", identity=Match("https://corp.test/x"))


def test_an_envelope() -> None:
    verified = verify(BY_CI)
    assert verified.method is Method.ENVELOPE
    assert verified.payload == STATEMENT
    assert verified.payload_type == "application/vnd.in-toto+json"
    assert verified.signed == Digest.of(STATEMENT)
    assert verified.artifact.content == BY_CI
    assert verified.not_before == NOW
    assert verified.root == Digest.of(ROOT)


def test_the_ladder_names_every_check_once() -> None:
    checks = [step.check for step in verify(BY_CI).steps]
    assert checks == [
        "bundle",
        "digest",
        "time",
        "signature",
        "log entry",
        "inclusion proof",
        "checkpoint",
        "signed entry timestamp",
        "timestamp",
        "certificate window",
        "certificate chain",
        "certificate log",
        "identity",
        "issuer",
    ]
    keyed = [step.check for step in verify(BY_KEY, key_signer(PAIR)).steps]
    assert keyed[-2:] == ["key", "key window"]


def test_a_file() -> None:
    bundle = BOX.sign_blob(BLOB)
    artifact = file(BLOB, "application/x-tar")
    verified = verify(bundle, messages=[artifact])
    assert verified.method is Method.MESSAGE
    assert (verified.payload, verified.payload_type) == (BLOB, "application/x-tar")
    assert verified.signed == Digest.of(BLOB)
    assert Step("digest", str(Digest.of(BLOB)), str(Digest.of(BLOB))) in verified.steps


def test_a_digest_of_a_file() -> None:
    verified = verify(BOX.sign_blob(BLOB), messages=[Digest.of(BLOB)])
    assert verified.payload == b""
    assert verified.signed == Digest.of(BLOB)


def test_nobody_is_believed_without_signers() -> None:
    with pytest.raises(VerificationError) as refusal:
        verifier().bundle(file(BY_CI))
    assert refusal.value.code == "NO_SIGNER"


def test_every_signer_that_fits_is_listed() -> None:
    pattern = Match(r"https://github\.com/example/.*", is_pattern=True)
    wide = replace(CI, name="wide", identity=pattern)
    names = [one.name for one in verify(BY_CI, STRANGER, CI, key_signer(PAIR), wide).signers]
    assert names == ["ci", "wide"]
    twice = [key_signer(PAIR, "one"), key_signer(PAIR, "two")]
    assert [one.name for one in verify(BY_KEY, *twice).signers] == ["one", "two"]


def test_the_furthest_refusal_is_raised() -> None:
    key = key_signer(PAIR)
    other_root = Trust({"box": ROOT, "other": OTHER_BOX.trusted_root()}, {})
    signers: dict[str, Signer] = {
        "a": replace(CI, name="a", root="other"),
        "key": key,
        "stranger": STRANGER,
    }
    with pytest.raises(VerificationError) as refusal:
        Verifier(replace(other_root, signers=signers), AT).bundle(file(BY_CI))
    assert refusal.value.code == "IDENTITY_MISMATCH"
    assert IDENTITY in refusal.value.message
    assert "stranger" in refusal.value.message
    del signers["stranger"]
    with pytest.raises(VerificationError) as refusal:
        Verifier(replace(other_root, signers=signers), AT).bundle(file(BY_CI))
    assert refusal.value.code == "TLOG_UNKNOWN"


def test_refusals_that_came_as_far_are_all_told() -> None:
    second = replace(STRANGER, name="second", identity=Match("https://corp.test/y"))
    refusal = refused(BY_CI, STRANGER, second)
    assert "https://corp.test/x" in refusal.message
    assert "https://corp.test/y" in refusal.message
    assert refusal.where == "bundle.json"


def test_an_expired_key_is_told_before_another_key() -> None:
    expired = replace(key_signer(PAIR, "expired"), valid_until=NOW - SECOND)
    other = key_signer(OTHER_BOX.key_pair("x"), "other")
    assert refused(BY_KEY, other, expired).code == "KEY_EXPIRED"


def test_a_changed_payload() -> None:
    forged = edit(BY_CI, "/dsseEnvelope/payload", "e30=")
    assert refused(forged).code == "SIGNATURE_INVALID"
    assert refused(edit(BY_CI, "/dsseEnvelope/payloadType", "text/plain")).code == (
        "SIGNATURE_INVALID"
    )


def test_revocation_is_by_sha256() -> None:
    with pytest.raises(UsageError, match="SHA-256") as refusal:
        verifier(CI, revoked=[Digest.of(b"x", "sha512")])
    assert refusal.value.exit_code == 2


def test_a_pin() -> None:
    artifact = file(BLOB, "text/plain")
    for algorithm in ("sha256", "sha512"):
        expected = Digest.of(BLOB, algorithm)
        verified = verifier().pin(artifact, expected)
        assert verified.method is Method.PIN
        assert (verified.payload, verified.payload_type) == (BLOB, "text/plain")
        assert verified.signed == expected
        assert not verified.signers
        assert [step.check for step in verified.steps] == ["pin"]
    with pytest.raises(VerificationError) as refusal:
        verifier().pin(artifact, Digest.of(b"another"))
    assert refusal.value.code == "PIN_MISMATCH"
    assert str(Digest.of(BLOB)) in refusal.value.message
    assert str(Digest.of(b"another")) in refusal.value.message


def test_a_pin_hashes_the_bytes_themselves() -> None:
    lying = replace(file(BLOB), digest=Digest.of(b"another"))
    with pytest.raises(VerificationError):
        verifier().pin(lying, Digest.of(b"another"))


def test_root_digests() -> None:
    assert verifier(CI).root_digest("box") == Digest.of(ROOT)
    with pytest.raises(UsageError) as refusal:
        verifier(CI).root_digest("other")
    assert refusal.value.code == "ROOT_UNKNOWN"


def test_a_root_that_does_not_parse() -> None:
    with pytest.raises(UsageError) as refusal:
        verifier(CI, root=b"{}")
    assert refusal.value.code == "ROOT_MALFORMED"


def test_a_clock_without_a_zone_is_utc() -> None:
    assert verify(BY_CI, at=AT.replace(tzinfo=None)).signers


def test_a_verifier_forgets() -> None:
    """One bundle's answers must not leak into the next one's."""
    asked = verifier(CI)
    assert asked.bundle(file(BY_CI)).signers
    stranger = PrivateSigstore(NOW, seed="x").sign_statement(STATEMENT)
    with pytest.raises(VerificationError):
        asked.bundle(file(stranger))
    assert asked.bundle(file(BY_CI)).signers


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("kind", KeyType)
def test_every_kind_of_key_and_log(kind: KeyType, version: int) -> None:
    knobs = BundleKnobs(
        certificate=CertificateKnobs(key_type=kind),
        log=LogKnobs(version=version),
        timestamp=TimestampKnobs(embed=False),
    )
    assert verify(BOX.sign_statement(STATEMENT, knobs=knobs)).payload == STATEMENT
    assert verify(BOX.sign_blob(BLOB, knobs=knobs), messages=[file(BLOB)]).payload == BLOB


def test_a_key_is_revoked_by_the_digest_of_its_file_too() -> None:
    """That digest is the one a plan shows beside the key."""
    key = key_signer(PAIR)
    assert refused(BY_KEY, key, revoked=[Digest.of(key.pem)]).code == "REVOKED"


def test_what_any_signer_proves_counts_for_all() -> None:
    """One key, two names: the time that one of them proves makes the evidence as old."""
    stamped = BOX.sign_statement(STATEMENT, key=PAIR, tlog=False, timestamp=True)
    plain = key_signer(PAIR, "plain")
    timed = key_signer(PAIR, "timed", root="box", require=Require(0, 0, 1))
    for signers in ((plain, timed), (timed, plain)):
        verified = verify(stamped, *signers)
        assert [time.source for time in verified.times] == ["tsa"]
        assert verified.root == Digest.of(ROOT)


def _steps(verified: Verified) -> dict[str, Step]:
    return {step.check: step for step in verified.steps}


def test_what_lies_beside_an_artifact_is_read_by_its_parts() -> None:
    asked, image = verifier(CI), file(b"a manifest")
    bundle = Attachment(Form.BUNDLE, file(BY_CI))
    assert asked.attached(bundle).payload == STATEMENT
    payload = simple_signing(str(image.digest))
    parts = cosign_parts(BOX.sign_blob(payload))
    found = Attachment(Form.COSIGN_SIGNATURE, file(payload), parts)
    verified = asked.attached(found, [image])
    assert (verified.signed, verified.naming) == (image.digest, Digest.of(payload))
    digest = _steps(verified)["digest"]
    assert (digest.expected, digest.seen) == (str(image.digest), str(image.digest))


def test_the_digest_that_the_bundle_states_is_in_the_ladder() -> None:
    wide = key_signer(BOX.key_pair("release", KeyType.P384))
    stated = BOX.sign_blob(BLOB, key=BOX.key_pair("release", KeyType.P384), tlog=False)
    digest = _steps(verify(stated, wide, messages=[file(BLOB)]))["digest"]
    assert digest.expected == str(Digest.of(BLOB, "sha384"))
    assert digest.seen == str(Digest.of(BLOB))
    unstated = edit(stated, "/messageSignature/messageDigest", None)
    digest = _steps(verify(unstated, wide, messages=[file(BLOB)]))["digest"]
    assert digest.expected == digest.seen == str(Digest.of(BLOB))


def test_the_times_are_in_the_ladder() -> None:
    assert _steps(verify(BY_CI))["time"].seen == "2026-01-02T03:04:05Z"
    unproven = _steps(verify(BY_KEY, key_signer(PAIR)))["time"].seen
    assert unproven == "none proven; every window holds at 2026-01-03T03:04:05Z"


def test_thresholds_are_joined_and_those_of_others_are_not_missed() -> None:
    one = Threshold("one", 1, ("ci",))
    asked = Verifier(Trust({"box": ROOT}, {"ci": CI}, thresholds={"one": one}), AT)
    verified = asked.bundle(file(BY_CI))
    assert [signer.name for signer in verified.signers] == ["ci", "one"]
    assert asked.shortfall("one", verified, [verified]) is None
    assert asked.shortfall("another", verified, [verified]) is None
    two = Threshold("two", 2, ("ci", "release"))
    signers: dict[str, CertificateSigner | KeySigner] = {"ci": CI, "release": key_signer(PAIR)}
    asked = Verifier(Trust({"box": ROOT}, signers, thresholds={"two": two}), AT)
    alone = asked.bundle(file(BY_CI))
    refusal = asked.shortfall("two", alone, [alone])
    assert refusal is not None
    assert (refusal.code, refusal.where) == ("THRESHOLD_UNMET", "bundle.json")


def test_a_refusal_says_which_file() -> None:
    assert refused(BY_KEY).where == "bundle.json"
