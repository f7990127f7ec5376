"""Certificates as bytes: a serial number that is not positive is refused, and nothing is said."""

from __future__ import annotations

import base64
import warnings

import pytest

from attest.errors import UsageError
from attest.testing import edit
from attest.testing.authority import der_of
from attest.verify.certificate import read_leaf, refuse_roots
from attest.verify.cosign import read_pem_chain
from attest.verify.fields import MalformedError
from attest.verify.root import parse_root
from attest.verify.x509_load import load_certificate, load_pem_certificate
from tests.verify.setting import BOX, ROOT, refused

GOOD = der_of(BOX.certificate().certificate)
_VERSION = bytes.fromhex("a003020102")


def _negative(der: bytes) -> bytes:
    """Return a certificate whose serial number has its sign bit set."""
    at = der.index(_VERSION) + len(_VERSION) + 2
    return der[:at] + bytes([der[at] | 0x80]) + der[at + 1 :]


def _pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


NEGATIVE = _negative(GOOD)


def test_a_certificate_is_read_from_der_and_pem() -> None:
    assert der_of(load_certificate(GOOD)) == GOOD
    assert der_of(load_pem_certificate(b"text\n" + _pem(GOOD) + _pem(NEGATIVE))) == GOOD
    with pytest.raises(ValueError, match="no PEM block"):
        load_pem_certificate(GOOD)


@pytest.mark.parametrize(
    "start",
    [
        "3082010030820100a003020102020100",
        "308130308130a003020102020100",
        "30103010a003020102020100",
        "30103010a00302010202018000",
        "30103010a003020102028180ff",
        "30103010020100",
    ],
)
def test_no_serial_number_below_one(start: str) -> None:
    with pytest.raises(ValueError, match="not positive"):
        load_certificate(bytes.fromhex(start))


@pytest.mark.parametrize("serial", ["020101", "02020080", "02017f"])
def test_a_positive_serial_number_goes_on_to_the_parser(serial: str) -> None:
    with pytest.raises(ValueError, match=r"^(?!.*not positive)"):
        load_certificate(bytes.fromhex("30103010a003020102" + serial))


def test_it_is_refused_wherever_a_certificate_stands_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Exception, match=r"CERTIFICATE_MALFORMED: .* not positive"):
            read_leaf(NEGATIVE)
        with pytest.raises(MalformedError, match="not positive"):
            refuse_roots([NEGATIVE])
        with pytest.raises(MalformedError, match="not positive"):
            read_pem_chain(_pem(NEGATIVE))
        place = "/certificateAuthorities/0/certChain/certificates/0/rawBytes"
        chain = base64.b64encode(_negative(der_of(BOX.authority.chain[0]))).decode()
        with pytest.raises(UsageError, match=r"ROOT_MALFORMED: .* not positive"):
            parse_root("corp", edit(ROOT, place, chain))
        raw = base64.b64encode(NEGATIVE).decode()
        bundle = edit(BOX.sign_blob(b"x"), "/verificationMaterial/certificate/rawBytes", raw)
        assert refused(bundle).code == "CERTIFICATE_MALFORMED"
