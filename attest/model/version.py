"""Versions of policies, compared as Semantic Versioning 2.0.0 §11 does."""

from __future__ import annotations

import re

_VERSION = re.compile(
    r"v?(?P<numbers>[0-9]{1,18}(\.[0-9]{1,18}){0,5})"
    r"(-(?P<before>[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?(\+[0-9A-Za-z.-]+)?"
)
_LONGEST = 200

_Part = tuple[int, int, str]


def is_lower(one: str | None, other: str | None) -> bool:
    """Tell whether ``one`` is lower than ``other``, or cannot be shown not to be.

    Any version will do where there is none to compare with. One that is missing, or is no version
    like 1.4.0, v2 or 2026.05-rc.1, is lower than any but itself.
    """
    if other is None or one == other:
        return False
    if one is None:
        return True
    left, right = _key(one), _key(other)
    return left is None or right is None or left < right


def _key(text: str) -> tuple[list[int], int, list[_Part]] | None:
    match = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    numbers = [int(part) for part in match["numbers"].split(".")]
    before = match["before"]
    # A version without a pre-release is higher than the same with one.
    parts = [_part(one) for one in before.split(".")] if before else []
    return numbers + [0] * (6 - len(numbers)), 0 if before else 1, parts


def _part(text: str) -> _Part:
    """Numbers compare as such and are lower than words."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
