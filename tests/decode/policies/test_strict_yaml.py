"""YAML with one meaning: plain data, with either of PyYAML's parsers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies.strict_yaml import parse


@pytest.fixture(params=[True, False], ids=["libyaml", "python"], autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param and yaml.__with_libyaml__)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("a: 1", {"a": 1}),
        ("a: [x, 'y', {b: true}]\nc: null", {"a": ["x", "y", {"b": True}], "c": None}),
        ("a: 'true'\nb: \"1\"", {"a": "true", "b": "1"}),
        ("a: |\n  package p\n", {"a": "package p\n"}),
        (
            "a: yes\nb: 2026-01-01\nc: 012\nd: 1:30\ne: 0x1F",
            {
                "a": "yes",
                "b": "2026-01-01",
                "c": "012",
                "d": "1:30",
                "e": "0x1F",
            },
        ),
        (
            "a: -1\nb: 1.5\nc: 1e3\nd: .inf\ne: 1e999",
            {
                "a": -1,
                "b": 1.5,
                "c": 1000.0,
                "d": ".inf",
                "e": "1e999",
            },
        ),
        ("a:\nb: ~", {"a": None, "b": None}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("{}", {}),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert parse(text.encode()) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\na: 2", "duplicate key"),
        (b"a: {b: 1, b: 2}", "duplicate key"),
        (b"a: &x 1", "anchors"),
        (b"a: &x [1]\nb: *x", "anchors"),
        (b"a: *x", "anchors"),
        (b"<<: {a: 1}", "key"),
        (b"a: !!python/name:os.system x", "tags"),
        (b"!x {a: 1}", "tags"),
        (b"a: !!str 1", "tags"),
        (b"1: a", "key"),
        (b"[a]: b", "key"),
        (b"? {a: 1}\n: b", "key"),
        (b"a: 1\n---\nb: 2", "more than one"),
        (b"a: [1", "expected"),
        (b"a: b: c", "not allowed"),
        (b"\xff", "UTF-8"),
        (b"[" * 65 + b"]" * 65, "nested"),
        (b"- " * 65 + b"x", "nested"),
        (b"a: \x01", "allowed"),
        (b'"\\ud800"', "surrogate|Unicode"),
        (b'"\\UFFFFFFFF"', "Unicode|too large|range"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(content)


def test_size_is_bounded() -> None:
    with pytest.raises(ValueError, match="at most"):
        parse(b"#" * ((4 << 20) + 1))


def test_deep_nesting_costs_no_stack() -> None:
    with pytest.raises(ValueError, match=r"nested|expected"):
        parse(b"[" * 100_000)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_json_is_yaml_with_the_same_meaning(document: Any) -> None:
    try:
        read = parse(json.dumps(document).encode())
    except ValueError:
        return
    assert read == document


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!?|>'\"#\n \t,~<1.\x00é", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text.encode())
    except ValueError:
        return
