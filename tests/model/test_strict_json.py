"""JSON at a trust boundary: one meaning, or none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model import strict_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b"[1,]", b"{'a': 1}", b"01", b"+1", b".5", b"1.", b"tru", b"1 2", b"[] []",
        b"NaN", b"Infinity", b"-Infinity", b"[NaN]", b"1e999", b"-1e999",
        b'{"a": 1, "a": 1}', b'{"a": 1, "\\u0061": 2}', b'[{"b": {"a": 1, "a": 2}}]',
        b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-32"), b'"\xff"', b'"\xc0\xaf"',
        b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\ud800": 1}', b'"\xed\xa0\x80"',
        b'"\x00"', b'"a\nb"', b'"\\x41"', b'"\\u12"', b"// x\n{}", b"{}\x00", b"\x0b1",
    ],
)  # fmt: skip
def test_what_parsers_disagree_about_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.parse(content)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth_is_bounded(opening: bytes, closing: bytes) -> None:
    for count in (strict_json.MAX_DEPTH + 1, 100_000):
        with pytest.raises(ValueError, match="nested deeper than 256"):
            strict_json.parse(opening * count + b"1" + closing * count)
    deep = b"[" * 50 + b"]" * 50
    assert strict_json.parse(deep, max_depth=50)
    with pytest.raises(ValueError, match="49"):
        strict_json.parse(deep, max_depth=49)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b" {}\n", {}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"1e308", 1e308),
        (b'{"a": 1, "A": 2}', {"a": 1, "A": 2}),
        (b'"[[[["', "[[[["),
    ],
)
def test_what_has_one_meaning(content: bytes, expected: object) -> None:
    assert strict_json.parse(content) == expected


@settings(derandomize=True, max_examples=200)
@given(JSON)
def test_what_json_writes_is_read_back(value: Any) -> None:
    for ascii_only in (True, False):
        content = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert strict_json.parse(content) == value


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=60) | st.text('{}[]",:\\u0123eE+-.tfn \n', max_size=40).map(str.encode))
def test_value_error_alone_escapes(content: bytes) -> None:
    try:
        found = strict_json.parse(content)
    except ValueError:
        return
    assert json.loads(content) == found
    assert not isinstance(found, float) or math.isfinite(found)


@settings(derandomize=True, max_examples=200)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=5))
def test_members_are_the_exact_bytes(value: dict[str, Any]) -> None:
    content = json.dumps(value, indent=2, ensure_ascii=False).encode()
    found = strict_json.members(content)
    assert found.keys() == value.keys()
    for name, exact in found.items():
        assert exact in content
        assert json.loads(exact) == value[name]


def test_a_member_keeps_its_number_as_it_is_written() -> None:
    content = b'{"n": 1.0e+0 , "m":[1, 2]}'
    assert strict_json.members(content) == {"n": b"1.0e+0", "m": b"[1, 2]"}
