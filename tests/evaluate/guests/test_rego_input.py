"""The guest's JSON reader against the strict one of the model: they read the same documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.evaluate.host.job import Answer
from attest.model import strict_json
from tests.evaluate.guests.conftest import Ask

ECHO = "package main\necho := input"

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=40),
    max_leaves=60,
)
nearly = st.text(st.sampled_from('{}[]",:0123456789eE+-. \n\\utrfalsn/d8"'), max_size=30)


def echoed(ask: Ask, documents: tuple[bytes, ...]) -> tuple[Answer, ...]:
    return ask(ECHO, documents=documents, entrypoint="main/echo")


def value(answer: Answer) -> Any:
    assert answer.status == "value", answer
    return json.loads(answer.body)["value"]


@settings(
    derandomize=True,
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(documents=st.lists(values, min_size=1, max_size=10), ascii_=st.booleans())
def test_every_document_arrives_as_it_is(ask: Ask, documents: list[Any], ascii_: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    texts = tuple(json.dumps(one, ensure_ascii=ascii_).encode() for one in documents)
    assert [value(answer) for answer in echoed(ask, texts)] == documents


@settings(
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(nearly | st.binary(max_size=20), min_size=20, max_size=20))
def test_what_the_strict_reader_refuses_is_refused(ask: Ask, texts: list[str | bytes]) -> None:
    documents = tuple(one.encode() if isinstance(one, str) else one for one in texts)
    for document, answer in zip(documents, echoed(ask, documents), strict=True):
        expected, why = strictly(document)
        if not why:
            assert value(answer) == expected, document
        elif "out of range" not in why:  # such numbers are exact in Rego, and fine
            assert answer.code == "INPUT_INVALID", document


def strictly(document: bytes) -> tuple[Any, str]:
    """Return what the strict reader reads, or why it refuses."""
    try:
        return strict_json.parse(document), ""
    except ValueError as error:
        return None, str(error)


REFUSED = {
    "duplicate key": b'{"a": 1, "a": 2}',
    "duplicate key in a larger object": json.dumps({str(n): n for n in range(40)}).encode()[:-1]
    + b', "33": 1}',
    "duplicate key by escape": b'{"a": 1, "\\u0061": 2}',
    "deep": b"[" * 513 + b"]" * 513,
    "very deep": b"[" * 100_000,
    "leading zero": b"[01]",
    "bare minus": b"-",
    "no digits": b"1.",
    "empty exponent": b"1e+",
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "control character": b'"\x01"',
    "lone surrogate": b'"\\ud800"',
    "reversed surrogates": b'"\\udc00\\ud800"',
    "not UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "byte-order mark": b"\xef\xbb\xbf{}",
    "two documents": b"{} {}",
    "trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
    "nothing": b"",
    "unknown escape": b'"\\x41"',
    "cut short": b'{"a": "b',
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_a_document_that_is_not_strict_is_refused(ask: Ask, document: bytes) -> None:
    (answer,) = echoed(ask, (document,))
    assert (answer.status, answer.code) == ("error", "INPUT_INVALID")


@pytest.mark.parametrize(
    "number", ["0", "-0", "999", "1000", "-7", "1.50", "1e3", "9007199254740993", "1" * 60]
)
def test_numbers_keep_their_digits(ask: Ask, number: str) -> None:
    (answer,) = echoed(ask, (b"[" + number.encode() + b"]",))
    assert json.loads(answer.body, parse_int=str, parse_float=str)["value"] in (
        [number],
        [number.removeprefix("-") if number == "-0" else number],
    )


def test_an_object_s_keys_may_repeat_in_another_object(ask: Ask) -> None:
    (answer,) = echoed(ask, (b'{"a": {"a": {"a": 1}}, "b": {"a": 2}}',))
    assert value(answer) == {"a": {"a": {"a": 1}}, "b": {"a": 2}}
