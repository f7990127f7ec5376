"""Which patterns may say who signs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.config.nodes import Scalar
from attest.config.patterns import pattern as read_pattern
from attest.errors import UsageError
from attest.model.trust import Match
from tests.config.plans import refused, signer_with

GITHUB = r"https://github\.com/"
ISSUER = r"https://token\.actions\.githubusercontent\.com"


def code(pattern: str, *, issuer: bool = False, narrowed: bool = False) -> str | None:
    try:
        found = read_pattern(
            Scalar("p", "here", pattern, plain=False), issuer=issuer, narrowed=narrowed
        )
    except UsageError as error:
        assert error.message.startswith("p (here): ")  # noqa: PT017  # it may also be accepted
        return error.code
    assert found == Match(pattern, is_pattern=True)
    return None


@pytest.mark.parametrize(
    "pattern",
    [
        GITHUB + r"org/repo/\.github/workflows/.*@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+",
        "^https://github.com/org/.*$",
        GITHUB + r"(org|other)/[^/]+/\.github/workflows/release\.yml@refs/heads/(main|stable)",
        r".*@corp\.com",
        r"[a-z.]+@corp\.com",
        r"spiffe://corp\.com/ns/[a-z0-9-]{1,63}",
        r"https://ci\.corp/(?:a|b)?[\d\w.\]\\-]*",
        r"a{2}b{2,}c{0,3}d\.\{\}",
    ],
)
def test_patterns_that_name_somebody(pattern: str) -> None:
    assert code(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        ".+",
        "^.*$",
        "(.*)",
        r"[\d\D]*",
        "(?:.|x)?.*",
        "https://corp/.*|",
        "https://corp/.*|.*",
        "https?://.*",
        r"\S+@\S+",
        ".*@gmail.com",
        GITHUB + ".*",
        "https://github.com/.*",
        GITHUB + r"[^/]+/[^/]+/\.github/workflows/release\.yml@.*",
        GITHUB + r"(org/|.*)x",
        "(a|https://github.com/)[a-z]+/repo/x",
        "https://git.*",
        r".*/org/repo/.*release\.yml@.*",
        r".*release\.yml@refs/heads/main",
        GITHUB + "(org/)?[a-l][a-z]*/repo/x",
        GITHUB + "[a-l][a-z]*/repo/x",
    ],
)
def test_patterns_for_strangers(pattern: str) -> None:
    assert code(pattern) == "PATTERN_TOO_WIDE"


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "(?i)corp", "(a+)+x", "(a|aa)+x", r"(a)\1"])
def test_patterns_that_are_not_sound(pattern: str) -> None:
    assert code(pattern) == "PATTERN_MALFORMED"


def test_alternatives_are_bounded() -> None:
    assert code("https://x/" + "(a|b)" * 12) == "PATTERN_TOO_WIDE"
    assert code("https://x/" + "(a|b)" * 8) is None
    assert code("https://x/" + "(a|b)" * 7 + "(a|b|c)") == "PATTERN_TOO_WIDE"


@pytest.mark.parametrize(
    "pattern",
    [
        ISSUER,
        ISSUER + "/.*",
        r"https://idp\.corp:8443/realms/[a-z]+",
        r"https://gitlab\.com",
    ],
)
def test_issuers_with_a_literal_host(pattern: str) -> None:
    assert code(pattern, issuer=True) is None


@pytest.mark.parametrize(
    "pattern",
    [
        ISSUER + ".*",
        ISSUER + "[a-z]*",
        "https://idp.corp/.*",
        r"https://[a-z]+\.corp/.*",
        r"https://.*\.corp",
        r"https://idp\.corp|.*x",
        r"https://idp\.corp(/|\.evil)[a-z]+",
        r"https://idp\.cor(p)?/x",
        r"https://user@evil\.example/x",
        r"idp\.corp/.*",
        r"https?://idp\.corp/x",
        r"https://idp\.corp:8[0-9]+",
    ],
)
def test_issuers_without_a_literal_host(pattern: str) -> None:
    assert code(pattern, issuer=True) == "PATTERN_TOO_WIDE"


def test_a_claim_that_names_the_owner_lets_the_identity_be_wide() -> None:
    assert code(GITHUB + ".*", narrowed=True) is None
    assert code(".*", narrowed=True) == "PATTERN_TOO_WIDE"


def test_the_plan_names_the_key_of_a_bad_pattern(tmp_path: Path) -> None:
    keys = "root: r, issuer: {pattern: 'https://.*'}, identity: a@b"
    error = refused(tmp_path, signer_with(keys), "PATTERN_TOO_WIDE")
    assert error.message.startswith("trust.signers.rel.issuer.pattern (")
    keys = "root: r, issuer: https://i.corp, identity: {pattern: '(a+)+'}"
    refused(tmp_path, signer_with(keys), "PATTERN_MALFORMED")


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.text(alphabet="ab./:@|()[]{}?*+^$\\0129,-hd ", max_size=14))
def test_arbitrary_patterns_are_checked_or_refused(pattern: str) -> None:
    if code(pattern) is None:
        assert re.fullmatch(pattern, "mallory@evil.example") is None
    if code(pattern, issuer=True) is None:
        assert re.fullmatch(pattern, "https://evil.example/realm/two") is None
