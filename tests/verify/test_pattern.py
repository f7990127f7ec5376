"""Patterns match whole values, never strangers, and never for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import UsageError
from attest.model.trust import Match
from attest.verify.pattern import (
    MAX_PATTERN,
    MAX_REPEATS,
    MAX_VALUE,
    MAX_WIDE_REPEATS,
    compile_match,
    describe,
)

WORKFLOW = r"https://github\.com/org/[^/]+/\.github/workflows/.*@refs/(heads|tags)/.*"


def _test(pattern: str, *, issuer: bool = False) -> str:
    """Return the code that ``pattern`` is refused with, or nothing."""
    try:
        compile_match(Match(pattern, is_pattern=True), "where", issuer=issuer)
    except UsageError as error:
        return error.code
    return ""


def test_exact_is_exact() -> None:
    test = compile_match(Match("a.c"), "where")
    assert test("a.c")
    assert not test("abc")
    assert not test("a.c\n")


def test_a_pattern_matches_the_whole_value() -> None:
    test = compile_match(Match(WORKFLOW, is_pattern=True), "where")
    good = "https://github.com/org/app/.github/workflows/release.yml@refs/heads/main"
    assert test(good)
    assert not test("https://evil.test/?" + good)
    assert not test(good + "\n")
    assert not test(good.replace("github.com", "github-com"))
    partial = compile_match(Match(r"https://a\.test/x", is_pattern=True), "where")
    assert not partial("https://a.test/xy")


def test_a_long_value_never_matches() -> None:
    test = compile_match(Match(r"https://a\.test/[^/]*", is_pattern=True), "where")
    base = "https://a.test/"
    assert test(base + "x" * (MAX_VALUE - len(base)))
    assert not test(base + "x" * (MAX_VALUE - len(base) + 1))


@pytest.mark.parametrize(
    "pattern", [".*", ".+", "https?://.*", r"(https://x|.*)", "[^ ]+", ".*@.*"]
)
def test_a_pattern_that_matches_a_stranger(pattern: str) -> None:
    assert _test(pattern) == "PATTERN_TOO_WIDE"


def test_an_empty_text_names_nobody() -> None:
    with pytest.raises(UsageError) as refusal:
        compile_match(Match(""), "where")
    assert refusal.value.code == "PATTERN_TOO_WIDE"
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|b)*",
        "(a?)*",
        "((a+)b)*",
        "(?:x*){2,}",
        "(?i)x",
        "(?=x)",
        "(?P<n>x)",
        "a*?",
        r"(a)\1",
        r"\Ax",
        "a**",
        "(",
        ")(",
        "[a",
        "[[a]b]",
        "[a--b]",
        "[1||",
        "a{2}{3}",
        "a{99999999999999999999}",
        "x" * 1025,
        "a.*b.*c.*d.*e.*f",
        "a+b+c+d+e+f+g+h+i+",
        "(.)*(.)*(.)*(.)*(.)*x",
    ],
)
def test_what_is_not_supported(pattern: str) -> None:
    assert _test(pattern) == "PATTERN_MALFORMED"


@pytest.mark.parametrize(
    "pattern",
    [r"[a-z]+@corp\.test", "(a|b)c", "(ab)+x", "(a*)?x", r"v\d+\.\d+", "[]x]+y", r"[\]x]+y"],
)
def test_what_is_supported(pattern: str) -> None:
    assert not _test(pattern)


@pytest.mark.parametrize(
    ("pattern", "fine"),
    [
        (r"https://idp\.test", True),
        (r"https://idp\.test/.*", True),
        (r"https://idp\.test:8443/[a-z]+", True),
        (r"https://idp\.test/(a|b)", True),
        (r"https://idp.test", False),
        (r"https://idp\.test.*", False),
        (r"https://idp\.test/?.*", False),
        (r"https://[a-z]+\.test/", False),
        (r"https://idp\.test|https://x\.test", False),
        (r"http://idp\.test", False),
        (r"(https://idp\.test)", False),
    ],
)
def test_an_issuer_needs_a_literal_host(pattern: str, *, fine: bool) -> None:
    assert _test(pattern, issuer=True) == ("" if fine else "PATTERN_TOO_WIDE")


@given(st.text(alphabet="ab.*+?()|[]{}\\1,:^$-", max_size=12))
@settings(derandomize=True, max_examples=500)
def test_only_usage_errors_escape(pattern: str) -> None:
    assert _test(pattern) in {"", "PATTERN_MALFORMED", "PATTERN_TOO_WIDE"}
    assert _test(pattern, issuer=True) != ""


def test_what_is_expected_is_told() -> None:
    assert describe(Match("a.c")) == "'a.c'"
    assert describe(Match("a.c", is_pattern=True)) == "a match of /a.c/"


def test_the_longest_pattern() -> None:
    assert _test("a" * MAX_PATTERN) == ""
    assert _test("a" * (MAX_PATTERN + 1)) == "PATTERN_MALFORMED"


def test_brackets_and_bars_may_be_escaped() -> None:
    assert _test(r"https://a\.test/\[x\]\|\|y--z") == ""


def test_how_often_a_pattern_may_repeat() -> None:
    assert _test("x" + "[a-z]+/" * MAX_REPEATS) == ""
    assert _test("x" + "[a-z]+/" * (MAX_REPEATS + 1)) == "PATTERN_MALFORMED"
    assert _test("x" + ".*/" * MAX_WIDE_REPEATS) == ""
    assert _test("x" + ".*/" * (MAX_WIDE_REPEATS + 1)) == "PATTERN_MALFORMED"
    assert _test("x" + "(ab)+/" * (MAX_WIDE_REPEATS + 1)) == "PATTERN_MALFORMED"
    assert _test("x" + "(ab)/./" * (MAX_WIDE_REPEATS + 1)) == ""


def test_a_choice_beside_an_issuers_host() -> None:
    assert _test(r"https://a\.test/(x|y)", issuer=True) == ""
    assert _test(r"https://a\.test/(x(y)|z)w", issuer=True) == ""
    assert _test(r"https://a\.test/x|y", issuer=True) == "PATTERN_TOO_WIDE"
    assert _test(r"https://a\.test/(x)|y", issuer=True) == "PATTERN_TOO_WIDE"
