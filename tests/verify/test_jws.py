"""Compact JWS: the key decides the algorithm, and one text stands for each token."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.verify import jws
from attest.verify.keys import BadSignatureError, Key

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = Key.of(PRIVATE.public_key())
OTHER = Key.of(ec.generate_private_key(ec.SECP256R1()).public_key())


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(payload: bytes = b"{}", **header: Any) -> str:
    head = json.dumps({"alg": "ES256"} | header).encode()
    message = f"{b64(head)}.{b64(payload)}"
    r, s = decode_dss_signature(PRIVATE.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{message}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def refusal(text: str, key: Key = KEY) -> str:
    with pytest.raises(BadSignatureError) as refused:
        jws.verify(text, key)
    return str(refused.value)


def test_a_token() -> None:
    assert jws.verify(token(b"said", typ="JWT", kid="any"), KEY) == ("ES256", b"said")


@pytest.mark.parametrize("named", ["none", "HS256", "ES384", "RS256", "es256", None, 1])
def test_the_header_does_not_choose_the_algorithm(named: Any) -> None:
    assert "expected alg ES256" in refusal(token(alg=named))


def test_the_public_key_is_no_shared_secret() -> None:
    """The mistake of old: the public key's bytes as the secret of an HMAC."""
    import hmac

    pem = PRIVATE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    message = f"{b64(json.dumps({'alg': 'HS256'}).encode())}.{b64(b'{}')}"
    forged = hmac.new(pem, message.encode(), "sha256").digest()
    assert "expected alg ES256" in refusal(f"{message}.{b64(forged)}")


def test_another_key() -> None:
    assert "does not verify" in refusal(token(), OTHER)


def test_demanded_extensions() -> None:
    assert "extensions" in refusal(token(crit=["b64"], b64=False))


def _with_signature(change: Any) -> str:
    head, payload, signature = token().split(".")
    return f"{head}.{payload}.{change(signature)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        token() + ".x",
        token().replace(".", ".=", 1),
        _with_signature(lambda text: text + "=="),
        _with_signature(lambda text: text[:-2]),
        _with_signature(lambda _: ""),
        _with_signature(lambda text: b64(b"0" + base64.urlsafe_b64decode(text + "=="))),
        _with_signature(lambda text: text[:10] + "\n" + text[10:]),
        _with_signature(lambda text: "é" + text),
        b64(b"[]") + "." + token().split(".", 1)[1],
        b64(b'{"alg":"ES256","alg":"ES256"}') + "." + token().split(".", 1)[1],
        b64(b"\xff") + "." + token().split(".", 1)[1],
    ],
    ids=str.__len__,  # a signature is another one each time: a name must not hold it
)
def test_what_is_no_token(text: str) -> None:
    refusal(text)


def test_two_texts_for_one_signature() -> None:
    """64 bytes leave four bits of the last character unused; they must be zero."""
    text = token()
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(text[-1])
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    assert "as it must be written" in refusal(text[:-1] + other)


def test_a_token_is_bounded() -> None:
    assert "more than" in refusal("a" * (jws.MAX_TOKEN + 1))
    assert "three parts" in refusal("a" * jws.MAX_TOKEN)


def test_a_signature_has_the_size_of_its_curve() -> None:
    """With zeros before R and S the numbers are the same, and the text is another."""
    head, payload, signature = token().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    padded = b64(b"\0" + raw[:32] + b"\0" + raw[32:])
    assert "64 bytes, seen 66" in refusal(f"{head}.{payload}.{padded}")


def other(algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    message = f"{b64(json.dumps({'alg': algorithm}).encode())}.{b64(b'said')}"
    return f"{message}.{b64(sign(message.encode()))}"


def raw(private: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm, message: bytes) -> bytes:
    size = (private.key_size + 7) // 8
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def test_the_other_kinds_of_keys() -> None:
    edwards, big = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
    p384, p521 = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP521R1())
    for algorithm, private, text in (
        ("EdDSA", edwards, other("EdDSA", edwards.sign)),
        (
            *("RS256", big),
            other("RS256", lambda m: big.sign(m, padding.PKCS1v15(), hashes.SHA256())),
        ),
        ("ES384", p384, other("ES384", partial(raw, p384, hashes.SHA384()))),
        ("ES512", p521, other("ES512", partial(raw, p521, hashes.SHA512()))),
    ):
        key = Key.of(private.public_key())
        assert jws.verify(text, key) == (algorithm, b"said")
        with pytest.raises(BadSignatureError):
            jws.verify(text.replace(b64(b"said"), b64(b"Said")), key)


def test_a_hash_of_another_size_is_another_algorithm() -> None:
    p384 = ec.generate_private_key(ec.SECP384R1())
    text = other("ES384", partial(raw, p384, hashes.SHA256()))
    assert "does not verify" in refusal(text, Key.of(p384.public_key()))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, 2), st.integers(0, 200), st.sampled_from("AZaz09-_.="))
def test_any_changed_character_is_refused(part: int, at: int, character: str) -> None:
    parts = SIGNED.split(".")
    at %= len(parts[part])
    if parts[part][at] == character:
        return
    parts[part] = parts[part][:at] + character + parts[part][at + 1 :]
    refusal(".".join(parts))


SIGNED = token(b'{"files": []}')
