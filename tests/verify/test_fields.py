"""Fields of untrusted JSON: paths, bounds, canonical forms."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.verify.fields import Field, MalformedError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_the_path_of_a_missing_member_is_told() -> None:
    document = Field({"a": {"b": [{"c": 1}]}})
    item = document["a"].each("b", limit=1)[0]
    with pytest.raises(MalformedError, match=r"^a\.b\[0\]\.d is missing$"):
        _ = item["d"]


def test_null_is_absent() -> None:
    assert Field({"a": None}).find("a") is None
    assert Field({"a": None}).each("a", limit=1) == ()


def test_a_list_is_bounded() -> None:
    assert len(Field({"a": [1, 2]}).each("a", limit=2)) == 2
    with pytest.raises(MalformedError, match="3 items; 2 are allowed"):
        Field({"a": [1, 2, 3]}).each("a", limit=2)


@pytest.mark.parametrize("value", [0, "0", 7, "7", 2**63 - 1, str(2**63 - 1)])
def test_numbers(value: object) -> None:
    assert Field(value).number() == int(str(value))


@pytest.mark.parametrize(
    "value", [-1, "-1", "07", "", " 7", "7\n", 7.0, True, 2**63, str(2**63), "\u0667", [], "9" * 99]
)
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(MalformedError, match="is not a number"):
        Field(value).number()


@pytest.mark.parametrize(
    "text", ["QQ", "QR==", "QQ==\n", "Q Q=", "QQ==QQ==", "\u00e9", "-_8=", "===="]
)
def test_base64_has_one_form(text: str) -> None:
    with pytest.raises(MalformedError, match="base64"):
        Field(text).base64()


@given(st.binary())
@settings(derandomize=True, max_examples=50)
def test_both_alphabets_where_dsse_allows_them(content: bytes) -> None:
    assert Field(base64.b64encode(content).decode()).any_base64() == content
    assert Field(base64.urlsafe_b64encode(content).decode()).any_base64() == content


def test_alphabets_do_not_mix() -> None:
    with pytest.raises(MalformedError):
        Field("-/8=").any_base64()


@given(JSON)
@settings(derandomize=True, max_examples=200)
def test_nothing_but_malformed_is_raised(value: object) -> None:
    field = Field(value)
    for read in (
        lambda: field["a"],
        lambda: field.each("a", limit=3),
        field.text,
        field.number,
        field.base64,
        field.any_base64,
    ):
        with suppress(MalformedError):
            read()


@pytest.mark.parametrize("value", [{}, "ab", 5, True])
def test_what_is_no_list(value: object) -> None:
    with pytest.raises(MalformedError, match=r"^a is not a list$"):
        Field({"a": value}).each("a", limit=9)


def test_the_whole_document_has_no_path() -> None:
    with pytest.raises(MalformedError, match=r"^the document is not an object$"):
        Field([]).find("a")
    with pytest.raises(MalformedError, match=r"^a\.b is not text$"):
        Field({"b": 1}, "a")["b"].text()
