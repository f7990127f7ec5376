"""YAML bytes -> nodes. The only reader of YAML for plans.

YAML has many ways to say something other than what a reviewer sees: aliases, merge keys, tags,
repeated keys, a second document. A plan needs none of them, so all are refused. PyYAML supplies
the events alone; its resolver and constructors are never used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from attest.config.nodes import Mapping, Node, Scalar, Sequence, refusal

MAX_DEPTH = 16
"""Deeper nesting is refused; no key of a plan needs half of it."""

MAX_NODES = 20_000
"""More values in one plan are refused."""

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def compose(content: bytes, file: str) -> Node:
    """Return the one document in ``content``; raise CONFIG_SYNTAX for anything but plain YAML."""
    start = Node("", f"{file}:1:1")
    try:
        decoded = content.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"not UTF-8: {error.reason} at byte {error.start}"
        raise refusal(start, "CONFIG_SYNTAX", problem) from None
    if decoded.startswith("\ufeff"):
        raise refusal(start, "CONFIG_SYNTAX", "the file starts with a byte-order mark")
    try:
        return _Composer(yaml.parse(decoded, Loader=yaml.SafeLoader), file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Node("", f"{file}:{mark.line + 1}:{mark.column + 1}") if mark else start
        raise refusal(where, "CONFIG_SYNTAX", f"not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets ValueError and OverflowError out of \U escapes and %YAML versions.
        problem = " ".join(str(error).split())[:200]
        raise refusal(start, "CONFIG_SYNTAX", f"not YAML: {problem}") from None


class _Composer:
    def __init__(self, events: Iterator[Event], file: str) -> None:
        self._events = events
        self._file = file
        self._count = 0

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        first = next(self._events)
        if isinstance(first, StreamEndEvent):
            raise refusal(Node("", f"{self._file}:1:1"), "CONFIG_SYNTAX", "the file is empty")
        if isinstance(first, DocumentStartEvent) and (first.version or first.tags):
            raise self._refuse(first, "", "directives (%YAML, %TAG) are not read")
        root = self._node(next(self._events), "", 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            raise self._refuse(after, "", "a second document starts here")
        return root

    def _node(self, event: Event, path: str, depth: int) -> Node:
        self._check(event, path, depth)
        place = self._place(event)
        match event:
            case ScalarEvent(value=value, style=style):
                return Scalar(path, place, _clean(value), style is None)
            case SequenceStartEvent():
                return Sequence(path, place, self._items(path, depth))
            case MappingStartEvent():
                return self._mapping(path, place, depth)
            case _:
                raise self._refuse(event, path, "expected a value")

    def _items(self, path: str, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._node(event, f"{path}[{len(found)}]", depth + 1))
        return tuple(found)

    def _mapping(self, path: str, place: str, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            self._check(event, path, depth)
            if not isinstance(event, ScalarEvent):
                raise self._refuse(event, path, "a key must be text")
            key = _clean(event.value)
            here = _join(path, key)
            if key == "<<" and event.style is None:
                raise self._refuse(event, here, "merge keys are not read")
            if key in entries:
                raise self._refuse(event, here, f"the key {key[:64]!r} is given twice")
            keys[key] = Scalar(here, self._place(event), key)
            entries[key] = self._node(next(self._events), here, depth + 1)
        return Mapping(path, place, entries, keys)

    def _check(self, event: Event, path: str, depth: int) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._refuse(event, "", f"more than {MAX_NODES} values")
        if depth > MAX_DEPTH:
            raise self._refuse(event, path, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise self._refuse(event, path, "anchors and aliases are not read")
        if getattr(event, "tag", None) is not None:
            raise self._refuse(event, path, "tags (!…) are not read")

    def _place(self, event: Event) -> str:
        mark = event.start_mark
        return f"{self._file}:{mark.line + 1}:{mark.column + 1}" if mark else self._file

    def _refuse(self, event: Event, path: str, problem: str) -> Exception:
        return refusal(Node(path, self._place(event)), "CONFIG_SYNTAX", problem)


def _clean(value: str) -> str:
    value.encode("utf-8")  # a lone surrogate, from an escape, is a UnicodeEncodeError: ValueError
    return value


def _join(path: str, key: str) -> str:
    name = key if _SIMPLE_KEY.fullmatch(key) else json.dumps(key[:64], ensure_ascii=False)
    return f"{path}.{name}" if path else name
