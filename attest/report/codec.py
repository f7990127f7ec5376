"""The model's frozen dataclasses as JSON values, and back, refusing anything that is not exact."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from attest.model.report import PolicyLine, ResultLine, TrustLine
from attest.model.verdict import Finding, Severity

_ORDER: dict[type, str] = {
    Finding: (
        "rule_id severity message location remediation waived_by fingerprint ids suppressed"
        " known_by"
    ),
    ResultLine: (
        "subject policy material outcome code findings skip_reason error usage cross_check"
        " enforced blocks logs raw"
    ),
    PolicyLine: (
        "id name source digest version revision author created claimed engine trust capabilities"
    ),
}
"""Where the order of the JSON is not that of the model."""

_WORDS: dict[tuple[type, str], tuple[str, ...]] = {
    (ResultLine, "outcome"): ("passed", "failed", "skipped", "error"),
    (TrustLine, "status"): ("verified", "pinned", "refused"),
}
_MAX_INTEGER = 1 << 63


class MalformedError(ValueError):
    """A JSON value is not what the schema says; the message carries its path."""


def encode(value: Any) -> Any:
    """Return ``value`` as what `json` can write, fields in the published order."""
    if isinstance(value, Severity):
        return value.word
    if dataclasses.is_dataclass(value):
        return {name: encode(getattr(value, name)) for name in names(type(value))}
    if isinstance(value, Mapping):
        return {key: encode(value[key]) for key in sorted(value)}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, value: object, where: str) -> Any:
    """Return ``value`` as a ``kind`` (a type hint of the model); raise `MalformedError`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        if value is None:
            return None
        return decode(arguments[0], value, where)
    if origin is tuple:
        items = _typed(list, value, where)
        return tuple(decode(arguments[0], v, f"{where}[{i}]") for i, v in enumerate(items))
    if origin is Mapping:
        return {
            key: decode(arguments[1], item, f"{where}.{key}")
            for key, item in _typed(dict, value, where).items()
        }
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _decode_fields(kind, value, where)
    return _SCALARS[kind](value, where)


def names(kind: type) -> tuple[str, ...]:
    """Return the field names of a dataclass in the published order."""
    if kind in _ORDER:
        return tuple(_ORDER[kind].split())
    return tuple(field.name for field in dataclasses.fields(kind))


def members(value: object, expected: tuple[str, ...], where: str) -> dict[str, Any]:
    """Return the object ``value``, which must have exactly the members ``expected``."""
    found: dict[str, Any] = _typed(dict, value, where)
    for name in found:
        if name not in expected:
            raise MalformedError(f"{_at(where)}: unknown member {name[:60]!r}")
    for name in expected:
        if name not in found:
            raise MalformedError(f"{_at(where)}: member {name!r} is missing")
    return found


def _decode_fields(kind: type, value: object, where: str) -> Any:
    hints, fields = _hints(kind), names(kind)
    if kind.__name__ == "Usage" and isinstance(value, dict):
        value = {"duration_ms": 0.0, **value}  # left out of reproducible reports
    if kind is ResultLine and isinstance(value, dict):
        value = {"raw": None, **value}  # only where it was asked for
    found = members(value, fields, where)
    for name in fields:
        words = _WORDS.get((kind, name))
        if words is not None and found[name] not in words:
            raise MalformedError(f"{where}.{name}: expected one of {', '.join(words)}")
    return kind(**{name: decode(hints[name], found[name], f"{where}.{name}") for name in fields})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _typed(kind: type, value: object, where: str) -> Any:
    if type(value) is not kind:
        raise MalformedError(f"{_at(where)}: expected {_JSON_NAMES[kind]}, found {_name(value)}")
    return value


def _integer(value: object, where: str) -> int:
    number: int = _typed(int, value, where)
    if not 0 <= number < _MAX_INTEGER:
        raise MalformedError(f"{where}: a number out of range")
    return number


def _number(value: object, where: str) -> float:
    return float(_integer(value, where)) if type(value) is int else _typed(float, value, where)


def _severity(value: object, where: str) -> Severity:
    for severity in Severity:
        if severity.word == value:
            return severity
    raise MalformedError(f"{where}: expected one of {', '.join(s.word for s in Severity)} or null")


def _name(value: object) -> str:
    return "null" if value is None else _JSON_NAMES.get(type(value), type(value).__name__)


def _at(where: str) -> str:
    return where or "the document"


_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
}
_SCALARS: dict[Any, Callable[[object, str], Any]] = {
    str: lambda value, where: _typed(str, value, where),
    bool: lambda value, where: _typed(bool, value, where),
    int: _integer,
    float: _number,
    object: lambda value, _where: value,
    Severity: _severity,
}
