"""Snappy blocks: what other encoders write is read, and damage is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.fetch.apis.snappy import decode


def varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def literals(content: bytes, at_once: int = 70_000) -> bytes:
    """Encode without any copy, in literals of at most ``at_once`` bytes."""
    found = varint(len(content))
    for start in range(0, len(content), at_once):
        part = content[start : start + at_once]
        length = len(part) - 1
        if length < 60:
            found += bytes([length << 2]) + part
        else:
            size = (length.bit_length() + 7) // 8
            found += bytes([(59 + size) << 2]) + length.to_bytes(size, "little") + part
    return found


@pytest.mark.parametrize("length", [0, 1, 59, 60, 61, 255, 256, 257, 65_535, 65_537, 1_000_000])
def test_literals(length: int) -> None:
    content = bytes(number % 251 for number in range(length))
    assert decode(literals(content), limit=length) == content
    assert decode(literals(content, 61), limit=length) == content


COPIES = [
    # Each kind of copy: its length, and how far back; overlaps repeat what they write.
    (bytes([8, 3 << 2]) + b"abcd" + bytes([0b01, 4]), b"abcdabcd"),
    (bytes([7, 0]) + b"a" + bytes([0b01 | (2 << 2), 1]), b"aaaaaaa"),
    (bytes([9, 2 << 2]) + b"abc" + bytes([0b10 | (5 << 2), 3, 0]), b"abcabcabc"),
    (bytes([9, 2 << 2]) + b"abc" + bytes([0b11 | (5 << 2), 3, 0, 0, 0]), b"abcabcabc"),
    (varint(65) + bytes([0]) + b"z" + bytes([0b10 | (63 << 2), 1, 0]), b"z" * 65),
]


@pytest.mark.parametrize(("encoded", "content"), COPIES)
def test_copies(encoded: bytes, content: bytes) -> None:
    assert decode(encoded, limit=100) == content


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x80",
        b"\xff\xff\xff\xff\xff\x01",
        varint(101) + literals(b"a" * 101)[1:],
        varint(5) + bytes([3 << 2]) + b"abcd",
        varint(3) + bytes([3 << 2]) + b"abcd",
        varint(4) + bytes([3 << 2]) + b"abcd" + bytes([0]) + b"e",
        varint(4) + bytes([3 << 2]) + b"abc",
        varint(4) + bytes([60 << 2]),
        varint(4) + bytes([0b01]),
        varint(4) + bytes([0b01, 1]),
        varint(5) + bytes([0]) + b"a" + bytes([0b01, 0]),
        varint(5) + bytes([0]) + b"a" + bytes([0b01, 2]),
        varint(5) + bytes([0]) + b"a" + bytes([0b10 | (3 << 2), 1]),
        varint(4) + bytes([63 << 2]) + b"\xff\xff\xff\xff" + b"a",
    ],
)
def test_damage(encoded: bytes) -> None:
    with pytest.raises(ValueError, match="snappy"):
        decode(encoded, limit=100)


def test_a_bomb_stops_at_its_own_length() -> None:
    bomb = varint(64) + bytes([0]) + b"z" + bytes([0b10 | (63 << 2), 1, 0]) * 100_000
    with pytest.raises(ValueError, match="65 bytes that says 64"):
        decode(bomb, limit=1 << 20)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(encoded: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert len(decode(encoded, limit=200)) <= 200
