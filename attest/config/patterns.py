"""Patterns for signers: a small, safe part of regular expressions, and never one for strangers.

A pattern must match the whole value (`re.fullmatch`). Its text is parsed here, so that what could
take exponential time, or would accept somebody the plan does not name, is refused beforehand.
"""

from __future__ import annotations

import re
import warnings

from attest.config.regex import (
    Branch,
    RegexError,
    begins_path,
    literal_prefixes,
    literal_suffix,
    parse,
)

SHARED_HOSTS = ("https://github.com/", "https://gitlab.com/", "https://bitbucket.org/")
"""Hosts where anybody may have a workload: an identity there is nobody's without its owner."""

OWNER_CLAIMS = frozenset(
    {
        "source_repository_uri",
        "source_repository_owner_uri",
        "source_repository_identifier",
        "source_repository_owner_identifier",
        "build_config_uri",
        "build_signer_uri",
    }
)
"""Certificate claims that name the owner of a workload, so that its identity need not."""

_STRANGERS = (
    "",
    "x",
    "mallory@evil.example",
    "mallory@gmail.com",
    "https://evil.example",
    "https://evil.example/realm/one",
    "spiffe://evil.example/workload",
)
_SHARED_STRANGERS = (
    "https://github.com/mallory/evil/.github/workflows/x.yml@refs/heads/main",
    "https://gitlab.com/mallory/evil//.gitlab-ci.yml@refs/heads/main",
)
_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?")
_MAIL_DOMAIN = re.compile(r".*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


class PatternError(ValueError):
    """Why a pattern is refused; ``code`` is PATTERN_INVALID or PATTERN_TOO_WIDE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def check_pattern(pattern: str, *, issuer: bool = False, narrowed: bool = False) -> None:
    """Raise `PatternError` unless ``pattern`` may say who signs.

    ``issuer`` demands a literal host. ``narrowed`` tells that claims (``OWNER_CLAIMS``) name the
    owner besides, so that an identity on a shared host need not.
    """
    branches = _parse(pattern)
    strangers = _STRANGERS if narrowed else _STRANGERS + _SHARED_STRANGERS
    for stranger in strangers:
        if re.fullmatch(pattern, stranger):
            raise PatternError("PATTERN_TOO_WIDE", f"{pattern!r} matches {stranger!r}")
    try:
        if issuer:
            _check_host(pattern, branches)
        elif not narrowed:
            _check_owner(pattern, branches)
    except RegexError as error:
        raise PatternError("PATTERN_INVALID", f"{pattern!r}: {error}") from None


def _parse(pattern: str) -> tuple[Branch, ...]:
    try:
        branches = parse(pattern)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (RegexError, re.error, Warning, OverflowError, RecursionError) as error:
        raise PatternError("PATTERN_INVALID", f"{pattern!r}: {error}") from None
    return branches


def _check_host(pattern: str, branches: tuple[Branch, ...]) -> None:
    for prefix, rest in literal_prefixes(branches):
        host = _HOST.match(prefix)
        tail = prefix[host.end() :] if host else "?"
        if not tail.startswith("/") and (tail or not begins_path(rest)):
            raise PatternError(
                "PATTERN_TOO_WIDE", f"{pattern!r} has no literal host; write dots as \\. in it"
            )


def _check_owner(pattern: str, branches: tuple[Branch, ...]) -> None:
    for prefix, rest in literal_prefixes(branches, dots=True):
        if prefix.startswith("http") and any(host.startswith(prefix) for host in SHARED_HOSTS):
            raise PatternError(
                "PATTERN_TOO_WIDE", f"{pattern!r} names no owner after the literal {prefix!r}"
            )
        anything_first = not prefix and rest and rest[0].dot and rest[0].high is None
        if anything_first and not _MAIL_DOMAIN.fullmatch(literal_suffix(rest)):
            raise PatternError(
                "PATTERN_TOO_WIDE", f"{pattern!r} begins with anything and ends in no mail domain"
            )
