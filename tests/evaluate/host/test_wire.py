"""Messages: what is packed is read back; a hostile worker's answer is a ValueError at worst."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.evaluate.host import wire
from attest.evaluate.host.job import Answer

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = ("status", "code", "message", "fuel", "duration_ms", "logs")


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    header, body = wire.sizes(message)
    start = wire.SIZES
    assert len(message) == start + header + body
    return json.loads(message[start : start + header]), message[start + header :]


@pytest.mark.parametrize(
    "given_answer",
    [
        Answer("value", b"\0\xff{}", fuel=7, duration_ms=1.5, logs=("a", "é")),
        Answer("error", code="TRAP", message="why"),
        Answer("undefined"),
    ],
)
def test_an_answer_survives_the_wire(given_answer: Answer) -> None:
    header, body = unpack(wire.answer(given_answer, "t"))
    assert header.pop("token", None) is not None
    assert header["kind"] == "answer"
    assert wire.read_answer(header, body) == given_answer


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_nonsense_is_a_value_error_or_an_answer(header: dict[str, Any]) -> None:
    try:
        answer = wire.read_answer(header, b"")
    except ValueError:
        return
    assert answer.status in {"value", "undefined", "error"}
    assert answer.fuel >= 0
    json.dumps([answer.fuel, answer.duration_ms], allow_nan=False)
    "".join((answer.message, *answer.logs)).encode()


@pytest.mark.parametrize(
    "change",
    [
        *({"logs": "text"}, {"logs": {"a": 1}}, {"fuel": -1}, {"fuel": 1 << 63}, {"status": "ok"}),
        *({"duration_ms": float("nan")}, {"duration_ms": float("inf")}, {"duration_ms": -1}),
    ],
)
def test_what_is_no_answer(change: dict[str, Any]) -> None:
    header, body = unpack(wire.answer(Answer("value", b"{}"), "t"))
    with pytest.raises(ValueError, match="not an answer"):
        wire.read_answer({**header, **change}, body)
