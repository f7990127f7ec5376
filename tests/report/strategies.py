"""Any report that the model can hold, for property tests."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from attest.model.report import Report, ResultLine, TrustLine
from attest.model.verdict import Severity

TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(list("\x1b\x07\x9b\u202e\u2066\ufeff\r\n\t\x00|<>&\"'`*_[]()#:%,@!\\=~-")),
    ),
    max_size=12,
) | st.sampled_from(
    ["::error::x", "##[error]x", "##vso[task]", "\n::set-output name=a::b", "[a](http://b)", "]]>"]
)
_WORDS: dict[tuple[type, str], st.SearchStrategy[Any]] = {
    (ResultLine, "outcome"): st.sampled_from(["passed", "failed", "skipped", "error"]),
    (TrustLine, "status"): st.sampled_from(["verified", "pinned", "refused"]),
    (Report, "evaluated_at"): st.just("2026-01-02T03:04:05Z"),
    (Report, "exit_code"): st.sampled_from([0, 1, 2, 3, 4, 5, 6, 70, 130]),
}
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(0, (1 << 63) - 1),
    float: st.floats(0, 1e12, allow_nan=False),
    object: st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    Severity: st.sampled_from(Severity),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a type hint of the model."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return st.none() | values(arguments[0])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(TEXT, values(arguments[1]), max_size=2)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        return st.builds(
            hint,
            **{
                field.name: _WORDS[hint, field.name]
                if (hint, field.name) in _WORDS
                else values(hints[field.name])
                for field in dataclasses.fields(hint)
            },
        )
    return _SCALARS[hint]


def filled(hint: Any, text: str, name: str = "", holder: Any = None) -> Any:
    """Return a value of a type hint of the model in which every text is ``text``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if (holder, name) in _WORDS:
        return {"outcome": "failed", "status": "refused", "exit_code": 6}.get(name, _TIME)
    if origin in {types.UnionType, typing.Union}:
        return filled(arguments[0], text)
    if origin is tuple:
        return (filled(arguments[0], text),)
    if origin is Mapping:
        return {text: filled(arguments[1], text)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        return hint(
            **{one.name: filled(hints[one.name], text, one.name, hint) for one in fields(hint)}
        )
    return {str: text, object: text, Severity: Severity.HIGH, bool: True, float: 1.5}.get(hint, 1)


_TIME = "2026-01-02T03:04:05Z"
REPORTS: st.SearchStrategy[Report] = values(Report)
