"""Signed JSON, parsed."""

from __future__ import annotations

from typing import Any

from attest.errors import DecodeError
from attest.model import strict_json

MAX_DOCUMENT = 16 << 20
"""Bytes of the largest signed payload or document that is read."""


def parse_json(content: bytes) -> Any:
    """Parse a signed document strictly; raise `DecodeError` when it is too large or not strict."""
    if len(content) > MAX_DOCUMENT:
        raise DecodeError(
            "DOCUMENT_TOO_LARGE",
            f"the document has {len(content):,} bytes, at most {MAX_DOCUMENT:,} are read",
        )
    try:
        return strict_json.parse(content)
    except ValueError as error:
        raise DecodeError("JSON_INVALID", f"expected strict JSON: {error}") from None
