"""What the Rego guests say is wrong: only what they can mean is believed."""

from __future__ import annotations

import pytest

from attest.evaluate.guests.rego.answers import SourceProblem, explained
from attest.evaluate.host.job import ERROR, Answer


def test_a_place_stands_before_the_message() -> None:
    body = b'{"code": "POLICY_PARSE", "message": "why", "file": "p.rego", "row": 3, "column": 7}'
    answer = explained(Answer(ERROR, body))
    assert (answer.code, answer.message) == ("POLICY_PARSE", "p.rego:3:7: why")
    assert str(SourceProblem("POLICY_PARSE", "why")) == "why"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"3",
        b'{"code": "PASSED", "message": ""}',
        b'{"code": "EVAL_ERROR"}',
        b'{"code": "EVAL_ERROR", "message": 3}',
        b'{"code": "EVAL_ERROR", "message": "", "file": 3}',
        b'{"code": "EVAL_ERROR", "message": "", "row": "3"}',
    ],
)
def test_an_unreadable_error_of_the_guest_is_not_believed(body: bytes) -> None:
    assert explained(Answer(ERROR, body)).code == "GUEST_INVALID"


def test_what_the_host_says_stays() -> None:
    stopped = Answer(ERROR, b"", code="OUT_OF_FUEL", message="the fuel limit was reached")
    assert explained(stopped) is stopped
