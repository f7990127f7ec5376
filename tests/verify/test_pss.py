"""RSASSA-PSS: for a key that is declared for it, and then nothing else."""

from __future__ import annotations

import base64
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.errors import UsageError, VerificationError
from attest.model.attachment import CosignAnnotations
from attest.model.digest import Digest
from attest.model.trust import KeySigner
from attest.signing.signature import public_der, public_pem, sign
from attest.testing import KeyType, edit
from attest.testing.authority import certificate_builder, der_of
from attest.verify import jws
from attest.verify.certificate import read_leaf
from attest.verify.envelope import Signed
from attest.verify.keys import (
    BadSignatureError,
    Key,
    WeakKeyError,
    check_signature,
    load_der,
    load_key,
)
from attest.verify.pss import pss_hash
from attest.verify.root import parse_root
from tests.verify.setting import BLOB, BOX, NOW, ROOT, file, verifier

PRIVATE = cast("rsa.RSAPrivateKey", BOX.key_pair("a key", KeyType.RSA2048).private)
PLAIN = public_der(PRIVATE.public_key())
RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
PSS_OID = "06092a864886f70d01010a"
SALT = {"sha256": 32, "sha384": 48, "sha512": 64}
HASH = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
# As `openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_pss_keygen_md:…` writes them.
_DIGEST = "300d06096086480165030402{:02d}0500"
IDENTIFIERS = {
    name: f"3041{PSS_OID}3034a00f{d}a11c301a06092a864886f70d010108{d}a2030201{SALT[name]:02x}"
    for name, d in {name: _DIGEST.format(n) for n, name in enumerate(SALT, 1)}.items()
}


def _spki(identifier: str, key: bytes = PLAIN) -> bytes:
    """Return ``key`` with another algorithm identifier."""
    body = bytes.fromhex(identifier) + key[4 + len(RSA_ENCRYPTION) :]
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


ANY = _spki("300b" + PSS_OID)


def _pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN PUBLIC KEY-----\n" + body + b"-----END PUBLIC KEY-----\n"


def _sign(name: str = "sha256", salt: int | None = None, masks: str | None = None) -> bytes:
    mgf = padding.MGF1(HASH[masks or name])
    length = SALT[name] if salt is None else salt
    return PRIVATE.sign(BLOB, padding.PSS(mgf, length), HASH[name])


def _verifies(key: Key, signature: bytes) -> str:
    return check_signature(key, signature, Signed.of(BLOB))


def test_a_pss_key_verifies_pss() -> None:
    key = load_der(ANY)
    assert (key.pss, key.algorithm, key.der) == ("sha256", "RSA 2048 PSS", ANY)
    assert _verifies(key, _sign()) == "RSA 2048 PSS with sha256"
    longest = 256 - 32 - 2
    assert _verifies(load_key(_pem(ANY)), _sign(salt=longest))
    digest = Signed.of(Digest.of(BLOB))
    assert check_signature(key, _sign(), digest)


@pytest.mark.parametrize("name", SALT)
def test_parameters_choose_the_hash(name: str) -> None:
    key = load_der(_spki(IDENTIFIERS[name]))
    assert key.pss == name
    assert name in _verifies(key, _sign(name))
    for other in SALT.keys() - {name}:
        with pytest.raises(BadSignatureError):
            _verifies(key, _sign(other))
        with pytest.raises(BadSignatureError):
            _verifies(key, _sign(name, masks=other))


def test_one_scheme_is_never_taken_for_the_other() -> None:
    old, new = sign(PRIVATE, BLOB), _sign()
    assert _verifies(load_der(PLAIN), old)
    with pytest.raises(BadSignatureError):
        _verifies(load_der(PLAIN), new)
    for identifier in ("300b" + PSS_OID, *IDENTIFIERS.values()):
        with pytest.raises(BadSignatureError):
            _verifies(load_der(_spki(identifier)), old)


@pytest.mark.parametrize("salt", [0, 20, 31, 33])
def test_other_salts_do_not_verify(salt: int) -> None:
    with pytest.raises(BadSignatureError):
        _verifies(load_der(ANY), _sign(salt=salt))


@pytest.mark.parametrize(
    "identifier",
    [
        f"300d{PSS_OID}3000",  # SHA-1 by default (RFC 4055 §3.1)
        f"300d{PSS_OID}0500",
        IDENTIFIERS["sha256"].replace("a203020120", "a203020114"),
        IDENTIFIERS["sha256"].replace(_DIGEST.format(1), _DIGEST.format(3), 1),
        "300b06092a864886f70d010107",  # RSAES-OAEP
        "300b06092a864886f70d010101",  # rsaEncryption without its NULL
    ],
)
def test_other_algorithm_identifiers_are_no_keys(identifier: str) -> None:
    with pytest.raises(ValueError, match=r"RSASSA-PSS with SHA-2|does not parse"):
        load_der(_spki(identifier))


def test_a_bare_rsa_key_signs_as_ever() -> None:
    bare = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert load_der(bare) == load_der(PLAIN)
    assert _log_key(bare, "PKCS1_RSA_PKCS1V5").pss is None


