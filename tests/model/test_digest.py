"""Digests: exact or refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.digest import HEX_LENGTHS, Digest

CONTENT = b"app"
HEX = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("algorithm", HEX_LENGTHS)
def test_a_digest_of_content(algorithm: str) -> None:
    digest = Digest.of(CONTENT, algorithm)
    assert digest.value == hashlib.new(algorithm, CONTENT).hexdigest()
    assert Digest.parse(str(digest)) == digest
    assert digest.matches(CONTENT)
    assert not digest.matches(CONTENT + b"\n")


@pytest.mark.parametrize(
    "text",
    [
        *("", "sha256", "sha256:", f"sha256:{HEX[:-1]}", f"sha256:{HEX}0", f"sha256:{HEX.upper()}"),
        *(f"sha256: {HEX}", f"sha256:{HEX}\n", f" sha256:{HEX}", f"SHA256:{HEX}", HEX),
        *(f"sha256:{HEX[:-1]}g", f"sha256:{HEX[:-1]}\u0661", f"sha512:{HEX}", f"md5:{HEX[:32]}"),
        *(f"sha1:{HEX[:40]}", f"sha256-{HEX}", f"sha256:{HEX}:{HEX}"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        Digest.parse(text)


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=140))
def test_parse_raises_value_error_alone(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except ValueError:
        return
    assert str(digest) == text
