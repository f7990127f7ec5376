"""Times as Sigstore writes them, and the windows they are compared with."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from attest.model.frozen import frozen

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


@frozen
class Window:
    """A closed interval: both ends belong to it (sigstore_common.proto, TimeRange)."""

    start: datetime | None = None
    end: datetime | None = None

    def __contains__(self, time: datetime) -> bool:
        after_start = self.start is None or self.start <= time
        return after_start and (self.end is None or time <= self.end)

    def __str__(self) -> str:
        if self.start is None and self.end is None:
            return "any time"
        start = "" if self.start is None else f"from {rfc3339(self.start)} "
        return start + ("on" if self.end is None else f"until {rfc3339(self.end)}")


def parse_time(text: str) -> datetime:
    """Parse an RFC 3339 time; raise ``ValueError`` unless it is exact. Nanoseconds are cut off."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an RFC 3339 time")
    seconds, fraction, zone = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    return utc(datetime.fromisoformat(f"{seconds}.{micros}{zone.replace('Z', '+00:00')}"))


def utc(time: datetime) -> datetime:
    """Return ``time`` in UTC; a time without a zone is taken as UTC."""
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{time} has no time in UTC") from None


def rfc3339(time: datetime) -> str:
    """Write ``time`` as RFC 3339 in UTC, to the second where it has no fraction."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
