"""Two texts that should be the same and almost are: where they part."""

from __future__ import annotations

_SHOWN = 40
_CONTEXT = 24
_ALIKE = 2
"""What they share must be at least one part in so many of the longer text."""


def difference(expected: str, seen: str) -> str:
    """Say where ``seen`` parts from ``expected``; nothing when they have little in common."""
    if expected == seen:
        return ""
    if expected.casefold() == seen.casefold():
        return "They differ in upper and lower case alone."
    start = _shared(expected, seen)
    room = min(len(expected), len(seen)) - start
    end = min(room, _shared(expected[::-1], seen[::-1]))
    if (start + end) * _ALIKE < max(len(expected), len(seen)):
        return ""
    after = expected[max(0, start - _CONTEXT) : start]
    wanted, got = expected[start : len(expected) - end], seen[start : len(seen) - end]
    return f"After {after!r} stands {got[:_SHOWN]!r}; expected {wanted[:_SHOWN]!r}."


def _shared(one: str, other: str) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
