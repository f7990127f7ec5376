"""Near misses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.verify.difference import difference

MAIN = "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main"


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (MAIN, ""),
        (MAIN.replace("main", "dev"), "'dev'; expected 'main'"),
        (MAIN.replace("heads", "tags"), "stands 'tag'; expected 'head'"),
        (MAIN.replace("/app/", "/apps/"), "stands 's'; expected ''"),
        (MAIN.replace("/example/", "/Example/"), "upper and lower case"),
        (MAIN + "/", "stands '/'; expected ''"),
        ("mallory@evil.test", ""),
        ("", ""),
    ],
)
def test_where_they_part(seen: str, says: str) -> None:
    found = difference(MAIN, seen)
    assert says in found if says else not found


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_it_never_fails(one: str, other: str) -> None:
    assert isinstance(difference(one, other), str)


def test_half_in_common_is_enough() -> None:
    assert difference("abcd", "abxy") == "After 'ab' stands 'xy'; expected 'cd'."
    assert difference("abcde", "abxyz") == ""
