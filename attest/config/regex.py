r"""The regular expressions that a plan may use, as a tree.

Literals, ``.``, sets, ``\d \w \s`` and their opposites, groups ``(…)`` and ``(?:…)``, ``|``, and
the quantifiers ``* + ? {m,n}``. ``^`` and ``$`` may stand at the ends, where they change nothing.
Look-around, back-references, flags and nested repetition are refused: no value that a stranger puts
into a certificate can then make matching take exponential time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

MAX_PATTERN = 1024
"""Longer patterns are refused."""

_MAX_DEPTH = 8
_MAX_COUNT = 256
_MAX_WIDE = 3
_MAX_UNBOUNDED = 16
_MAX_PREFIXES = 256
_SIMPLE = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COUNTED = re.compile(r"\{([0-9]{1,4})(,?)([0-9]{0,4})\}")
_SET = re.compile(r"\[\^?(?:\\.|[^\]\\\[])(?:\\.|[^\]\\\[])*\]", re.DOTALL)


class RegexError(ValueError):
    """Why a text is not one of these expressions."""


@dataclass(frozen=True, slots=True)
class Item:
    """One atom and how often it stands: ``high`` ``None`` is without end.

    ``literal`` is one character, ``branches`` a group; an atom with neither is a set, and with
    ``dot`` the one that takes any character.
    """

    literal: str = ""
    branches: tuple[Branch, ...] = ()
    dot: bool = False
    low: int = 1
    high: int | None = 1

    @property
    def fixed(self) -> bool:
        """Whether the atom stands exactly once."""
        return self.low == self.high == 1


Branch = tuple[Item, ...]
"""One alternative: items in a row."""


def parse(pattern: str) -> tuple[Branch, ...]:
    """Return the alternatives of ``pattern``; raise `RegexError` for what is not supported."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(f"longer than {MAX_PATTERN} characters")
    parser = _Parser(pattern)
    branches = parser.branches(0)
    if parser.at < len(pattern):
        raise RegexError("unbalanced ')'")
    if parser.unbounded > _MAX_UNBOUNDED or parser.wide > _MAX_WIDE:
        raise RegexError("too many repetitions without end; replace .* by sets like [^/]+")
    return branches


def literal_prefixes(
    branches: tuple[Branch, ...], *, dots: bool = False
) -> tuple[tuple[str, Branch], ...]:
    """Return, for each way to begin, the literal text it begins with and what follows that.

    With ``dots`` a single ``.`` counts as a literal dot, as people mean it in a host name. Raise
    `RegexError` when there are too many ways.
    """
    ways = (pair for branch in branches for pair in _expand("", branch, dots=dots, left=64))
    found = tuple(islice(ways, _MAX_PREFIXES + 1))
    if len(found) > _MAX_PREFIXES:
        raise RegexError(f"more than {_MAX_PREFIXES} ways to begin")
    return found


def literal_suffix(branch: Branch) -> str:
    """Return the literal text that everything ``branch`` matches ends with; ``.`` counts as one."""
    found = ""
    for item in reversed(branch):
        literal = "." if item.dot else item.literal
        if not item.fixed or not literal:
            break
        found = literal + found
    return found


def begins_path(branch: Branch) -> bool:
    """Tell whether whatever ``branch`` matches is empty or starts with ``/``."""
    if not branch:
        return True
    first, rest = branch[0], branch[1:]
    if not first.branches:
        starts = first.literal == "/"
    else:
        starts = all(inner and begins_path(inner) for inner in first.branches)
    return starts and (first.low > 0 or begins_path(rest))


