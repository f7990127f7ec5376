"""Signers of the plan: keys and identities, what is configured wrongly, and who is a stranger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from attest.errors import UsageError
from attest.model.digest import Digest
from attest.model.trust import CertificateSigner, KeySigner, Match, Require, Signer, Trust
from attest.signing.signature import PrivateKey, public_der, public_pem
from attest.testing import (
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    LogKnobs,
    RootKnobs,
    edit,
)
from attest.testing.authority import der_of
from attest.verify import Verifier
from tests.verify.setting import (
    AT,
    BLOB,
    BOX,
    CI,
    NOW,
    OTHER_BOX,
    SECOND,
    STATEMENT,
    file,
    key_signer,
    refused,
    verifier,
    verify,
)

PAIR = BOX.key_pair("release")
RELEASE = key_signer(PAIR)
BARE = {"tlog": False, "timestamp": False}
BY_KEY = BOX.sign_statement(STATEMENT, key=PAIR, tlog=False, timestamp=False)
BY_CI = BOX.sign_statement(STATEMENT)
CLAIMS = {"source_repository_uri": "https://github.com/example/app", "build_trigger": "push"}


def _usage(signer: Signer) -> UsageError:
    with pytest.raises(UsageError) as refusal:
        verifier(signer)
    assert refusal.value.exit_code == 2
    assert refusal.value.where.startswith(f"trust.signers.{signer.name}")
    return refusal.value


def _certified(knobs: CertificateKnobs | None = None, **changes: Any) -> bytes:
    certificate = BundleKnobs(certificate=knobs or CertificateKnobs())
    return BOX.sign_statement(STATEMENT, knobs=certificate, **changes)


def test_a_certificate() -> None:
    signatory = verify(BY_CI).signers[0]
    assert (signatory.name, signatory.identity, signatory.issuer) == ("ci", IDENTITY, ISSUER)


@pytest.mark.parametrize("kind", KeyType)
def test_a_managed_key(kind: KeyType) -> None:
    pair = BOX.key_pair("release", kind)
    signer = key_signer(pair)
    for bundle in (
        BOX.sign_statement(STATEMENT, key=pair, tlog=False, timestamp=False),
        BOX.sign_statement(STATEMENT, key=pair),
    ):
        verified = verify(bundle, signer)
        assert verified.payload == STATEMENT
        assert verified.signers[0].identity is None
        assert verified.root is None
        assert not verified.times
        assert not verified.log_entries


@pytest.mark.parametrize("version", [1, 2])
def test_a_managed_key_with_a_root(version: int) -> None:
    signer = key_signer(PAIR, root="box", require=Require(tlog=1, sct=0, timestamp=1))
    knobs = BundleKnobs(log=LogKnobs(version=version))
    verified = verify(BOX.sign_statement(STATEMENT, key=PAIR, knobs=knobs), signer)
    assert len(verified.log_entries) == 1
    assert verified.times
    assert verified.root is not None
    assert refused(BY_KEY, signer).code == "TLOG_MISSING"


def test_another_key() -> None:
    stranger = key_signer(OTHER_BOX.key_pair("release"))
    assert refused(BY_KEY, stranger).code == "SIGNATURE_INVALID"


def test_a_log_entry_without_a_root_must_still_be_about_this() -> None:
    def other(body: dict[str, Any]) -> None:
        body["spec"]["signatures"][0]["signature"] = "QUJD"

    def sign(log: LogKnobs) -> bytes:
        return BOX.sign_statement(STATEMENT, key=PAIR, knobs=BundleKnobs(log=log))

    assert refused(sign(LogKnobs(edit_body=other)), RELEASE).code == "TLOG_BINDING"
    proof = "/verificationMaterial/tlogEntries/0/inclusionProof"
    inconsistent = edit(sign(LogKnobs()), proof + "/rootHash", "A" * 43 + "=")
    assert refused(inconsistent, RELEASE).code == "INCLUSION_PROOF"
    assert verify(sign(LogKnobs(proof=False)), RELEASE).signers
    steps = verify(sign(LogKnobs()), RELEASE).steps
    assert any("proves nothing" in step.seen for step in steps)
    assert any("prove nothing" in step.seen for step in steps)


def test_keys_and_certificates_do_not_stand_in_for_each_other() -> None:
    assert refused(BY_KEY, CI).code == "KEY_MISMATCH"
    assert refused(BY_CI, RELEASE).code == "KEY_MISMATCH"
    credential = BOX.certificate()
    same_key = KeySigner("same", _pem(credential.key))
    bundle = BOX.sign_statement(STATEMENT, key=credential)
    assert verify(bundle).signers[0].name == "ci"
    assert refused(bundle, same_key).code == "KEY_MISMATCH"


def _pem(key: PrivateKey) -> bytes:
    return public_pem(key.public_key())


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        (None, None, True),
        (AT, AT, True),
        (None, AT - SECOND, False),
        (AT + SECOND, None, False),
    ],
)
def test_a_keys_window_at_the_clock(
    start: datetime | None, end: datetime | None, *, fine: bool
) -> None:
    signer = replace(RELEASE, valid_from=start, valid_until=end)
    if fine:
        assert verify(BY_KEY, signer).signers
    else:
        assert refused(BY_KEY, signer).code == "KEY_EXPIRED"


def test_a_keys_window_at_proven_times() -> None:
    bundle = BOX.sign_statement(STATEMENT, key=PAIR)
    signer = key_signer(PAIR, root="box")
    assert verify(bundle, replace(signer, valid_until=NOW)).signers
    assert verify(bundle, replace(signer, valid_from=NOW)).signers
    too_old = replace(signer, valid_until=NOW - SECOND)
    assert refused(bundle, too_old).code == "KEY_EXPIRED"
    assert refused(bundle, replace(signer, valid_from=NOW + SECOND)).code == "KEY_EXPIRED"


def test_a_window_without_a_zone_is_utc() -> None:
    naive = NOW.replace(tzinfo=None)
    signer = replace(key_signer(PAIR, root="box"), valid_until=naive)
    assert verify(BOX.sign_statement(STATEMENT, key=PAIR), signer).signers


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        (replace(CI, root="nowhere"), "ROOT_UNKNOWN"),
        (replace(RELEASE, root="nowhere"), "ROOT_UNKNOWN"),
        (replace(RELEASE, require=Require(1, 0, 0)), "ROOT_UNKNOWN"),
        (replace(RELEASE, require=Require(0, 0, 1)), "ROOT_UNKNOWN"),
        (replace(RELEASE, require=Require(0, 1, 0)), "KEY_MALFORMED"),
        (replace(RELEASE, pem=b"junk"), "KEY_MALFORMED"),
        (replace(RELEASE, pem=PAIR.public_pem * 2), "KEY_MALFORMED"),
        (replace(RELEASE, pem=PAIR.private_pem()), "KEY_MALFORMED"),
        (replace(RELEASE, valid_from=NOW, valid_until=NOW - SECOND), "KEY_MALFORMED"),
        (replace(CI, claims={"repository": "x"}), "CLAIM_UNKNOWN"),
        (replace(CI, identity=Match(".*", is_pattern=True)), "PATTERN_TOO_WIDE"),
        (replace(CI, issuer=Match("https://.*", is_pattern=True)), "PATTERN_TOO_WIDE"),
        (replace(CI, identity=Match("(", is_pattern=True)), "PATTERN_MALFORMED"),
    ],
)
def test_what_is_configured_wrongly(signer: Signer, code: str) -> None:
    assert _usage(signer).code == code


def test_a_weak_key() -> None:
    assert _usage(KeySigner("weak", _pem(ec.derive_private_key(7, ec.SECP256K1())))).code == (
        "KEY_WEAK"
    )


@pytest.mark.parametrize(
    ("signer", "code", "says"),
    [
        (replace(CI, identity=Match(IDENTITY + "x")), "IDENTITY_MISMATCH", IDENTITY),
        (replace(CI, identity=Match("MAIN")), "IDENTITY_MISMATCH", ISSUER),
        (replace(CI, issuer=Match("https://idp.test")), "ISSUER_MISMATCH", ISSUER),
        (replace(CI, issuer=None), "ISSUER_MISMATCH", "none stated"),
        (replace(CI, claims={"build_trigger": "push"}), "CLAIM_MISMATCH", "None"),
    ],
)
def test_a_stranger_is_named(signer: CertificateSigner, code: str, says: str) -> None:
    refusal = refused(BY_CI, signer)
    assert refusal.code == code
    assert says in refusal.message
    assert IDENTITY in refusal.message


def test_patterns() -> None:
    pattern = Match(r"https://github\.com/example/[^/]+/\.github/workflows/.*", is_pattern=True)
    issuer = Match(r"https://token\.actions\.githubusercontent\.com", is_pattern=True)
    assert verify(BY_CI, replace(CI, identity=pattern, issuer=issuer)).signers
    half = Match(r"https://github\.com/example", is_pattern=True)
    assert refused(BY_CI, replace(CI, identity=half)).code == "IDENTITY_MISMATCH"


def test_claims() -> None:
    bundle = BOX.sign_statement(STATEMENT, key=BOX.certificate(claims=CLAIMS))
    verified = verify(bundle, replace(CI, claims=CLAIMS))
    assert verified.signers[0].claims == CLAIMS
    other = CLAIMS | {"build_trigger": "pull_request_target"}
    refusal = refused(bundle, replace(CI, claims=other))
    assert refusal.code == "CLAIM_MISMATCH"
    assert "'push'" in refusal.message
    assert "'pull_request_target'" in refusal.message


def test_a_certificate_without_an_issuer() -> None:
    bundle = _certified(CertificateKnobs(issuer_v1=False, issuer_v2=False))
    assert refused(bundle).code == "ISSUER_MISMATCH"
    assert verify(bundle, replace(CI, issuer=None)).signers[0].issuer is None


def test_a_certificate_for_a_host() -> None:
    bundle = _certified(CertificateKnobs(names=(x509.DNSName("corp.test"),)))
    assert refused(bundle, replace(CI, identity=Match("corp.test"))).code == "IDENTITY_MISMATCH"


def test_certificate_transparency() -> None:
    assert refused(_certified(CertificateKnobs(scts=0))).code == "SCT_MISSING"
    stranger = CertificateKnobs(ct_log=OTHER_BOX.ct_log)
    assert refused(_certified(stranger)).code == "SCT_INVALID"
    relaxed = replace(CI, require=Require(tlog=1, sct=0, timestamp=1))
    assert verify(_certified(CertificateKnobs(scts=0)), relaxed).signers
    assert verify(_certified(stranger), relaxed).signers
    early = CertificateKnobs(sct_at=NOW - timedelta(days=1))
    assert refused(_certified(early), relaxed).code == "SCT_INVALID"
    assert refused(_certified(CertificateKnobs(scts=2)), replace(CI, require=Require(1, 2, 1))).code


def test_a_foreign_authority() -> None:
    bundle = _certified(CertificateKnobs(authority=OTHER_BOX.authority))
    assert refused(bundle).code == "CERTIFICATE_CHAIN"


def test_without_a_required_time_the_clock_decides() -> None:
    lenient = replace(CI, require=Require(tlog=0, sct=1, timestamp=0))
    bundle = BOX.sign_statement(STATEMENT, tlog=False, timestamp=False)
    assert verify(bundle, lenient, at=NOW + timedelta(minutes=10)).not_before == NOW
    late = refused(bundle, lenient, at=NOW + timedelta(minutes=10, seconds=1))
    assert late.code == "CERTIFICATE_EXPIRED"


def test_a_key_signs_a_file_too() -> None:
    bundle = BOX.sign_blob(BLOB, key=PAIR, tlog=False, timestamp=False)
    assert verify(bundle, RELEASE, messages=[file(BLOB)]).payload == BLOB


def test_an_instance_without_logs() -> None:
    """GitHub's own: no transparency log, no certificate log, timestamps alone."""
    root = BOX.trusted_root(RootKnobs(omit=frozenset({"tlogs", "ctlogs"})))
    bundle = BOX.sign_statement(STATEMENT, tlog=False)
    assert refused(bundle, root=root).code == "TLOG_MISSING"
    assert refused(bundle, _requiring(0, 1, 1), root=root).code == "SCT_INVALID"
    assert verify(bundle, _requiring(0, 0, 1), root=root).times[0].source == "tsa"
    bare = BOX.sign_statement(STATEMENT, tlog=False, timestamp=False)
    assert refused(bare, _requiring(0, 0, 1), root=root).code == "TIMESTAMP_MISSING"


