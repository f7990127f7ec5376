"""The plan as a tree of text, where every value knows its key's path, its line and its column.

Scalars stay text: each is read by the type its key takes, so that ``on``, ``1e3`` or ``012`` never
turn into something else on the way (YAML 1.1's implicit types).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import field

from attest.config.keys import KEYS, UNSUPPORTED
from attest.errors import UsageError
from attest.model.frozen import frozen

MAX_ITEMS = 1000
"""More entries in one list or table are refused."""

MAX_TEXT = 2048
"""Longer single values are refused, where the key does not say otherwise."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"0|[1-9][0-9]*(?:_[0-9]+)*")
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


@frozen
class Node:
    """One value: its dotted path (``evidence.required[0]``) and place (``file:line:column``)."""

    path: str
    place: str


@frozen
class Scalar(Node):
    """Text as written; ``plain`` when it stands without quotes."""

    value: str = ""
    plain: bool = True


@frozen
class Sequence(Node):
    """A list."""

    items: tuple[Node, ...] = ()


@frozen
class Mapping(Node):
    """A table; ``keys`` holds each key as a scalar, for its place."""

    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)


def refusal(node: Node, code: str, problem: str, *, hint: str = "") -> UsageError:
    """Return the error that says what is wrong with the value at ``node``."""
    return UsageError(
        code, f"{node.path or 'the plan'} ({node.place}): {problem}", hint=hint, where=node.place
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a clause that names the nearest of ``known``, or nothing when none is near."""
    close = difflib.get_close_matches(word[:64], list(known), n=1, cutoff=0.5)
    return f"; the nearest known name is {close[0]!r}" if close else ""


class Table:
    """A mapping whose keys have all been checked against ``attest.config.keys``."""

    def __init__(self, node: Node, shape: str) -> None:
        self.node = mapping(node)
        known = KEYS[shape]
        for key, where in self.node.keys.items():
            if (why := UNSUPPORTED.get(shape, {}).get(key)) is not None:
                raise refusal(where, "UNSUPPORTED", f"{why} is not enforced by this version")
            if key not in known:
                raise refusal(
                    where,
                    "CONFIG_UNKNOWN_KEY",
                    f"unknown key{nearest(key, known)}",
                    hint=f"Keys known here: {', '.join(known)}.",
                )

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``, if the plan has it."""
        return self.node.entries.get(key)

    def need(self, key: str) -> Node:
        """Return the value of ``key``; raise CONFIG_MISSING_KEY when the plan lacks it."""
        found = self.get(key)
        if found is None:
            raise refusal(self.node, "CONFIG_MISSING_KEY", f"the key {key!r} is missing")
        return found

    def one_of(self, *keys: str) -> str:
        """Return the only one of ``keys`` that is there; refuse none of them, or several."""
        found = [key for key in keys if key in self.node.entries]
        names = " or ".join(repr(key) for key in keys)
        if not found:
            raise refusal(self.node, "CONFIG_MISSING_KEY", f"one of the keys {names} is missing")
        if len(found) > 1:
            raise refusal(self.node, "CONFIG_VALUE", f"only one of {names} may be given")
        return found[0]


def mapping(node: Node) -> Mapping:
    """Return ``node`` as a table of any keys."""
    if not isinstance(node, Mapping):
        raise refusal(node, "CONFIG_TYPE", f"expected a table of keys, found {_kind(node)}")
    if len(node.entries) > MAX_ITEMS:
        raise refusal(node, "CONFIG_TOO_LARGE", f"more than {MAX_ITEMS} entries")
    return node


def items(node: Node, *, empty: bool = False) -> tuple[Node, ...]:
    """Return the entries of a list; an empty one is refused unless ``empty``."""
    if not isinstance(node, Sequence):
        raise refusal(node, "CONFIG_TYPE", f"expected a list, found {_kind(node)}")
    if len(node.items) > MAX_ITEMS:
        raise refusal(node, "CONFIG_TOO_LARGE", f"more than {MAX_ITEMS} entries")
    if not node.items and not empty:
        raise refusal(node, "CONFIG_VALUE", "the list is empty; leave the key out, or fill it")
    return node.items


def text(node: Node, *, most: int = MAX_TEXT, empty: bool = False) -> str:
    """Return a scalar as its text: one without control characters, and of ``most`` characters."""
    if not isinstance(node, Scalar) or (node.plain and node.value in _NULLS):
        raise refusal(node, "CONFIG_TYPE", f"expected text, found {_kind(node)}")
    if len(node.value) > most:
        raise refusal(node, "CONFIG_TOO_LARGE", f"more than {most} characters")
    if not node.value and not empty:
        raise refusal(node, "CONFIG_VALUE", "the text is empty")
    if _CONTROL.search(node.value):
        raise refusal(node, "CONFIG_VALUE", "the text holds a control character")
    return node.value


def line(node: Node, *, most: int = MAX_TEXT) -> str:
    """Return a scalar's text, which must stand on one line."""
    value = text(node, most=most)
    if "\n" in value or "\t" in value:
        raise refusal(node, "CONFIG_VALUE", "the text must stand on one line, without tabs")
    return value


def lines(node: Node) -> tuple[str, ...]:
    """Return a list of one-line texts, none of them twice."""
    found: dict[str, None] = {}
    for item in items(node):
        value = line(item)
        if value in found:
            raise refusal(item, "CONFIG_VALUE", f"{value!r} is listed twice")
        found[value] = None
    return tuple(found)


def boolean(node: Node) -> bool:
    """Return a truth value: exactly ``true`` or ``false``, without quotes."""
    if isinstance(node, Scalar) and node.plain and node.value in {"true", "false"}:
        return node.value == "true"
    raise refusal(node, "CONFIG_TYPE", f"expected true or false, found {_kind(node)}")


def integer(node: Node, *, least: int, most: int) -> int:
    """Return a decimal number in ``least`` … ``most``; ``5_000`` is read as ``5000``."""
    if not isinstance(node, Scalar) or not node.plain or not _INTEGER.fullmatch(node.value):
        raise refusal(node, "CONFIG_TYPE", f"expected a whole number, found {_kind(node)}")
    digits = node.value.replace("_", "")
    value = int(digits) if len(digits) <= len(str(most)) else most + 1
    if not least <= value <= most:
        raise refusal(node, "CONFIG_VALUE", f"expected {least} to {most}, found {digits[:32]}")
    return value


def choice(node: Node, words: Iterable[str]) -> str:
    """Return a word that must be one of ``words``."""
    known = tuple(words)
    word = line(node)
    if word not in known:
        wanted = ", ".join(known)
        raise refusal(
            node, "CONFIG_VALUE", f"expected one of {wanted}; found {word!r}{nearest(word, known)}"
        )
    return word


def _kind(node: Node) -> str:
    match node:
        case Sequence():
            return "a list"
        case Mapping():
            return "a table of keys"
        case Scalar(plain=True, value=value) if value in _NULLS:
            return "nothing"
        case Scalar(value=value):
            return f"the text {value[:64]!r}"
        case _:
            return "something else"
