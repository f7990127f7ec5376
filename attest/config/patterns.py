"""Patterns for signers: never one that a stranger could meet.

`attest.verify.pattern` says which patterns are sound; here stands what only a plan must keep to,
because it is read long after it was written: whoever it believes must be named in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from attest.config.nodes import Node, line, refusal
from attest.errors import UsageError
from attest.model.trust import Match

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
_MAX_HEADS = 256
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEATS = frozenset("*+?{")
_MAIL_DOMAIN = re.compile(r"@[A-Za-z0-9-]+(?:\\?\.[A-Za-z0-9-]+)+\$?")


def pattern(node: Node, *, issuer: bool = False, narrowed: bool = False) -> Match:
    """Read a pattern for an identity, or for an ``issuer``.

    ``narrowed`` tells that claims (``OWNER_CLAIMS``) name the owner besides, so that an identity on
    a shared host need not. Raise PATTERN_MALFORMED or PATTERN_TOO_WIDE.
    """
    from attest.verify.pattern import compile_match

    match = Match(line(node), is_pattern=True)
    try:
        matches = compile_match(match, node.path, issuer=issuer)
    except UsageError as error:
        raise refusal(node, error.code, error.message) from None
    strangers = _STRANGERS if narrowed else _STRANGERS + _SHARED_STRANGERS
    for stranger in filter(matches, strangers):
        raise refusal(node, "PATTERN_TOO_WIDE", f"pattern {match.text!r} matches {stranger!r}")
    if not issuer and not narrowed and (problem := _ownerless(match.text)):
        raise refusal(node, "PATTERN_TOO_WIDE", f"pattern {match.text!r} {problem}")
    return match


def _ownerless(text: str) -> str:
    """Say why ``text`` leaves the owner of a workload open, or nothing."""
    ways = list(islice(_heads(_TOKEN.findall(text)), _MAX_HEADS + 1))
    if len(ways) > _MAX_HEADS:
        return "has too many alternatives"
    for head, rest in ways:
        if head and any(host.startswith(head) for host in SHARED_HOSTS):
            return f"names no owner after the literal {head!r}"
        if not head and rest[:1] == ["."] and not _ends_in_mail_domain(rest):
            return "begins with anything and ends in no mail domain"
    return ""


def _heads(words: list[str], head: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield, for each way to begin, the literal text at the start and the tokens that follow."""
    for branch in _alternatives(words):
        yield from _branch_heads(branch, head)


def _branch_heads(branch: list[str], head: str) -> Iterator[tuple[str, list[str]]]:
    for at, word in enumerate(branch):
        if word == "(":
            end = _closing(branch, at)
            inner, after = branch[at + 1 : end], branch[end + 1 :]
            if not _REPEATS.isdisjoint(after[:1]):
                yield head, branch[at:]
                return
            for one in _alternatives(inner[2:] if inner[:1] == ["?"] else inner):
                yield from _branch_heads(one + after, head)
            return
        literal = _literal(word)
        if literal is None or not _REPEATS.isdisjoint(branch[at + 1 : at + 2]):
            yield head, branch[at:]
            return
        head += literal
    yield head, []


def _literal(word: str) -> str | None:
    # A single dot counts as a literal one, as people mean it in a host name.
    if word.startswith("["):
        return None
    if word.startswith("\\"):
        return None if word[1:].isalnum() else word[1:]
    return "" if word in {"^", "$"} else word


def _alternatives(words: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if word == "|" and depth == 0:
            found.append([])
        else:
            found[-1].append(word)
    return found


def _closing(words: list[str], start: int) -> int:
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if depth == 0:
            return at
    return len(words)


def _ends_in_mail_domain(words: list[str]) -> bool:
    text = "".join(words)
    return _MAIL_DOMAIN.fullmatch(text[text.rfind("@") :]) is not None
