"""RSASSA-PSS in certificates and timestamps: as their own algorithm identifier says."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.testing import Authority, KeyType, der, tsa
from attest.testing.authority import certificate_builder, der_of, key_usage
from attest.testing.keys import derive
from attest.verify import root as trusted
from attest.verify.certificate import read_leaf
from attest.verify.chain import find_issuer
from attest.verify.timestamp import UnprovenError, check_timestamp
from attest.verify.window import Window
from tests.verify.setting import BLOB, BOX, NOW

KEY = cast("rsa.RSAPrivateKey", BOX.key_pair("an authority", KeyType.RSA2048).private)
ABOVE = Authority(derive("attest", "fulcio root", KeyType.P384), BOX.authority.chain[-1])
YEARS = (NOW - timedelta(days=9), NOW + timedelta(days=9))
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
SCHEMES: dict[str, padding.PSS | padding.PKCS1v15] = {"pss": PSS, "v1.5": padding.PKCS1v15()}
IDENTIFIERS = {
    "pss": bytes.fromhex(
        "06092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108"
        "300d06096086480165030402010500a203020120"
    ),
    "v1.5": bytes.fromhex("06092a864886f70d01010b0500"),
}
STATED_AND_USED = [(stated, used) for stated in SCHEMES for used in SCHEMES]


def _authority(extension: x509.ExtensionType, *more: x509.ExtensionType) -> Authority:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signs by RSA")])
    builder = certificate_builder(name, KEY.public_key(), ABOVE, YEARS)
    for one in (extension, *more):
        builder = builder.add_extension(one, critical=True)
    return Authority(KEY, ABOVE.sign(builder), ABOVE.chain)


def _root(authority: Authority) -> trusted.TrustRoot:
    one = (trusted.Authority("rsa.attest.test", authority.chain, Window(), ()),)
    return trusted.TrustRoot("box", Digest.of(b""), {}, {}, one, one)


@pytest.mark.parametrize(("stated", "used"), STATED_AND_USED)
def test_the_signature_of_a_certificate(stated: str, used: str) -> None:
    basic = x509.BasicConstraints(ca=True, path_length=0)
    issuer = _authority(basic, key_usage(signs=False, issues=True))
    public = derive("s", "leaf").public_key()
    builder = (
        certificate_builder(x509.Name([]), public, issuer, YEARS)
        .add_extension(key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name("ci@attest.test")]), critical=True
        )
    )
    made = builder.sign(KEY, hashes.SHA256(), rsa_padding=SCHEMES[stated])
    other = KEY.sign(made.tbs_certificate_bytes, SCHEMES[used], hashes.SHA256())
    leaf = read_leaf(der_of(made)[: -len(other)] + other)
    if stated == used:
        assert find_issuer(leaf, _root(issuer), [NOW]).name == "rsa.attest.test"
        return
    with pytest.raises(VerificationError) as refusal:
        find_issuer(leaf, _root(issuer), [NOW])
    assert refusal.value.code == "CERTIFICATE_CHAIN"


@pytest.mark.parametrize(("stated", "used"), STATED_AND_USED)
def test_the_signature_of_a_timestamp(
    stated: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    authority = _authority(purpose, key_usage())
    written = der.oid
    monkeypatch.setattr(der, "oid", lambda name: name if type(name) is bytes else written(name))
    monkeypatch.setattr(tsa, "_ECDSA_SHA256", IDENTIFIERS[stated])
    monkeypatch.setattr(
        tsa, "sign", lambda key, content: key.sign(content, SCHEMES[used], hashes.SHA256())
    )
    token = tsa.respond(authority, hashlib.sha256(BLOB).digest(), NOW)
    if stated == used == "v1.5":
        time, by = check_timestamp(token, BLOB, _root(authority))
        assert (time, by.name) == (NOW, "rsa.attest.test")
        return
    says = "RSASSA-PSS, which is not supported" if stated == "pss" else "verify"
    with pytest.raises(UnprovenError, match=says):
        check_timestamp(token, BLOB, _root(authority))


def test_the_certificate_of_a_timestamp_authority_may_be_signed_by_pss() -> None:
    basic = x509.BasicConstraints(ca=True, path_length=0)
    issuer = _authority(basic, key_usage(signs=False, issues=True))
    key = derive("s", "tsa")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tsa")])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = certificate_builder(name, key.public_key(), issuer, YEARS)
    builder = builder.add_extension(purpose, critical=True).add_extension(
        key_usage(), critical=True
    )
    signed = builder.sign(KEY, hashes.SHA256(), rsa_padding=PSS)
    authority = Authority(key, signed, issuer.chain)
    token = tsa.respond(authority, hashlib.sha256(BLOB).digest(), NOW)
    assert check_timestamp(token, BLOB, _root(authority))[0] == NOW
