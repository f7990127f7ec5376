"""Patterns for identities and issuers: a whole value or nothing, and never for ever.

Only a portable part of Python's syntax is accepted: literals, classes, groups, alternatives and
repetitions. A repetition of a group that itself repeats or chooses could take time without bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attest.errors import UsageError
from attest.model.trust import Match

MAX_VALUE = 2048
MAX_PATTERN = 1024
MAX_REPEATS = 8
MAX_WIDE_REPEATS = 4

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
      | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<open>\((?:\?:)?)
      | (?P<close>\))
      | (?P<repeat>[*+]|\{[0-9]*,?[0-9]*\})
      | (?P<maybe>\?)
      | (?P<choice>\|)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SET_OPERATION = re.compile(r"\[|--|&&|~~|\|\|")
_STRANGERS = ("https://stranger.invalid/a/b@c", "stranger@mail.invalid", "stranger")
_ISSUER_HOST = re.compile(
    r"\^?https://(?:[A-Za-z0-9-]|\\[.-])+(?::[0-9]+)?(?:/(?![?*{]).*|\$?)", re.DOTALL
)


def compile_match(match: Match, where: str, *, issuer: bool = False) -> Callable[[str], bool]:
    """Return the test for ``match``; raise PATTERN_MALFORMED or PATTERN_TOO_WIDE.

    A pattern must match the whole value. One that matches any stranger is refused, and an issuer's
    pattern must begin with a literal ``https://HOST``.
    """
    if not match.is_pattern:
        if not match.text:
            raise UsageError("PATTERN_TOO_WIDE", "an empty text names nobody", where=where)
        return match.text.__eq__
    problem = _unsafe(match.text)
    if not problem:
        try:
            compiled = re.compile(match.text)
        except (re.error, OverflowError, RecursionError) as error:
            problem = str(error)
    if problem:
        raise UsageError(
            "PATTERN_MALFORMED", f"pattern {match.text[:200]!r}: {problem}", where=where
        )
    if any(compiled.fullmatch(stranger) for stranger in _STRANGERS):
        raise UsageError("PATTERN_TOO_WIDE", f"pattern {match.text!r} matches anybody", where=where)
    if issuer and not _literal_host(match.text):
        raise UsageError(
            "PATTERN_TOO_WIDE", f"issuer pattern {match.text!r} has no literal host", where=where
        )
    return lambda value: len(value) <= MAX_VALUE and compiled.fullmatch(value) is not None


def describe(match: Match) -> str:
    """Return what is expected, as a message says it."""
    return f"a match of /{match.text}/" if match.is_pattern else repr(match.text)


def _tokens(pattern: str) -> list[tuple[str, str]]:
    return [(str(token.lastgroup), token[0]) for token in _TOKEN.finditer(pattern)]


def _unsafe(pattern: str) -> str:
    """Return why ``pattern`` is not accepted, or nothing."""
    if len(pattern) > MAX_PATTERN:
        return f"it has {len(pattern)} characters; {MAX_PATTERN} are allowed"
    tokens = _tokens(pattern)
    return _unsupported(tokens) or _too_many_repeats(tokens) or _nested_repeat(tokens)


def _unsupported(tokens: list[tuple[str, str]]) -> str:
    depth, previous = 0, ""
    for kind, text in tokens:
        if kind == "escape" and text[1].isalnum() and text[1] not in "dDwWsS":
            return f"{text} is not supported"
        if text == "[" or (kind == "set" and _SET_OPERATION.search(text, 1)):
            return f"the set {text} is not closed, or nested"
        if kind == "maybe" and previous in {"open", "repeat", "maybe"}:
            return "only plain groups and plain repetitions are supported"
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return "a group is closed that was never opened"
        previous = kind
    return ""


def _too_many_repeats(tokens: list[tuple[str, str]]) -> str:
    """Several repetitions after each other cost a power of the length, so they are few."""
    repeats = wide = 0
    for before, (kind, _) in zip([("", ""), *tokens], tokens, strict=False):
        repeats += kind == "repeat"
        wide += kind == "repeat" and (before[0] == "close" or before[1] == ".")
    if repeats > MAX_REPEATS or wide > MAX_WIDE_REPEATS:
        return "it repeats too often, so that matching could take very long"
    return ""


def _nested_repeat(tokens: list[tuple[str, str]]) -> str:
    """A repeated group must have one way to match, or matching can take exponential time."""
    groups = [False]  # for each open group, whether it repeats or chooses
    closed = False  # whether a group that repeats or chooses has just been closed
    for kind, _ in tokens:
        if kind == "repeat" and closed:
            return "it repeats a group that itself repeats or chooses"
        if kind in {"repeat", "maybe", "choice"}:
            groups = [True] * len(groups)
        if kind == "open":
            groups.append(False)
        closed = kind == "close" and groups.pop()
    return ""


def _literal_host(pattern: str) -> bool:
    depth = 0
    for kind, _ in _tokens(pattern):
        depth += (kind == "open") - (kind == "close")
        if kind == "choice" and depth == 0:
            return False
    return _ISSUER_HOST.fullmatch(pattern) is not None
