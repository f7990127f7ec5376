"""Attestations that a package index hosts."""

from __future__ import annotations

import pytest

from attest.model.trust import Method
from attest.testing import edit, remove
from attest.testing.forms import pypi_attestation
from tests.verify.setting import BOX, OTHER_BOX, STATEMENT, refused, verify

ATTESTATION = pypi_attestation(BOX.sign_statement(STATEMENT))


def test_an_attestation() -> None:
    verified = verify(ATTESTATION)
    assert (verified.method, verified.payload) == (Method.ENVELOPE, STATEMENT)
    assert verified.payload_type == "application/vnd.in-toto+json"
    assert [time.source for time in verified.times] == ["tlog"]
    assert verified.steps[0].seen == "PEP 740 attestation"


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/version", 2, "BUNDLE_MALFORMED"),
        ("/envelope/statement", "e30=", "SIGNATURE_INVALID"),
        ("/envelope/statement", "e30", "BUNDLE_MALFORMED"),
        ("/envelope/signature", "QUJD", "SIGNATURE_INVALID"),
        ("/envelope/signature", "", "BUNDLE_MALFORMED"),
        ("/verification_material/certificate", "QUJD", "CERTIFICATE_MALFORMED"),
        ("/verification_material/transparency_entries", [], "TLOG_MISSING"),
    ],
)
def test_each_part_is_checked(pointer: str, value: object, code: str) -> None:
    assert refused(edit(ATTESTATION, pointer, value)).code == code


def test_its_log_entries_must_be_proven() -> None:
    entry = "/verification_material/transparency_entries/0"
    assert refused(remove(ATTESTATION, f"{entry}/inclusionProof")).code == "INCLUSION_PROOF"
    assert verify(remove(ATTESTATION, f"{entry}/kindVersion")).signers


def test_another_instance() -> None:
    theirs = pypi_attestation(OTHER_BOX.sign_statement(STATEMENT))
    assert refused(theirs).code == "TLOG_UNKNOWN"


@pytest.mark.parametrize("version", [True, 1.0, "1"])
def test_a_version_that_only_equals_one(version: object) -> None:
    attestation = pypi_attestation(BOX.sign_statement(STATEMENT))
    assert refused(edit(attestation, "/version", version)).code == "BUNDLE_MALFORMED"
