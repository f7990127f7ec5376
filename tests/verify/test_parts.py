"""The files of a detached signature, in every way that tools write them."""

from __future__ import annotations

import base64
import json

from attest.testing.authority import der_of
from attest.verify.cosign import read_pem_chain
from attest.verify.parts import read_parts
from tests.verify.setting import BOX

SIGNATURE = bytes(range(250, 256)) * 11
DER = der_of(BOX.certificate().certificate)
TEXT = base64.b64encode(SIGNATURE)
PEM = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(DER) + b"-----END CERTIFICATE-----\n"


def test_a_signature_is_base64_or_bytes() -> None:
    wrapped = base64.encodebytes(SIGNATURE)
    for written in (TEXT, TEXT + b"\n", wrapped, SIGNATURE):
        assert read_parts(written).signature == TEXT.decode()
    assert read_parts(b"").signature == ""


def test_certificates_are_pem_or_der() -> None:
    for written in (PEM, base64.b64encode(PEM), base64.encodebytes(PEM), DER):
        parts = read_parts(TEXT, written, written)
        assert parts.certificate is not None
        assert read_pem_chain(parts.certificate.encode()) == [DER]
        assert parts.chain == parts.certificate
    assert read_parts(TEXT).certificate is None
    assert read_parts(TEXT, b"\xff").certificate == "\ufffd"


def test_a_timestamp_is_json_or_the_response() -> None:
    written = '{"SignedRFC3161Timestamp": "QUJD"}'
    assert read_parts(TEXT, timestamp=written.encode()).timestamp == written
    raw = read_parts(TEXT, timestamp=b"ABC").timestamp
    assert raw is not None
    assert json.loads(raw) == json.loads(written)
