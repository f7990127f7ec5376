"""The generated corpus: every case meets exactly the verdict that it was made for."""

from __future__ import annotations

import pytest

from attest.errors import AttestError
from attest.model.trust import CertificateSigner, KeySigner, Match, Trust
from attest.testing import IDENTITY, ISSUER
from attest.verification import verify_bundle
from tests.conformance.corpus import VERIFIED, Case, cases
from tests.verify.setting import AT, BLOB


def verdict(case: Case) -> str:
    """Return what this verifier says: a reason code, or `VERIFIED`."""
    signer: KeySigner | CertificateSigner
    if case.key is None:
        signer = CertificateSigner("who", "root", Match(IDENTITY), Match(ISSUER))
    else:
        signer = KeySigner("who", case.key.public_pem)
    trust = Trust({"root": case.root}, {"who": signer})
    try:
        verify_bundle(case.bundle, BLOB, trust, at=AT)
    except AttestError as refusal:
        return refusal.code
    return VERIFIED


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert verdict(case) == case.code


def test_the_names_are_unique() -> None:
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)
