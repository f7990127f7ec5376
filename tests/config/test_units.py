"""Durations, sizes and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.config.units import parse_duration, parse_size, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("10s", 10), ("5m", 300), ("24h", 86400), ("30d", 2592000)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "10 s", "1.5h", "-1s", "0s", "10S", "1w", "36501d", "٣s"]
)
def test_refused_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|between"):
        parse_duration(text)


def test_sizes() -> None:
    assert parse_size("512B") == 512
    assert parse_size("128MiB") == 128 << 20
    assert parse_size("1GiB") == 1 << 30


@pytest.mark.parametrize("text", ["", "128", "128MB", "1.5GiB", "128 MiB", "-1B", "9" * 13 + "B"])
def test_refused_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


def test_times_are_utc_and_a_date_is_its_first_moment() -> None:
    assert parse_time("2027-01-01") == datetime(2027, 1, 1, tzinfo=UTC)
    assert parse_time("2027-01-01T01:00:00+01:00") == datetime(2027, 1, 1, tzinfo=UTC)
    assert parse_time("2027-01-01T00:00:00.5Z").microsecond == 500_000


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01T00:00:00",
        "2027-01-01 00:00:00Z",
        "20270101",
        "2027-02-30",
        "0000-01-01",
        "0001-01-01T00:00:00+23:59",
        "2027-01-01T00:00:60Z",
        "2027-W01-1",
        "",
    ],
)
def test_refused_times(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        parse_time(text)


@settings(derandomize=True, max_examples=200)
@given(st.text(alphabet="0123456789-:TZ.+smhdKMGiB ", max_size=30))
def test_arbitrary_text_raises_nothing_but_value_error(text: str) -> None:
    for parse in (parse_duration, parse_size, parse_time):
        try:
            parse(text)
        except ValueError:
            continue
