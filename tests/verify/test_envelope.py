"""DSSE pre-authentication encoding, and digests without the bytes."""

from __future__ import annotations

from attest.model.digest import Digest
from attest.verify.envelope import Signed, pae


def test_pae_is_the_example_of_the_specification() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected


def test_pae_counts_bytes() -> None:
    assert pae("\u00e9", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_a_digest_knows_only_itself() -> None:
    digest = Digest.of(b"x")
    signed = Signed.of(digest)
    assert signed.digest("sha256") == digest
    assert signed.digest("sha512") is None
    assert Signed.of(b"x").digest("sha512") == Digest.of(b"x", "sha512")
