"""Which keys are accepted, and what verifies under them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.digest import Digest
from attest.signing.signature import public_der, public_pem, sign
from attest.testing import KeyType
from attest.verify.envelope import Signed
from attest.verify.keys import (
    BadSignatureError,
    Key,
    WeakKeyError,
    check_signature,
    load_der,
    load_key,
    load_pem,
)
from tests.verify.setting import BOX

PAIRS = {kind: BOX.key_pair("a key", kind) for kind in KeyType}
PEM = PAIRS[KeyType.P256].public_pem


@pytest.mark.parametrize("kind", KeyType)
def test_every_kind_of_key_verifies_its_own_signature(kind: KeyType) -> None:
    key = load_pem(PAIRS[kind].public_pem)
    signature = sign(PAIRS[kind].private, b"message")
    assert check_signature(key, signature, Signed.of(b"message"))
    with pytest.raises(BadSignatureError):
        check_signature(key, signature, Signed.of(b"massage"))
    with pytest.raises(BadSignatureError):
        check_signature(key, signature[:-1] + b"\0", Signed.of(b"message"))
    with pytest.raises(BadSignatureError):
        check_signature(key, b"", Signed.of(b"message"))


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        (KeyType.P256, "sha256"),
        (KeyType.P384, "sha384"),
        (KeyType.P521, "sha512"),
        (KeyType.RSA2048, "sha256"),
    ],
)
def test_a_digest_is_enough(kind: KeyType, algorithm: str) -> None:
    key = load_pem(PAIRS[kind].public_pem)
    signature = sign(PAIRS[kind].private, b"message")
    signed = Signed.of(Digest.of(b"message", algorithm))
    assert algorithm in check_signature(key, signature, signed)


def test_a_digest_is_not_enough_for_ed25519() -> None:
    key = load_pem(PAIRS[KeyType.ED25519].public_pem)
    signature = sign(PAIRS[KeyType.ED25519].private, b"message")
    with pytest.raises(BadSignatureError, match="the file itself"):
        check_signature(key, signature, Signed.of(Digest.of(b"message")))


def test_the_digest_that_would_be_needed_is_named() -> None:
    key = load_pem(PAIRS[KeyType.P384].public_pem)
    signature = sign(PAIRS[KeyType.P384].private, b"message")
    with pytest.raises(BadSignatureError, match="signs sha384"):
        check_signature(key, signature, Signed.of(Digest.of(b"message")))


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_large_curves_over_sha256_are_accepted(curve: ec.EllipticCurve) -> None:
    private = ec.derive_private_key(7, curve)
    signature = private.sign(b"message", ec.ECDSA(hashes.SHA256()))
    assert "sha256" in check_signature(
        Key.of(private.public_key()), signature, Signed.of(b"message")
    )


def test_a_small_curve_over_another_hash_is_not() -> None:
    private = ec.derive_private_key(7, ec.SECP256R1())
    signature = private.sign(b"message", ec.ECDSA(hashes.SHA512()))
    with pytest.raises(BadSignatureError):
        check_signature(Key.of(private.public_key()), signature, Signed.of(b"message"))


def test_weak_and_strange_keys_are_refused() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505  # it must be refused
    koblitz = ec.derive_private_key(7, ec.SECP256K1()).public_key()
    edwards = ed448.Ed448PrivateKey.generate().public_key()
    for weak in (small, koblitz, edwards):
        pem = weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(WeakKeyError):
            load_pem(pem)


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        (b"", "no PEM block"),
        (PEM + PEM, "more than one"),
        (b"text before\n" + PEM, "other text"),
        (PEM + b"text after\n", "other text"),
        (PAIRS[KeyType.P256].private_pem(), "private key"),
        (b"-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n", "certificate"),
        (PEM.replace(b"PUBLIC", b"RSA PUBLIC"), "no PEM block"),
        (b"-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n", "does not parse"),
    ],
)
def test_what_is_not_one_public_key(pem: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_pem(pem)


def test_a_key_is_named_by_its_der() -> None:
    public = PAIRS[KeyType.P256].private.public_key()
    key = load_pem(b"\n" + public_pem(public) + b"\n\n")
    assert key == load_der(public_der(public))
    assert key.digest == Digest.of(public_der(public))
    assert key != load_pem(PAIRS[KeyType.P384].public_pem)


@given(st.binary(max_size=200), st.integers(0, 90))
@settings(derandomize=True, max_examples=200)
def test_only_value_errors_escape(noise: bytes, at: int) -> None:
    der = public_der(PAIRS[KeyType.P256].private.public_key())
    for loader, content in ((load_pem, noise), (load_der, noise), (load_der, der[:at] + noise)):
        with suppress(ValueError):
            loader(content)


def test_a_key_is_pem_or_der() -> None:
    pair = PAIRS[KeyType.P384]
    der = public_der(pair.private.public_key())
    assert load_key(pair.public_pem) == load_key(der) == load_pem(pair.public_pem)
    with pytest.raises(ValueError, match="does not parse"):
        load_key(der + b"\0")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PEM + PEM, r"more than one PEM block \(2\)"),
        (PAIRS[KeyType.P256].private_pem(b"password"), "encrypted private key"),
        (b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nQUJD\n", "encrypted private key"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 somebody", "SSH key"),
        (b"", "no PEM block"),
    ],
)
def test_what_was_given_in_place_of_a_key_is_told(content: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_key(content)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (KeyType.P256, "ECDSA P-256"),
        (KeyType.P521, "ECDSA P-521"),
        (KeyType.RSA2048, "RSA 2048"),
        (KeyType.ED25519, "Ed25519"),
    ],
)
def test_a_key_is_named_for_people(kind: KeyType, name: str) -> None:
    assert load_pem(PAIRS[kind].public_pem).algorithm == name


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("ENCRYPTED PRIVATE KEY", "an encrypted private key"),
        ("PRIVATE KEY", "this is a private key"),
        ("ENCRYPTED MESSAGE", "no PEM block 'PUBLIC KEY'"),
    ],
)
def test_what_kind_of_pem_was_given(kind: str, says: str) -> None:
    pem = f"-----BEGIN {kind}-----\nQUJD\n-----END {kind}-----\n".encode()
    with pytest.raises(ValueError, match=says):
        load_pem(pem)
