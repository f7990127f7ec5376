"""One bundle against one subject: what it is about is compared, whatever names it."""

from __future__ import annotations

import pytest

from attest.errors import AttestError, VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import CertificateSigner, Match, Trust
from attest.testing import statement
from attest.verification import Checked, check
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
