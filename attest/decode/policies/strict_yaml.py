"""YAML as policy descriptions may use it: plain data, one meaning. Imports PyYAML, alone here.

Read from parser events, so that nothing is constructed and nesting costs no stack. Scalars follow
the JSON schema of YAML 1.2 (§10.2): ``yes``, dates and octal numbers are strings.
"""

from __future__ import annotations

import math
import re
from typing import Any

MAX_YAML = 4 << 20
MAX_DEPTH = 64

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,99})?(?:[eE][-+]?[0-9]{1,4})?")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def parse(content: bytes) -> Any:
    """Return the one document in ``content``; raise ``ValueError`` with the reason if not strict.

    Refused: more than one document, anchors, aliases, tags, merge keys, duplicate keys, keys that
    are not strings, and nesting beyond ``MAX_DEPTH``.
    """
    if len(content) > MAX_YAML:
        raise ValueError(f"{len(content):,} bytes, at most {MAX_YAML:,} are read")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    import yaml

    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event, type(event).__name__)
    except (yaml.YAMLError, OverflowError) as error:  # an escape beyond Unicode overflows
        raise ValueError(" ".join(str(error).split())[:300]) from None
    return builder.document()


class _Builder:
    """Builds the document from events. ``_open`` are the containers that are not closed yet."""

    def __init__(self) -> None:
        self._documents: list[Any] = []
        self._open: list[dict[str, Any] | list[Any]] = []
        self._keys: list[str | None] = []

    def document(self) -> Any:
        return self._documents[0] if self._documents else None

    def take(self, event: Any, name: str) -> None:
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None) is not None:
            raise ValueError(f"line {line}: anchors and aliases are not read")
        if getattr(event, "tag", None) is not None and name != "DocumentStartEvent":
            raise ValueError(f"line {line}: tags are not read")
        if name == "ScalarEvent":
            if not event.value.isascii() and _SURROGATES.search(event.value):
                raise ValueError(f"line {line}: a string holds a lone surrogate")
            self._add(_scalar(event), line, event.value)
        elif name in {"MappingStartEvent", "SequenceStartEvent"}:
            self._enter({} if name == "MappingStartEvent" else [], line)
        elif name in {"MappingEndEvent", "SequenceEndEvent"}:
            self._open.pop()
            self._keys.pop()

    def _enter(self, container: dict[str, Any] | list[Any], line: int) -> None:
        self._add(container, line, None)
        self._open.append(container)
        self._keys.append(None)
        if len(self._open) > MAX_DEPTH:
            raise ValueError(f"line {line}: nested deeper than {MAX_DEPTH} levels")

    def _add(self, value: Any, line: int, text: str | None) -> None:
        if not self._open:
            if self._documents:
                raise ValueError(f"line {line}: more than one document")
            self._documents.append(value)
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif (key := self._keys[-1]) is not None:
            holder[key] = value
            self._keys[-1] = None
        else:
            self._keys[-1] = _key(value, holder, line, text)


def _key(value: Any, holder: dict[str, Any], line: int, text: str | None) -> str:
    if not isinstance(value, str) or text == "<<":
        raise ValueError(f"line {line}: expected a string as key")
    if value in holder:
        raise ValueError(f"line {line}: duplicate key {value[:80]!r}")
    return value


def _scalar(event: Any) -> Any:
    text = event.value
    if event.style:  # quoted, or a block: always a string
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
