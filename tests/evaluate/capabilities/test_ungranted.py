"""Rego that uses http.send without a grant: the hosts of its source, in the line that grants."""

from __future__ import annotations

import pytest
import yaml

from attest.evaluate import Evaluator
from attest.evaluate.capabilities.ungranted import explained
from attest.evaluate.host.job import Answer
from tests.evaluate.make import code_of, decide, policy

COMPLAINT = "p0.rego:2:1: undefined function http.send (why)"


@pytest.mark.parametrize(
    ("source", "hosts"),
    [
        ('http.send({"url": "https://WWW.cisa.gov/x"})', ["www.cisa.gov"]),
        (
            'x := "https://a.example:8443/" # and http://127.0.0.1:80/y or https://a.example:8443',
            ["a.example:8443", "http://127.0.0.1"],
        ),
        ('x := concat("", [s, "://", h])', ["HOST"]),
        ('x := "http://plain.example/"', ["HOST"]),
    ],
)
def test_the_line_grants_the_hosts_of_the_source(source: str, hosts: list[str]) -> None:
    given = explained(Answer("error", code="POLICY_COMPILE", message=COMPLAINT), policy(source))
    assert given.code == "HTTP_FORBIDDEN"
    assert given.message.startswith("p0.rego:2:1: http.send is not granted")
    line = yaml.safe_load(given.message[given.message.index("grant: ") :])
    assert [one["host"] for one in line["grant"]["http"]] == hosts


def test_any_other_answer_stays() -> None:
    for answer in (
        Answer("error", code="POLICY_COMPILE", message="undefined function f"),
        Answer("error", code="EVAL_ERROR", message=COMPLAINT),
        Answer("value", b"{}"),
    ):
        assert explained(answer, policy("package p")) is answer


def test_the_guest_s_complaint_is_recognised(evaluator: Evaluator) -> None:
    text = 'package p\ndeny contains "x" if http.send({"method": "GET", "url": "https://a.b/"})'
    assert code_of(decide(evaluator, policy(text))) == "HTTP_FORBIDDEN"
