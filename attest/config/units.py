"""Durations, sizes and points in time, as plans and options write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from attest.config.nodes import Node, line, refusal

_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"([0-9]{1,12})(B|KiB|MiB|GiB)")
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)

LONGEST = timedelta(days=36500)
"""Longer durations are refused: they are mistakes, and overflow a date."""


def parse_duration(text: str) -> timedelta:
    """Read ``500ms``, ``10s``, ``5m``, ``24h`` or ``30d``; raise ``ValueError`` for anything else.

    Zero is refused too: nothing that takes a duration means anything with it.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:32]!r} is not a duration like 10s, 24h or 30d")
    seconds = int(match[1]) * _SECONDS[match[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"{text!r} is not between 1ms and {LONGEST.days}d")
    return timedelta(seconds=seconds)


def parse_size(text: str) -> int:
    """Read ``512B``, ``64KiB``, ``128MiB`` or ``1GiB`` in bytes; raise ``ValueError`` otherwise."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:32]!r} is not a size like 64KiB, 128MiB or 1GiB")
    return int(match[1]) * _BYTES[match[2]]


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time, or a date, which is its first moment in UTC.

    Raise ``ValueError`` for anything else, and for times outside the calendar.
    """
    if not _TIME.fullmatch(text) and not _DATE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a time like 2026-01-02T03:04:05Z or 2026-01-02")
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: {error}") from None


def duration(node: Node, *, most: timedelta = LONGEST) -> timedelta:
    """Return the duration at ``node``; raise DURATION_INVALID when it is malformed or too long."""
    try:
        found = parse_duration(line(node))
    except ValueError as error:
        raise refusal(node, "DURATION_INVALID", str(error)) from None
    if found > most:
        raise refusal(node, "DURATION_INVALID", f"expected at most {most.total_seconds():.0f}s")
    return found


def size(node: Node, *, least: int, most: int) -> int:
    """Return the size at ``node`` in bytes; raise SIZE_INVALID outside ``least`` … ``most``."""
    try:
        found = parse_size(line(node))
    except ValueError as error:
        raise refusal(node, "SIZE_INVALID", str(error)) from None
    if not least <= found <= most:
        raise refusal(node, "SIZE_INVALID", f"expected {least}B to {most}B, found {found}B")
    return found


def time(node: Node) -> datetime:
    """Return the point in time at ``node``, in UTC; raise DURATION_INVALID when malformed."""
    try:
        return parse_time(line(node))
    except ValueError as error:
        raise refusal(node, "DURATION_INVALID", str(error)) from None
