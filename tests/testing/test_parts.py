"""The parts of the box against independent implementations of their formats."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from attest.testing import (
    KeyPair,
    KeyType,
    PrivateSigstore,
    der,
    edit,
    merkle,
    read,
    remove,
    subject,
    tsa,
)
from tests.testing.checks import NOW

QUICK = [kind for kind in KeyType if kind is not KeyType.RSA2048]


@given(st.integers(min_value=0, max_value=2**200))
@settings(derandomize=True, max_examples=50)
def test_integers_are_shortest(number: int) -> None:
    tag, size, *body = der.integer(number)
    assert (tag, size) == (0x02, len(body))
    assert int.from_bytes(bytes(body), "big", signed=True) == number
    assert size == 1 or body[0] or body[1] >= 0x80


@pytest.mark.parametrize(
    ("size", "head"), [(0, "0400"), (127, "047f"), (128, "048180"), (256, "04820100")]
)
def test_lengths_are_shortest(size: int, head: str) -> None:
    assert der.octets(bytes(size))[: -size or None].hex() == head


@pytest.mark.parametrize(
    "dotted", ["1.2.840.113549.1.9.16.2.47", "2.16.840.1.101.3.4.2.1", "1.3.6.1.4.1.57264.1.23"]
)
def test_object_identifiers(dotted: str) -> None:
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(dotted), "x")])
    assert der.oid(dotted) in name.public_bytes()


def test_sets_are_ordered() -> None:
    assert der.set_of(der.integer(9), der.integer(1)) == der.set_of(der.integer(1), der.integer(9))


def _climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Recompute the head as RFC 9162 §2.1.3.2 does."""
    node, last = leaf, size - 1
    for sibling in path:
        if index % 2 or index == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while index and not index % 2:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node


@given(st.integers(min_value=1, max_value=70), st.data())
@settings(derandomize=True, max_examples=60)
def test_audit_paths_lead_to_the_head(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    leaves = [merkle.leaf(b"%d" % number) for number in range(size)]
    path = merkle.path(index, leaves)
    assert _climb(leaves[index], index, size, path) == merkle.root(leaves)


@pytest.mark.parametrize("embed", [True, False])
@pytest.mark.parametrize("nonce", [None, 2**63])
def test_rfc3161_client_accepts_the_token(
    box: PrivateSigstore, nonce: int | None, *, embed: bool
) -> None:
    authority = box.timestamp_authority
    digest = hashlib.sha256(b"message").digest()
    token = decode_timestamp_response(tsa.respond(authority, digest, NOW, embed=embed, nonce=nonce))
    verifier = (
        VerifierBuilder()
        .tsa_certificate(authority.certificate)
        .add_root_certificate(authority.above[-1])
        .build()
    )
    assert verifier.verify_message(token, b"message")
    assert token.tst_info.gen_time == NOW
    assert token.tst_info.nonce == nonce


@pytest.mark.parametrize("kind", KeyType)
def test_key_survives_pem(box: PrivateSigstore, kind: KeyType) -> None:
    pair = box.key_pair("k", kind)
    loaded = load_pem_private_key(pair.private_pem(b"secret"), b"secret")
    assert isinstance(loaded, type(pair.private))
    assert KeyPair.of(loaded) == pair or KeyPair.of(loaded).public_pem == pair.public_pem


def test_rsa_key_is_sound(box: PrivateSigstore) -> None:
    private = box.key_pair("k", KeyType.RSA2048).private
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048


def test_private_halves_are_not_shown(box: PrivateSigstore) -> None:
    assert "private" not in repr(box.key_pair("k"))


def test_kinds_of_key_are_not_related(box: PrivateSigstore) -> None:
    pems = {box.key_pair(name, kind).public_pem for name in ("a", "b") for kind in QUICK}
    assert len(pems) == 2 * len(QUICK)


def test_editing() -> None:
    document = b'{"a": [{"b/c": 1}, {"d~e": 2}]}'
    assert read(document, "/a/0/b~1c") == 1
    assert json.loads(edit(document, "/a/1/d~0e", None)) == {"a": [{"b/c": 1}, {"d~e": None}]}
    assert json.loads(edit(document, "/new", 3))["new"] == 3
    assert json.loads(remove(document, "/a/0")) == {"a": [{"d~e": 2}]}
    for wrong in ("/a/2", "/b", "/a/0/x"):
        with pytest.raises(LookupError):
            read(document, wrong)
    with pytest.raises(ValueError, match="not a JSON pointer"):
        edit(document, "a", 1)


def test_subject_carries_the_digest() -> None:
    expected = hashlib.sha256(b"x").hexdigest()
    assert subject("app", b"x") == {"name": "app", "digest": {"sha256": expected}}


def test_checkpoint_is_a_signed_note(box: PrivateSigstore) -> None:
    bundle = box.sign_blob(b"x")
    proof = read(bundle, "/verificationMaterial/tlogEntries/0/inclusionProof")
    note, _, signature = proof["checkpoint"]["envelope"].partition("\n\n")
    assert note.split("\n") == [box.log.origin, proof["treeSize"], proof["rootHash"]]
    dash, name, value = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("—", box.log.name)
    assert base64.b64decode(value)[:4] == box.log.key_id[:4]
