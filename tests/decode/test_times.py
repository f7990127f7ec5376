"""RFC 3339 times: in UTC, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.times import parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T12:00:00+02:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00:00.5Z", datetime(2026, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
        (
            "2026-05-01T10:00:00.123456789Z",
            datetime(2026, 5, 1, 10, 0, 0, 123_456, tzinfo=UTC),
        ),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        "2026-05-01",
        "2026-05-01T10:00:00",
        "2026-05-01 10:00:00Z",
        "20260501T100000Z",
        "2026-13-01T10:00:00Z",
        "2026-05-01T10:00:60Z",
        "0000-05-01T10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-05-01T10:00:00Z\n",
        "٢٠٢٦-05-01T10:00:00Z",  # digits of another script
    ],
)
def test_anything_else_is_no_time(value: Any) -> None:
    assert parse_time(value) is None


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.datetimes(timezones=st.timezones()))
def test_what_is_written_is_read(time: datetime) -> None:
    text = time.isoformat()
    read = parse_time(text)
    assert read is None or read == datetime.fromisoformat(text)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{0,20}\Z"))
def test_any_text_is_a_time_or_none(text: str) -> None:
    read = parse_time(text)
    assert read is None or read.tzinfo is UTC
