"""Certificate transparency: whose promise counts, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attest.errors import VerificationError
from attest.testing import CertificateKnobs, RootKnobs, Window
from attest.testing.authority import der_of
from attest.verify.certificate import Leaf, read_leaf
from attest.verify.root import parse_root
from attest.verify.sct import SKEW, check_scts
from tests.verify.setting import BOX, NOW, OTHER_BOX, SECOND

DAY = timedelta(days=1)
LIFETIME = timedelta(minutes=10)


def _leaf(knobs: CertificateKnobs) -> Leaf:
    return read_leaf(der_of(BOX.certificate(knobs=knobs).certificate))


def _count(knobs: CertificateKnobs, window: Window | None = None) -> int:
    root = parse_root("box", BOX.trusted_root(RootKnobs(ct_log=window)))
    return len(check_scts(_leaf(knobs), BOX.authority.certificate, root))


def _refused(knobs: CertificateKnobs, window: Window | None = None) -> None:
    with pytest.raises(VerificationError) as refusal:
        _count(knobs, window)
    assert refusal.value.code == "SCT_INVALID"


def test_one_log_counts_once() -> None:
    assert _count(CertificateKnobs()) == 1
    assert _count(CertificateKnobs(scts=3)) == 1
    assert _count(CertificateKnobs(scts=0)) == 0


def test_a_log_that_nobody_trusts_counts_for_nothing() -> None:
    assert _count(CertificateKnobs(ct_log=OTHER_BOX.ct_log)) == 0


def test_milliseconds_are_exact() -> None:
    for milliseconds in range(1, 1000, 83):
        when = NOW + timedelta(milliseconds=milliseconds)
        assert _count(CertificateKnobs(sct_at=when)) == 1


def test_a_promise_about_another_issuer() -> None:
    root = parse_root("box", BOX.trusted_root())
    with pytest.raises(VerificationError) as refusal:
        check_scts(_leaf(CertificateKnobs()), OTHER_BOX.authority.certificate, root)
    assert refusal.value.code == "SCT_INVALID"


def test_the_windows_of_the_log() -> None:
    knobs = CertificateKnobs()
    assert _count(knobs, Window(NOW - DAY, NOW)) == 1
    assert _count(knobs, Window(NOW, NOW + DAY)) == 1
    _refused(knobs, Window(NOW - DAY, NOW - SECOND))
    _refused(knobs, Window(NOW + SECOND, NOW + DAY))


def test_the_promise_is_of_the_certificates_own_time() -> None:
    assert _count(CertificateKnobs(sct_at=NOW - SKEW)) == 1
    assert _count(CertificateKnobs(sct_at=NOW + LIFETIME + SKEW)) == 1
    _refused(CertificateKnobs(sct_at=NOW - SKEW - SECOND))
    _refused(CertificateKnobs(sct_at=NOW + LIFETIME + SKEW + SECOND))
