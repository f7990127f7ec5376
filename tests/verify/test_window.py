"""Closed windows and exact times."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.verify.window import Window, parse_time, rfc3339, utc

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def test_both_ends_belong_to_a_window() -> None:
    window = Window(START, END)
    assert START in window
    assert END in window
    assert START - TICK not in window
    assert END + TICK not in window


def test_an_open_end_is_open() -> None:
    assert END in Window(START)
    assert START - TICK not in Window(START)
    assert START in Window(None, END)
    assert str(Window()) == "any time"
    assert str(Window(None, END)) == "until 2026-02-01T00:00:00Z"
    assert str(Window(START, END)) == "from 2026-01-01T00:00:00Z until 2026-02-01T00:00:00Z"
    assert str(Window(START)) == "from 2026-01-01T00:00:00Z on"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T00:00:00Z", START),
        ("2026-01-01T02:00:00+02:00", START),
        ("2026-01-01T00:00:00.123456789Z", START + timedelta(microseconds=123456)),
        ("2026-01-01T00:00:00.5Z", START + timedelta(microseconds=500000)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00Z\n",
        "2026-01-01t00:00:00z",
        "0001-01-01T00:00:00+23:59",
        "2026-01-01T00:00:00+99:99",
        "\u0662026-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001  # hypothesis wants naive bounds
@settings(derandomize=True, max_examples=50)
def test_times_round_trip(naive: datetime) -> None:
    time = utc(naive)
    assert parse_time(rfc3339(time)) == time
    assert utc(time.astimezone(timezone(timedelta(hours=5)))) == time


def test_a_time_without_a_zone_is_utc_wherever_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert utc(START.replace(tzinfo=None)) == START
    finally:
        monkeypatch.undo()
        time.tzset()
