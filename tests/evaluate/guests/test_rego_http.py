"""http.send: only by grant, asked of the host, and nothing that it cannot honour is ignored."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.guests import rego
from attest.evaluate.host.job import ERROR, Answer
from attest.evaluate.host.pool import Pool
from attest.model.capability import Capabilities, HttpGrant
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import File, Policy
from tests.evaluate.guests.conftest import AT, MAIN, rules

JSON = {"Content-Type": ["application/json; charset=utf-8"]}
GRANTED = Capabilities(http=(HttpGrant("example.com", ("GET", "POST")),))


class Host(PolicyHost):
    """Grants http to example.com, and answers it itself; ``asked`` are the requests."""

    def __init__(self, answer: dict[str, Any] | EngineError) -> None:
        super().__init__(GRANTED)
        self.asked: list[dict[str, Any]] = []
        self._given = answer

    def perform(self, op: str, body: bytes) -> bytes:
        """Keep the request; give the answer."""
        assert op == "http"
        self.asked.append(json.loads(body))
        if isinstance(self._given, EngineError):
            raise self._given
        return json.dumps(self._given).encode()


Send = Callable[..., Answer]


def given(
    body: bytes = b'{"a": [1, 2]}', status: int = 200, **headers: list[str]
) -> dict[str, Any]:
    content = base64.b64encode(body).decode()
    return {"status": status, "headers": JSON | headers, "body": content}


@pytest.fixture
def send(pool: Pool) -> Send:
    """Evaluate a policy whose deny is the answer of http.send with these options."""

    def ask(host: PolicyHost, options: str = "", then: str = "", method: str = "get") -> Answer:
        request = f'{{"method": "{method}", "url": "https://example.com/x"{options}}}'
        text = f"{MAIN}deny contains http.send({request}){then}\n"
        policy = Policy("p", (File("p.rego", text.encode()),), Digest.of(b""))
        (answer,) = rego.evaluate(policy, [b"{}"], {}, AT, Limits(timeout=20), pool, host)
        return answer

    return ask


def test_the_host_is_asked_and_the_answer_has_opas_form(send: Send) -> None:
    host = Host(given(X=["1", "2"]))
    (response,) = rules(send(host))["main.deny"]
    assert host.asked == [
        {"method": "GET", "url": "https://example.com/x", "headers": {}, "body": ""}
    ]
    assert response == {
        "status": "200 OK",
        "status_code": 200,
        "body": {"a": [1, 2]},
        "raw_body": '{"a": [1, 2]}',
        "headers": {"content-type": JSON["Content-Type"], "x": ["1", "2"]},
    }


def test_body_and_headers_are_sent(send: Send) -> None:
    host = Host(given())
    send(host, ', "body": {"k": {1, 2}}, "headers": {"X-A": "b"}', method="post")
    (asked,) = host.asked
    assert (asked["method"], asked["headers"]) == ("POST", {"X-A": "b"})
    assert json.loads(base64.b64decode(asked["body"])) == {"k": [1, 2]}
    send(host, ', "raw_body": "<x>", "body": 1')
    assert base64.b64decode(host.asked[1]["body"]) == b"<x>"


def test_asking_twice_asks_the_host_once(send: Send) -> None:
    host = Host(given())
    twice = '.body\nwarn contains http.send({"url": "https://example.com/x", "method": "GET"}).body'
    assert rules(send(host, then=twice)) == {
        "main.deny": [{"a": [1, 2]}],
        "main.warn": [{"a": [1, 2]}],
    }
    assert len(host.asked) == 1
    send(host)
    assert len(host.asked) == 2


def test_without_a_grant_the_policy_does_not_compile(send: Send) -> None:
    answer = send(PolicyHost())
    assert (answer.status, answer.code) == (ERROR, "POLICY_COMPILE")
    assert answer.message.startswith("p.rego:2:15: undefined function http.send")
    assert "grants http" in answer.message


def test_what_the_host_refuses_ends_the_evaluation(send: Send) -> None:
    host = Host(EngineError("HTTP_STATUS", "404"))
    tolerant = ', "raise_error": false'
    for options in ("", tolerant):
        answer = send(host, options)
        assert (answer.status, answer.code) == (ERROR, "HTTP_STATUS")


def test_a_failure_that_is_granted_becomes_an_answer(send: Send) -> None:
    host = Host({"status": 0, "error": "no route"})
    error = {"code": "eval_http_send_network_error", "message": "no route"}
    (response,) = rules(send(host, ', "raise_error": false'))["main.deny"]
    assert response == {"status_code": 0, "error": error}


@pytest.mark.parametrize("options", ["", ', "raise_error": true'])
def test_a_failure_that_the_policy_does_not_expect_is_an_error(send: Send, options: str) -> None:
    answer = send(Host({"status": 0, "error": "no route"}), options, then=".body.bad")
    assert (answer.status, answer.code) == (ERROR, "BUILTIN_ERROR")
    assert "no route" in answer.message


@pytest.mark.parametrize(
    "option",
    [
        '"tls_insecure_skip_verify": true',
        '"tls_ca_cert": "x"',
        '"tls_client_cert_file": "x"',
        '"tls_server_name": "x"',
        '"enable_redirect": true',
        '"force_yaml_decode": true',
        '"unheard_of": 1',
        '"headers": {"Host": "other"}',
        '"headers": {"X": 1}',
        '"raise_error": "no"',
        '"raw_body": {}',
    ],
)
def test_what_cannot_be_honoured_is_an_error(send: Send, option: str) -> None:
    host = Host(given())
    answer = send(host, f", {option}")
    assert (answer.status, answer.code) == (ERROR, "EVAL_ERROR")
    assert "p.rego:2:15: http.send" in answer.message
    assert host.asked == []


def test_options_about_time_and_caching_are_the_hosts_affair(send: Send) -> None:
    options = ', "timeout": "1s", "cache": true, "max_retry_attempts": 3, "enable_redirect": false'
    assert send(Host(given()), options).status == "value"


@pytest.mark.parametrize("body", [b"{", b'{"a": 1, "a": 2}', b'{"a": "\xff"}', b"1 2"])
def test_a_body_that_is_not_the_json_it_says_is_an_error(send: Send, body: bytes) -> None:
    answer = send(Host(given(body)))
    assert (answer.status, answer.code) == (ERROR, "BUILTIN_ERROR")


def test_a_body_is_json_only_where_somebody_says_so(send: Send) -> None:
    plain = given(b'{"a": 1}') | {"headers": {}}
    assert rules(send(Host(plain), then=".body"))["main.deny"] == [None]
    forced = send(Host(plain), ', "force_json_decode": true', ".body")
    assert rules(forced)["main.deny"] == [{"a": 1}]
    assert rules(send(Host(given(b"", 204)), then=".body"))["main.deny"] == [None]
