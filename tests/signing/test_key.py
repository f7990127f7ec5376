"""Signing with a key: two verifiers accept it, and every bad key has its reason."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import UsageError, VerificationError
from attest.model.artifact import Artifact, Reference
from attest.model.trust import KeySigner, Method, Trust, Verified
from attest.signing import sign_with_key
from attest.signing.load import load_private_key
from attest.testing import KeyPair, KeyType, read, statement
from attest.testing.keys import derive
from attest.verify import Verifier
from tests.testing.checks import NOW

BLOB = b"released\n"
STATEMENT = statement({"app": BLOB}, "https://example.org/predicate/v1", {})
PAIRS = {kind: KeyPair.of(derive("signing tests", "key", kind)) for kind in KeyType}
P256 = PAIRS[KeyType.P256].private_pem()
RAW = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def verified(bundle: bytes, pair: KeyPair, message: bytes = BLOB) -> Verified:
    trust = Trust({}, {"me": KeySigner("me", pair.public_pem)})
    artifact, signed = (Artifact.of(Reference.parse("x"), each) for each in (bundle, message))
    return Verifier(trust, NOW).bundle(artifact, [signed])


def code_of(content: bytes, pem: bytes, password: bytes | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        sign_with_key(content, pem, password=password)
    assert refused.value.exit_code == 2
    return refused.value.code


@pytest.mark.parametrize("kind", KeyType)
@pytest.mark.parametrize("password", [None, b"secret"])
def test_file(kind: KeyType, password: bytes | None) -> None:
    pair = PAIRS[kind]
    bundle = sign_with_key(BLOB, pair.private_pem(password), password=password)
    assert verified(bundle, pair).method is Method.MESSAGE
    with pytest.raises(VerificationError):
        verified(bundle, pair, b"other")


@pytest.mark.parametrize("kind", KeyType)
def test_statement(kind: KeyType) -> None:
    pair = PAIRS[kind]
    bundle = sign_with_key(STATEMENT, pair.private_pem(), statement=True)
    assert verified(bundle, pair).payload == STATEMENT


def test_same_call_same_bytes() -> None:
    assert sign_with_key(BLOB, P256) == sign_with_key(BLOB, P256)


def test_statement_bytes_are_kept_as_they_are() -> None:
    spaced = STATEMENT.replace(b",", b" ,\n")
    bundle = sign_with_key(spaced, P256, statement=True)
    assert verified(bundle, PAIRS[KeyType.P256]).payload == spaced


def test_bundle_names_the_key_by_a_hint_alone() -> None:
    material = read(sign_with_key(BLOB, P256), "/verificationMaterial")
    assert list(material) == ["publicKey"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"not json", statement([], "https://example.org/p", {}), STATEMENT[:-1]],
)
def test_unsound_statement_is_not_signed(content: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        sign_with_key(content, P256, statement=True)
    assert refused.value.code == "STATEMENT_UNSOUND"


@pytest.mark.parametrize("label", ["COSIGN", "SIGSTORE"])
def test_cosign_key_is_named(label: str) -> None:
    name = f"ENCRYPTED {label} PRIVATE KEY"
    pem = f"-----BEGIN {name}-----\neyJrZGYiOnt9fQ==\n-----END {name}-----\n".encode()
    assert code_of(BLOB, pem, b"secret") == "KEY_ENCRYPTED_COSIGN"


def test_passwords() -> None:
    encrypted = PAIRS[KeyType.P256].private_pem(b"secret")
    assert code_of(BLOB, encrypted) == "SIGNING_KEY_PASSWORD"
    assert code_of(BLOB, encrypted, b"") == "SIGNING_KEY_PASSWORD"
    assert code_of(BLOB, encrypted, b"other") == "SIGNING_KEY_PASSWORD"
    assert code_of(BLOB, P256, b"secret") == "SIGNING_KEY_PASSWORD"


def test_weak_keys() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # to be refused
    curve = ec.derive_private_key(7, ec.SECP256K1())
    for key in (small, curve, x25519.X25519PrivateKey.generate()):
        assert code_of(BLOB, key.private_bytes(*RAW)) == "SIGNING_KEY_WEAK"


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        PAIRS[KeyType.P256].public_pem,
        P256 + P256,
        P256.replace(b"\nM", b"\n!"),
        P256[:-40],
        P256.replace(b"PRIVATE KEY", b"EC PRIVATE KEY"),
        P256 + b" " * 70_000,
    ],
    ids=["empty", "public", "two", "broken", "cut", "label", "huge"],
)
def test_malformed_keys(pem: bytes) -> None:
    assert code_of(BLOB, pem) == "SIGNING_KEY_MALFORMED"


@given(st.integers(min_value=0, max_value=len(P256) - 1), st.binary(min_size=1, max_size=3))
@settings(derandomize=True, max_examples=200)
def test_no_damage_escapes_as_another_error(at: int, noise: bytes) -> None:
    damaged = P256[:at] + noise + P256[at + len(noise) :]
    try:
        load_private_key(damaged)
    except UsageError as refused:
        assert refused.code.startswith("SIGNING_KEY_")  # noqa: PT017  # some damage is harmless


def test_refusals_do_not_show_the_key() -> None:
    damaged = P256[:-60] + P256[-40:]
    with pytest.raises(UsageError) as refused:
        sign_with_key(BLOB, damaged)
    body = P256.split(b"\n")[1].decode()
    assert body[:20] not in str(refused.value)
    assert refused.value.__suppress_context__
