"""The 70 bundle-verify cases of sigstore/sigstore-conformance, each by file and by digest alone.

A case that must fail must fail for the reason its note gives: any refusal is not enough.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from attest.errors import AttestError, UsageError, VerificationError
from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import CertificateSigner, KeySigner, Match, Method, Signer, Trust, Verified
from attest.verify import Verifier

pytestmark = pytest.mark.conformance

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
INDEX = VECTORS / "sigstore-conformance.json"
AT = datetime(2026, 11, 1, tzinfo=UTC)
CASES: list[dict[str, Any]] = json.loads(INDEX.read_bytes()) if INDEX.exists() else []

MALFORMED, BINDING = "BUNDLE_MALFORMED", "TLOG_BINDING"
EXPECTED = {
    "bundle-empty-certificate-chain_fail": MALFORMED,
    "bundle-from-wrong-instance_fail": "TLOG_UNKNOWN",
    "bundle-invalid-base64-signature_fail": MALFORMED,
    "bundle-malformed-json_fail": MALFORMED,
    "bundle-negative-log-index_fail": MALFORMED,
    "bundle-unknown-version_fail": "BUNDLE_TYPE",
    "bundle-with-root-cert_fail": MALFORMED,
    "checkpoint-bad-keyhint_fail": "CHECKPOINT",
    "checkpoint-wrong-roothash_fail": "CHECKPOINT",
    "dsse-invalid-sig_fail": "SIGNATURE_INVALID",
    "dsse-mismatch-envelope_fail": BINDING,
    "dsse-mismatch-sig_fail": BINDING,
    "inclusion-proof-corrupted-hash_fail": "INCLUSION_PROOF",
    "incorrect-public-key_fail": BINDING,
    "integrated-time-in-future_fail": "CERTIFICATE_EXPIRED",
    "intoto-expired-certificate_fail": "CERTIFICATE_EXPIRED",
    "intoto-log-entry-mismatch_fail": BINDING,
    "intoto-missing-inclusion-proof_fail": "INCLUSION_PROOF",
    "intoto-set-outside-signing-cert-validity_fail": "CERTIFICATE_EXPIRED",
    "intoto-tsa-timestamp-outside-cert-validity_fail": "CERTIFICATE_EXPIRED",
    "invalid-checkpoint-signature_fail": "CHECKPOINT",
    "invalid-ct-key_fail": "SCT_INVALID",
    "invalid-inclusion-proof_fail": "INCLUSION_PROOF",
    "managed-key-no-key_fail": "KEY_MISMATCH",
    "managed-key-wrong-key_fail": "KEY_MALFORMED",  # its key does not even parse
    "message-digest-mismatch_fail": "DIGEST_MISMATCH",
    "rekor2-checkpoint-missing-log-signature_fail": "CHECKPOINT",
    "rekor2-checkpoint-missing-origin_fail": "CHECKPOINT",
    "rekor2-checkpoint-missing-root-hash_fail": "CHECKPOINT",
    "rekor2-checkpoint-missing-size_fail": "CHECKPOINT",
    "rekor2-checkpoint-no-matching-signature_fail": "CHECKPOINT",
    "rekor2-dsse-invalid-sig_fail": "SIGNATURE_INVALID",
    "rekor2-dsse-mismatch-envelope_fail": BINDING,
    "rekor2-dsse-mismatch-sig_fail": BINDING,
    "rekor2-no-inclusion-proof_fail": "INCLUSION_PROOF",
    "rekor2-no-timestamp_fail": "TIMESTAMP_MISSING",
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "TIMESTAMP_INVALID",
    "rekor2-timestamp-outside-tsa-cert-validity_fail": "TIMESTAMP_INVALID",
    "rekor2-timestamp-payload-mismatch_fail": "TIMESTAMP_INVALID",
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "TIMESTAMP_INVALID",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail": "TIMESTAMP_INVALID",
    "rekor2-timestamp-with-incorrect-time_fail": MALFORMED,  # line-wrapped base64; see below
    "set-invalid-signature_fail": "SET_INVALID",
    "signature-mismatch_fail": "SIGNATURE_INVALID",
    "trust-root-tlog-missing-validity-start_fail": "ROOT_MALFORMED",
    "wrong-hashedrekord-artifact_fail": BINDING,
    "wrong-hashedrekord-cert-and-sig_fail": BINDING,
    "wrong-hashedrekord-entry_fail": BINDING,
    "wrong-material_fail": "DIGEST_MISMATCH",
}


def _signer(case: dict[str, Any]) -> Signer:
    if "key" in case:
        return KeySigner("signer", (VECTORS / case["key"]).read_bytes(), root="root")
    identity, issuer = Match(case["identity"]), Match(case["issuer"])
    return CertificateSigner("signer", "root", identity, issuer)


def _verify(case: dict[str, Any], message: Artifact | Digest, bundle: bytes = b"") -> Verified:
    root = (VECTORS / case["trusted_root"]).read_bytes()
    verifier = Verifier(Trust({"root": root}, {"signer": _signer(case)}), AT)
    content = bundle or (VECTORS / case["bundle"]).read_bytes()
    verified = verifier.bundle(Artifact.of(Reference("file", "bundle.json"), content), [message])
    if verified.method is Method.ENVELOPE:
        assert case["sha256"] in _subjects(verified.payload)
    return verified


def _subjects(payload: bytes) -> set[str]:
    statement = strict_json.parse(payload)
    return {subject["digest"].get("sha256") for subject in statement["subject"]}


def _message(case: dict[str, Any], by: str) -> Artifact | Digest:
    if by == "digest":
        return Digest("sha256", case["sha256"])
    content = (VECTORS / case["artifact"]).read_bytes()
    return Artifact.of(Reference("file", "artifact"), content)


@pytest.fixture(autouse=True)
def _vectors() -> None:
    if not CASES:
        pytest.skip("the public vectors are not beside the repository")


def test_the_suite_is_complete() -> None:
    assert len(CASES) == 70
    assert {case["id"] for case in CASES if case["expect"] == "fail"} == set(EXPECTED)


@pytest.mark.parametrize("by", ["file", "digest"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], by: str) -> None:
    message = _message(case, by)
    if case["expect"] == "pass":
        verified = _verify(case, message)
        assert [signatory.name for signatory in verified.signers] == ["signer"]
        return
    with pytest.raises(AttestError) as refusal:
        _verify(case, message)
    code = EXPECTED[case["id"]]
    usage = code in {"ROOT_MALFORMED", "KEY_MALFORMED"}
    assert refusal.value.code == code
    assert isinstance(refusal.value, UsageError if usage else VerificationError)


def test_the_wrapped_timestamp_is_also_of_the_wrong_time() -> None:
    """That case's base64 is wrapped; put right, it must fail for what it is meant to test."""
    name = "rekor2-timestamp-with-incorrect-time_fail"
    case = next(case for case in CASES if case["id"] == name)
    bundle = json.loads((VECTORS / case["bundle"]).read_bytes())
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    token = binascii.a2b_base64(stamps[0]["signedTimestamp"])
    stamps[0]["signedTimestamp"] = base64.b64encode(token).decode()
    with pytest.raises(VerificationError) as refusal:
        _verify(case, _message(case, "file"), json.dumps(bundle).encode())
    assert refusal.value.code == "CERTIFICATE_EXPIRED"
