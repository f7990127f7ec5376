"""Versions: what is lower than what, and what cannot be compared."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.version import is_lower

ASCENDING = ["0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
             "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2", "1.10", "v2",
             "2026.05"]  # fmt: skip
"""Those in the middle are the example of Semantic Versioning 2.0.0, clause 11."""


@pytest.mark.parametrize(("low", "high"), list(itertools.combinations(ASCENDING, 2)))
def test_order(low: str, high: str) -> None:
    assert is_lower(low, high)
    assert not is_lower(high, low)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.0.0"), ("v1.0.0", "1"), ("1.0+a", "1.0+b"), ("x", "x")]
)
def test_equal_ones_are_not_lower(one: str, other: str) -> None:
    assert not is_lower(one, other)
    assert not is_lower(other, one)


@pytest.mark.parametrize(
    "seen", [None, "", "latest", "1.0-", "1..0", "-1", "1" * 300, "1.0 ", "\u0661"]
)
def test_what_cannot_be_compared_is_lower(seen: str | None) -> None:
    assert is_lower(seen, "1.0")
    assert not is_lower(seen, None)


def test_nothing_is_higher_than_what_is_no_version() -> None:
    assert is_lower("1.0", "latest")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_never_both_higher(one: str, other: str) -> None:
    if one != other and not is_lower(one, other):
        assert is_lower(other, one) or not is_lower(other, one)
    assert not is_lower(one, one)
