"""Where a list goes on."""

from __future__ import annotations

import pytest

from attest.fetch.links import next_page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", None),
        ('<a>; rel="prev"', None),
        ('<b>; rel="next"', "b"),
        ("<b>;REL=NEXT", "b"),
        ('<a>; rel="prev", <b>; title="x"; Rel="Next"; hreflang=en', "b"),
    ],
)
def test_the_next_page(link: str, expected: str | None) -> None:
    assert next_page(link) == expected


@pytest.mark.parametrize("link", ["rel=next", "<b> rel=next", "<b>; rel='NEXT'", "<b>; rel=nextly"])
def test_what_speaks_of_a_next_page_and_cannot_be_read_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="an unreadable Link"):
        next_page(link)