def _requiring(tlog: int, sct: int, timestamp: int) -> CertificateSigner:
    return replace(CI, require=Require(tlog, sct, timestamp))


def test_what_is_revoked_is_no_signer_s() -> None:
    credential = BOX.certificate()
    by_ci = BOX.sign_statement(STATEMENT, key=credential)
    key = Digest.of(public_der(PAIR.private.public_key()))
    assert refused(BY_KEY, RELEASE, revoked=[key]).code == "REVOKED"
    for listed in (der_of(credential.certificate), public_der(credential.key.public_key())):
        assert refused(by_ci, revoked=[Digest.of(listed)]).code == "REVOKED"
    assert verify(by_ci, revoked=[key]).signers


def test_either_end_of_a_window_may_lack_its_zone() -> None:
    start, end = NOW.replace(tzinfo=None), AT.replace(tzinfo=None)
    assert verify(BY_KEY, replace(RELEASE, valid_from=start, valid_until=end)).signers
    later = replace(RELEASE, valid_from=end + SECOND)
    assert refused(BY_KEY, later).code == "KEY_EXPIRED"


def test_the_roots_that_there_are_are_told() -> None:
    stranger = replace(CI, root="none")
    assert "there is no trust root 'none' (box)" in _usage(stranger).message
    with pytest.raises(UsageError, match=r"there is no trust root 'none' \(none\)"):
        Verifier(Trust({}, {"ci": stranger}), AT)


def test_a_pattern_gets_no_hint_about_letters() -> None:
    near = replace(CI, identity=Match(IDENTITY[:-1], is_pattern=True))
    assert "After '" not in refused(BY_CI, near).hint
    assert "After '" in refused(BY_CI, replace(CI, identity=Match(IDENTITY[:-1]))).hint
