"""JSON at a trust boundary: one meaning for each text, or none.

`json` alone takes byte-order marks, UTF-16, duplicate keys, NaN and lone surrogates, and different
parsers then read different documents out of the same signed bytes. RFC 8259 §4 and §8 leave all of
that open; here it is refused.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

MAX_DEPTH = 256
"""Nesting deeper than this is refused."""

_WHITESPACE = " \t\n\r"


def parse(content: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Return the document in ``content``; raise ``ValueError`` with the reason if it is not strict.

    Refused: text that is not UTF-8, a byte-order mark, duplicate keys, NaN and infinities, numbers
    too large for a float, lone surrogates, nesting beyond ``max_depth``.
    """
    try:
        document = _DECODER.decode(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {max_depth} levels") from None
    _check_depth(document, max_depth)
    _check_surrogates(content, document)
    return document


def members(content: bytes) -> dict[str, bytes]:
    """Return each member of the object in ``content`` as the exact bytes of its value.

    For content that `parse` has accepted. An engine receives such a slice, never a document that
    was written again from a parsed model.
    """
    text = content.decode("utf-8")
    found: dict[str, bytes] = {}
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        start = at
        _, at = _DECODER.raw_decode(text, at)
        found[key] = text[start:at].encode("utf-8")
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    while text[at] in _WHITESPACE:
        at += 1
    return at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        # Not `most_common`: that imports a module, which no jailed worker can.
        twice = next(key for key, many in Counter(key for key, _ in pairs).items() if many > 1)
        raise ValueError(f"duplicate key {twice!r}")
    return document


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"number {text[:20]} is out of range")
    return number


def _check_depth(document: Any, max_depth: int) -> None:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(max_depth):
        if not level:
            return
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    if level:
        raise ValueError(f"nested deeper than {max_depth} levels")


def _check_surrogates(content: bytes, document: Any) -> None:
    if b"\\ud" not in content and b"\\uD" not in content:
        return
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a string holds a lone surrogate") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
)
