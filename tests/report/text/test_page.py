"""Wrapping: words, values that should stay whole, and what does not fit anywhere."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.report import escape
from attest.report.text.page import Page, Span
from tests.report.strategies import TEXT


def _lines(width: int, *spans: Span | str, indent: int = 0, mark: str = "") -> list[str]:
    page = Page(width, color=False)
    page.put(*spans, indent=indent, mark=mark)
    return page.lines


def test_words_wrap_below_the_first() -> None:
    lines = _lines(12, "one two three four", indent=2, mark="✓ ")
    assert lines == ["  ✓ one two", "    three", "    four"]


def test_spans_stand_two_columns_apart() -> None:
    assert _lines(40, "one two", "", "three") == ["one two  three"]


def test_a_long_word_is_cut_after_a_separator() -> None:
    assert _lines(20, "https://host/path/to/file") == ["https://host/path/", "  to/file"]


def test_a_word_without_separators_is_cut_at_the_edge() -> None:
    assert _lines(10, "a" * 12) == ["a" * 10, "  aa"]


def test_a_whole_span_turns_as_one() -> None:
    lines = _lines(14, "one two", Span("three four", whole=True))
    assert lines == ["one two", "  three four"]


def test_a_value_that_fits_below_its_name_stays_whole() -> None:
    page = Page(30, color=False)
    page.pair("identity", "https://host/a/b/c/d", indent=4)
    page.pair("issuer", "short", indent=4)
    assert page.lines == ["    identity", "      https://host/a/b/c/d", "    issuer    short"]


def test_a_hint_is_given_once() -> None:
    page = Page(40, color=False)
    page.hint("do it", indent=2)
    page.hint("do it", indent=4)
    page.hint("", indent=4)
    assert page.lines == ["  → do it"]


def test_a_reason_is_given_once() -> None:
    page = Page(40, color=False)
    page.reason("CODE", "it broke", indent=2)
    page.reason("CODE", "it broke", indent=4)
    page.reason("CODE", "otherwise", indent=4)
    assert page.lines == ["  CODE  it broke", "    CODE  as above", "    CODE  otherwise"]


def test_the_clauses_of_a_long_reason_have_lines_of_their_own() -> None:
    page = Page(30, color=False)
    page.reason("CODE", "short; one", indent=2)
    page.reason("CODE", "seen something long; expected another", indent=2)
    assert page.lines == [
        "  CODE  short; one",
        "  CODE  seen something long",
        "    expected another",
    ]


def test_wide_characters_count_twice() -> None:
    assert _lines(10, "漢字漢字漢字") == ["漢字漢字漢", "  字"]


def test_colour_is_put_around_words_only_when_wanted() -> None:
    page = Page(40, color=True)
    page.put(Span("bad", "bad"), "plain", mark="✗ ", style="good")
    assert page.lines == ["\x1b[32m✗ \x1b[0m\x1b[1;31mbad\x1b[0m  plain"]


@settings(max_examples=200, derandomize=True)
@given(st.lists(TEXT, max_size=4), st.integers(20, 100), st.integers(0, 8))
def test_no_line_is_too_long_and_no_character_is_lost(
    texts: list[str], width: int, indent: int
) -> None:
    lines = _lines(width, *texts, indent=indent, mark="- ")
    assert max(map(escape.columns, lines)) <= width
    expected = "-" + "".join(escape.plain(text) for text in texts)
    assert "".join(lines).replace(" ", "") == expected.replace(" ", "")