def _expand(prefix: str, branch: Branch, *, dots: bool, left: int) -> Iterator[tuple[str, Branch]]:
    for index, item in enumerate(branch):
        if not item.fixed:
            yield prefix, branch[index:]
            return
        if item.branches and left > 0:
            for inner in item.branches:
                yield from _expand(prefix, inner + branch[index + 1 :], dots=dots, left=left - 1)
            return
        literal = "." if dots and item.dot else item.literal
        if not literal:
            yield prefix, branch[index:]
            return
        prefix += literal
    yield prefix, ()


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self.at = 0
        self.unbounded = 0
        self.wide = 0

    def branches(self, depth: int) -> tuple[Branch, ...]:
        if depth > _MAX_DEPTH:
            raise RegexError(f"groups nested deeper than {_MAX_DEPTH}")
        found = [self._branch(depth)]
        while self._peek() == "|":
            self.at += 1
            found.append(self._branch(depth))
        return tuple(found)

    def _branch(self, depth: int) -> Branch:
        items: list[Item] = []
        if depth == 0 and self._peek() == "^":
            self.at += 1
        while (char := self._peek()) not in {"", "|", ")"}:
            if char == "$":
                self._end(depth)
                break
            items.append(self._item(depth))
        return tuple(items)

    def _end(self, depth: int) -> None:
        self.at += 1
        if depth or self._peek() not in {"", "|"}:
            raise RegexError("^ and $ may stand only at the ends")

    def _item(self, depth: int) -> Item:
        atom = self._atom(depth)
        low, high = self._quantifier()
        if high is None or high > 1:
            if any(len(atom.branches) > 1 or _varies(branch) for branch in atom.branches):
                raise RegexError("a repeated group may hold neither repetition nor alternatives")
            self.unbounded += high is None
            self.wide += high is None and atom.dot
        return Item(atom.literal, atom.branches, atom.dot, low, high)

    def _atom(self, depth: int) -> Item:
        char = self._peek()
        if char == "(":
            return self._group(depth)
        if char == "[":
            match = _SET.match(self._text, self.at)
            if not match:
                raise RegexError("malformed set; escape [ and ] inside of it")
            self.at = match.end()
            return Item()
        if char == "\\":
            return self._escape()
        if char in "*+?{^":
            raise RegexError(f"{char!r} at {self.at} has nothing to act on; escape a literal one")
        self.at += 1
        return Item(dot=True) if char == "." else Item(char)

    def _group(self, depth: int) -> Item:
        self.at += 1
        if self._peek() == "?":
            if not self._text.startswith("?:", self.at):
                raise RegexError("only (…) and (?:…) are supported")
            self.at += 2
        inner = self.branches(depth + 1)
        if self._peek() != ")":
            raise RegexError("unbalanced '('")
        self.at += 1
        return Item(branches=inner)

    def _escape(self) -> Item:
        escaped = self._text[self.at + 1 : self.at + 2]
        self.at += 2
        if escaped and escaped in "dDwWsS":
            return Item()
        if not escaped or escaped.isalnum():
            raise RegexError(f"\\{escaped} is not supported")
        return Item(escaped)

    def _quantifier(self) -> tuple[int, int | None]:
        char = self._peek()
        low: int = 1
        high: int | None = 1
        if char in _SIMPLE:
            low, high = _SIMPLE[char]
            self.at += 1
        elif char == "{":
            low, high = self._counted()
        else:
            return low, high
        if self._peek() == "?":
            self.at += 1
        if self._peek() in {"*", "+", "?", "{"}:
            raise RegexError("a quantifier follows a quantifier")
        return low, high

    def _counted(self) -> tuple[int, int | None]:
        match = _COUNTED.match(self._text, self.at)
        if not match or (match[3] and not match[2]):
            raise RegexError("malformed {m,n}; escape a literal {")
        self.at = match.end()
        low = int(match[1])
        high = int(match[3]) if match[3] else (None if match[2] else low)
        if max(low, high or 0) > _MAX_COUNT:
            raise RegexError(f"more than {_MAX_COUNT} repetitions")
        return low, high

    def _peek(self) -> str:
        return self._text[self.at : self.at + 1]


def _varies(branch: Branch) -> bool:
    return any(
        item.low != item.high or any(len(item.branches) > 1 or _varies(b) for b in item.branches)
        for item in branch
    )
