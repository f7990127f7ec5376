"""One bundle against one subject: what it is about is compared, whatever names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.errors import AttestError, VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    GITHUB_DEFAULTS,
    CertificateSigner,
    Match,
    Step,
    Trust,
)
from attest.testing import BundleKnobs, CertificateKnobs, statement
from attest.verification import (
    Checked,
    Conditions,
    check,
    check_all,
    decide,
    verify_bundle,
    verify_bundles,
)
from attest.verify import Verifier
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from fixtures.making.world import APP, ISSUER, NOW, OTHER_APP, SCAN, box

TRUST = Trust(
    {"box": box.trusted_root()},
    {"scan": CertificateSigner("scan", "box", Match(SCAN), Match(ISSUER))},
)
SUBJECT = Artifact.of(Reference("file", "app"), APP)


def _check(bundle: bytes, *subject: Artifact | Digest) -> Checked:
    artifact = Artifact.of(Reference("file", "bundle.json"), bundle)
    return check(artifact, subject or (SUBJECT,), Verifier(TRUST, NOW))


def _refused(bundle: bytes, *subject: Artifact | Digest) -> str:
    with pytest.raises(VerificationError) as caught:
        _check(bundle, *subject)
    assert caught.value.where == "bundle.json"
    return caught.value.code


def _naming(algorithm: str, content: bytes = APP) -> bytes:
    digest = {algorithm: Digest.of(content, algorithm).value}
    return by_scanner(statement([{"name": "app", "digest": digest}], SARIF, scan()))


def test_an_attestation() -> None:
    checked = _check(by_scanner(about(SARIF, scan())))
    assert checked.statement is not None
    assert checked.statement.predicate_type == SARIF


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_statement_may_use_any_strong_digest(algorithm: str) -> None:
    assert _check(_naming(algorithm)).statement is not None
    assert _refused(_naming(algorithm, OTHER_APP)) == "SUBJECT_MISMATCH"


def test_a_digest_is_compared_as_it_is() -> None:
    assert _check(_naming("sha512"), Digest.of(APP, "sha512")).statement is not None
    assert _refused(_naming("sha512"), Digest.of(APP)) == "SUBJECT_MISMATCH"


def test_a_message_signature() -> None:
    bundle = box.sign_blob(APP, identity=SCAN, issuer=ISSUER)
    assert _check(bundle).statement is None
    assert _check(bundle, Digest.of(APP)).verified.signed == Digest.of(APP)
    assert _refused(bundle, Digest.of(OTHER_APP)) == "DIGEST_MISMATCH"
    assert _refused(bundle, Artifact.of(Reference("file", "o"), OTHER_APP)) == "DIGEST_MISMATCH"


def test_an_envelope_that_is_no_statement() -> None:
    bundle = box.sign_statement(b"{}", identity=SCAN, issuer=ISSUER)
    with pytest.raises(AttestError) as caught:
        _check(bundle)
    assert caught.value.exit_code == 4


RELEASES = "https://dotcom.releases.github.com"
RELEASE = CertificateSigner("release", "box", Match(RELEASES), None, {}, GITHUB_DEFAULTS)
NO_ISSUER = BundleKnobs(certificate=CertificateKnobs(issuer_v1=False, issuer_v2=False, scts=0))


def _release(knobs: BundleKnobs = NO_ISSUER, *, stamped: bool = True) -> bytes:
    """Sign as GitHub signs a release: by SHA-1 of the commit and SHA-256 of the file."""
    commit = {"uri": "pkg:github/example/app@v1", "digest": {"sha1": "ab" * 20}}
    asset = {"name": "app.tar.gz", "digest": {"sha256": Digest.of(APP).value}}
    said = statement([commit, asset], "https://in-toto.io/attestation/release/v0.1", {})
    return box.sign_statement(said, identity=RELEASES, tlog=False, timestamp=stamped, knobs=knobs)


def _as_release(bundle: bytes, signer: CertificateSigner = RELEASE) -> str:
    trust = Trust({"box": box.trusted_root()}, {"release": signer})
    try:
        verify_bundle(bundle, APP, trust, at=NOW)
    except VerificationError as refusal:
        return refusal.code
    return "VERIFIED"


def test_a_release_attestation_names_no_issuer() -> None:
    assert _as_release(_release()) == "VERIFIED"
    with_issuer = BundleKnobs(certificate=CertificateKnobs(scts=0))
    assert _as_release(_release(with_issuer)) == "ISSUER_MISMATCH"
    assert _as_release(_release(), replace(RELEASE, issuer=Match(ISSUER))) == "ISSUER_MISMATCH"
    assert _as_release(_release(stamped=False)) == "TIMESTAMP_MISSING"
    assert _as_release(_release(), replace(RELEASE, require=CERTIFICATE_DEFAULTS)) == "TLOG_MISSING"


def test_two_issuer_extensions_that_disagree() -> None:
    knobs = BundleKnobs(certificate=CertificateKnobs(other_issuer="https://idp.test"))
    said = box.sign_statement(about(SARIF, scan()), identity=SCAN, issuer=ISSUER, knobs=knobs)
    assert _refused(said) == "ISSUER_CONFLICT"


def test_many_bundles_keep_their_order() -> None:
    good, other = by_scanner(about(SARIF, scan())), by_scanner(about(SARIF, scan(), OTHER_APP))
    found = verify_bundles([other, good, b"", b"{}", good], APP, TRUST, at=NOW)
    codes = [one.code if isinstance(one, AttestError) else "VERIFIED" for one in found]
    assert codes == [
        "SUBJECT_MISMATCH", "VERIFIED", "BUNDLE_MALFORMED", "BUNDLE_MALFORMED", "VERIFIED",
    ]  # fmt: skip


def test_the_digest_that_is_shown_is_of_the_algorithm_that_was_seen() -> None:
    bundle = _naming("sha512", OTHER_APP)
    with pytest.raises(VerificationError) as caught:
        _check(bundle)
    for content in (APP, OTHER_APP):
        assert str(Digest.of(content, "sha512")) in caught.value.message


def test_an_expectation_refuses_like_any_check() -> None:
    def never(checked: Checked) -> tuple[Step, ...]:
        raise VerificationError("PREDICATE_TYPE", f"not {checked.verified.method}")

    item = Artifact.of(Reference("file", "bundle.json"), by_scanner(about(SARIF, scan())))
    (found,) = check_all([item], [SUBJECT], Verifier(TRUST, NOW), Conditions(NOW, expect=(never,)))
    assert isinstance(found, VerificationError)
    assert (found.code, found.where) == ("PREDICATE_TYPE", "bundle.json")


def test_nothing_to_verify_is_not_verified() -> None:
    for refusal in (decide(()), decide((), every=True)):
        assert refusal is not None
        assert (refusal.code, refusal.exit_code) == ("SIGNATURE_MISSING", 4)
