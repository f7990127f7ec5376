"""Signed JSON, parsed."""

from __future__ import annotations

import pytest

from attest.decode.json_text import MAX_DOCUMENT, parse_json
from tests.decode.making import refused


def test_what_is_strict_json_is_read() -> None:
    assert parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"a": 1, "a": 2}', b"NaN", b"\xff", b"\xef\xbb\xbf{}"]
)
def test_what_is_not_is_refused(text: bytes) -> None:
    refused("JSON_INVALID", parse_json, text)


def test_the_size_is_bounded() -> None:
    assert parse_json(b" " * (MAX_DOCUMENT - 1) + b"1") == 1
    refused("DOCUMENT_TOO_LARGE", parse_json, b" " * MAX_DOCUMENT + b"1")