@pytest.mark.parametrize("body", [b"AAAAA", b"AA=A"])
def test_a_pem_block_that_is_not_base64(body: bytes) -> None:
    with pytest.raises(ValueError, match="the key does not parse"):
        load_key(b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n")


def test_what_is_no_key_has_no_hash() -> None:
    assert pss_hash(b"") is None
    assert pss_hash(PLAIN) is None
    assert pss_hash(ANY) == "sha256"


def test_one_key_in_two_forms_is_one_principal_and_is_revoked_by_either_digest() -> None:
    key = load_der(ANY)
    assert key.digest == load_der(PLAIN).digest == Digest.of(PLAIN)
    assert key.digests == (Digest.of(PLAIN), Digest.of(ANY))
    assert load_der(PLAIN).digests == (Digest.of(PLAIN),)
    assert key != load_der(PLAIN)
    signer = KeySigner("release", _pem(ANY))
    parts = CosignAnnotations(signature=base64.b64encode(_sign()).decode())
    for digest in key.digests:
        revoking = verifier(signer, revoked=[digest])
        with pytest.raises(VerificationError) as caught:
            revoking.detached(file(_sign()), parts, [file(BLOB)])
        assert caught.value.code == "REVOKED"


def test_a_managed_key_signs_a_file() -> None:
    for pem, scheme, holds in [
        (_pem(ANY), _sign(), True),
        (public_pem(PRIVATE.public_key()), sign(PRIVATE, BLOB), True),
        (_pem(ANY), sign(PRIVATE, BLOB), False),
        (public_pem(PRIVATE.public_key()), _sign(), False),
    ]:
        parts = CosignAnnotations(signature=base64.b64encode(scheme).decode())
        asked = verifier(KeySigner("release", pem))
        if holds:
            assert asked.detached(file(scheme), parts, [file(BLOB)]).signers
            continue
        with pytest.raises(VerificationError) as caught:
            asked.detached(file(scheme), parts, [file(BLOB)])
        assert caught.value.code == "SIGNATURE_INVALID"


def _root_with(der: bytes, details: str) -> bytes:
    raw = base64.b64encode(der).decode()
    root = edit(ROOT, "/tlogs/0/publicKey/rawBytes", raw)
    return edit(root, "/tlogs/0/publicKey/keyDetails", details)


def _log_key(der: bytes, details: str) -> Key:
    logs = parse_root("corp", _root_with(der, details)).logs.values()
    return next(log.key for log in logs if isinstance(log.key.public, rsa.RSAPublicKey))


def test_the_details_of_a_trust_root_declare_the_scheme() -> None:
    for der in (PLAIN, ANY):
        key = _log_key(der, "PKIX_RSA_PSS_2048_SHA256")
        assert _verifies(key, _sign())
        with pytest.raises(BadSignatureError):
            _verifies(key, sign(PRIVATE, BLOB))
    plain = _log_key(PLAIN, "PKIX_RSA_PKCS1V15_2048_SHA256")
    assert _verifies(plain, sign(PRIVATE, BLOB))
    with pytest.raises(BadSignatureError):
        _verifies(plain, _sign())


@pytest.mark.parametrize(
    ("der", "details"),
    [
        (PLAIN, "PKIX_RSA_PSS_3072_SHA256"),
        (PLAIN, "PKIX_RSA_PSS"),
        (PLAIN, "PKCS1_RSA_PSS"),
        (PLAIN, "PKIX_RSA_PSS_2048_SHA512"),
        (ANY, "PKIX_RSA_PKCS1V15_2048_SHA256"),
        (ANY, "PKIX_ECDSA_P256_SHA_256"),
        (_spki(IDENTIFIERS["sha512"]), "PKIX_RSA_PSS_2048_SHA256"),
        (public_der(BOX.key_pair("p").private.public_key()), "PKIX_RSA_PSS_2048_SHA256"),
    ],
)
def test_details_that_contradict_the_key_make_the_root_void(der: bytes, details: str) -> None:
    with pytest.raises(UsageError, match="RSA") as refusal:
        parse_root("corp", _root_with(der, details))
    assert refusal.value.code == "ROOT_MALFORMED"


def test_no_certificate_is_for_a_pss_key() -> None:
    builder = certificate_builder(x509.Name([]), PRIVATE.public_key(), BOX.authority, (NOW, NOW))
    der = der_of(BOX.authority.sign(builder))
    assert read_leaf(der).key.der == PLAIN
    other = bytearray(der.replace(PLAIN, ANY))
    for at in (2, 6):  # the lengths of the certificate and of what is signed in it
        length = int.from_bytes(other[at : at + 2], "big") - len(PLAIN) + len(ANY)
        other[at : at + 2] = length.to_bytes(2, "big")
    with pytest.raises(VerificationError, match="RSASSA-PSS is accepted of keys") as caught:
        read_leaf(bytes(other))
    assert caught.value.code == "CERTIFICATE_USAGE"


def test_no_token_is_signed_by_a_pss_key() -> None:
    with pytest.raises(BadSignatureError, match="RSASSA-PSS"):
        jws.verify("e30.e30.AAAA", load_der(ANY))


def test_a_pss_key_is_not_weaker_than_others() -> None:
    small = public_der(rsa.generate_private_key(65537, 1024).public_key())  # noqa: S505  # to be refused
    body = bytes.fromhex("300b" + PSS_OID) + small[3 + len(RSA_ENCRYPTION) :]
    with pytest.raises(WeakKeyError, match="1024"):
        load_der(b"\x30\x81" + bytes([len(body)]) + body)
