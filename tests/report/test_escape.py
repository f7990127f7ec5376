"""Each sink's escaping, on what is known to hurt it and on anything."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings

from attest.report import escape
from tests.report.strategies import TEXT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\after", "after"),
        ("\x1b]never closed", ""),
        ("\x9b2Jc1", "c1"),
        ("\x1bcreset", "reset"),
        ("a\rb\nc\x0bd\x85e\u2028f", "a b c d e f"),
        ("a\tb   c", "a b c"),
        ("abc\u202egnp.exe\u2066", "abcgnp.exe"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("nul\x00bel\x07", "nulbel"),
        ("tag\U000e0041", "tag"),
        ("Grüße 漢字 ✓", "Grüße 漢字 ✓"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert escape.plain(text) == shown


@settings(max_examples=300, derandomize=True)
@given(TEXT)
def test_plain_text_is_one_visible_line(text: str) -> None:
    shown = escape.plain(text)
    assert all(escape.is_visible(character) for character in shown)
    assert escape.plain(shown) == shown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("a\n\t::stop-commands::t", "a\n\t: :stop-commands::t"),
        ("std::string stays", "std::string stays"),
        ("x ##[error]y", "x ## [error]y"),
        ("##vso[task.setvariable]", "## vso[task.setvariable]"),
        ("###[x", "### [x"),
    ],
)
def test_log_safe(text: str, safe: str) -> None:
    assert escape.log_safe(text) == safe


def runs_a_command(line: str) -> bool:
    """Tell whether a runner would act on a line (as actions/runner parses it)."""
    hashed = any(word.partition("[")[0].isalnum() for word in line.split("##")[1:] if "[" in word)
    return line.lstrip().startswith("::") or "##[" in line or hashed


@settings(max_examples=300, derandomize=True)
@given(TEXT)
def test_a_safe_log_runs_no_command(text: str) -> None:
    safe = escape.log_safe(escape.plain(text))
    assert not runs_a_command(safe)


@settings(max_examples=300, derandomize=True)
@given(TEXT)
def test_command_parts_cannot_end_their_part(text: str) -> None:
    data, value = escape.command_data(text), escape.command_property(text)
    assert not {"\r", "\n"} & set(data)
    assert not {"\r", "\n", ":", ","} & set(value)
    assert data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == escape.hash_safe(
        text
    )


@settings(max_examples=300, derandomize=True)
@given(TEXT)
def test_xml_is_well_formed_and_says_the_same(text: str) -> None:
    element = ET.fromstring(f'<a b="{escape.xml(text)}">{escape.xml(text)}</a>')  # noqa: S314  # ours
    assert element.text == element.get("b") or (element.text is None and element.get("b") == "")


def test_cut() -> None:
    assert escape.cut("abc", 3) == "abc"
    assert escape.cut("abcd", 3) == "ab…"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("漢字", 4), ("é", 1), ("", 0)])
def test_columns(text: str, width: int) -> None:
    assert escape.columns(text) == width
