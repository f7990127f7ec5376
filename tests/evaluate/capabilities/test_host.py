"""Rule 9: what is not granted, fails or is not 2xx is an error, unless the grant says may_fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from attest.errors import EngineError
from attest.evaluate.capabilities import Answers, PolicyHost
from attest.model.capability import Capabilities, HttpAnswer, HttpGrant, HttpRequest


def host(*grants: HttpGrant, status: int = 200, fails: str = "", **more: Any) -> PolicyHost:
    def send(_request: HttpRequest, _seconds: float) -> HttpAnswer:
        if fails:
            raise EngineError(fails, "because")
        return HttpAnswer(status, {"location": ("https://b/",)}, b"body")

    return PolicyHost(Capabilities(grants), Answers(send), **more)


def ask(one: PolicyHost, url: str = "https://a.example/x", method: str = "GET") -> dict[str, Any]:
    answer = one.perform("http", json.dumps({"url": url, "method": method}).encode())
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def refused(one: PolicyHost, url: str = "https://a.example/x", method: str = "GET") -> EngineError:
    with pytest.raises(EngineError) as error:
        ask(one, url, method)
    assert error.value.exit_code == 6
    return error.value


GRANT = HttpGrant("a.example", ("GET", "HEAD"))


def test_a_granted_request_is_answered_and_listed_as_used() -> None:
    one = host(GRANT)
    answer = ask(one)
    assert base64.b64decode(answer["body"]) == b"body"
    assert answer["status"] == 200
    ask(one, method="HEAD")
    digest = "sha256:230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    assert one.used == (
        f"http GET https://a.example 200 {digest}",
        f"http HEAD https://a.example 200 {digest}",
    )


@pytest.mark.parametrize(
    ("url", "method"),
    [
        ("https://a.example/", "POST"),
        ("https://b.example/", "GET"),
        ("https://www.a.example/", "GET"),
        ("https://a.example.evil/", "GET"),
        ("https://a.example:8443/", "GET"),
        ("http://a.example/", "GET"),
        ("http://a.example:443/", "GET"),
    ],
)
def test_what_is_not_granted_is_forbidden(url: str, method: str) -> None:
    one = host(GRANT)
    error = refused(one, url, method)
    assert error.code == "HTTP_FORBIDDEN"
    assert one.used == ()


@pytest.mark.parametrize(
    ("url", "method", "granted"),
    [
        (
            "https://b.example:8443/x",
            "POST",
            [
                {"host": "a.example", "methods": ["GET", "HEAD"]},
                {"host": "b.example:8443", "methods": ["POST"]},
            ],
        ),
        (
            "https://A.example/x",
            "POST",
            [{"host": "a.example", "methods": ["GET", "HEAD", "POST"]}],
        ),
        (
            "http://127.0.0.1:80/x",
            "GET",
            [
                {"host": "a.example", "methods": ["GET", "HEAD"]},
                {"host": "http://127.0.0.1", "methods": ["GET"]},
            ],
        ),
    ],
)
def test_the_message_holds_the_line_that_grants_it(
    url: str, method: str, granted: list[object]
) -> None:
    message = refused(host(GRANT), url, method).message
    line = message[message.index("grant: ") :]
    assert yaml.safe_load(line) == {"grant": {"http": granted}}


def test_a_policy_is_held_to_what_it_declares() -> None:
    declared = Capabilities((HttpGrant("c.example"),))
    assert refused(host(GRANT, declared=declared)).code == "HTTP_FORBIDDEN"
    assert refused(host(declared=declared), "https://c.example/").code == "HTTP_FORBIDDEN"
    assert ask(host(GRANT, declared=Capabilities((GRANT,))))["status"] == 200
    assert refused(host(GRANT, declared=Capabilities())).code == "HTTP_FORBIDDEN"


@pytest.mark.parametrize("status", [199, 300, 301, 404, 500])
def test_another_status_than_2xx_is_an_error(status: int) -> None:
    one = host(GRANT, status=status)
    error = refused(one)
    assert error.code == "HTTP_STATUS"
    assert str(status) in error.message
    assert "https://b/" in error.message
    assert one.used


@pytest.mark.parametrize("status", [200, 204, 299])
def test_2xx_is_an_answer(status: int) -> None:
    assert ask(host(GRANT, status=status))["status"] == status


@pytest.mark.parametrize("fails", ["HTTP_FAILED", "HTTP_TOO_LARGE", "HTTP_FORBIDDEN"])
def test_a_failure_is_an_error(fails: str) -> None:
    assert refused(host(GRANT, fails=fails)).code == fails


def test_may_fail_lets_the_policy_see_it() -> None:
    lenient = HttpGrant("a.example", may_fail=True)
    assert ask(host(lenient, status=404))["status"] == 404
    failed = host(lenient, fails="HTTP_FAILED")
    assert ask(failed) == {"status": 0, "error": "because"}
    assert failed.used == ("http GET https://a.example failed",)


@pytest.mark.parametrize("fails", ["HTTP_FORBIDDEN", "HTTP_OFFLINE", "HTTP_UNRECORDED"])
def test_may_fail_softens_no_refusal(fails: str) -> None:
    assert refused(host(HttpGrant("a.example", may_fail=True), fails=fails)).code == fails


def test_may_fail_grants_nothing_more() -> None:
    lenient = HttpGrant("a.example", may_fail=True)
    assert refused(host(lenient), "https://b.example/").code == "HTTP_FORBIDDEN"


@pytest.mark.parametrize("op", ["discover", "", "file", "x" * 10_000])
def test_no_other_call_is_served(op: str) -> None:
    with pytest.raises(EngineError) as error:
        host(GRANT).perform(op, b"{}")
    assert error.value.code == "HOST_CALL_DENIED"
    assert len(error.value.message) < 200


def test_a_request_gets_no_more_time_than_its_evaluation() -> None:
    given: list[float] = []

    def send(_request: HttpRequest, seconds: float) -> HttpAnswer:
        given.append(seconds)
        return HttpAnswer(200, {}, b"")

    for seconds in (2.5, 3_600.0):
        ask(PolicyHost(Capabilities((GRANT,)), Answers(send), seconds=seconds))
    assert given == [2.5, 30.0]


DISCOVERY = b'{"digest": "sha256:00", "kind": ""}'


def test_discovery_is_answered_by_grant() -> None:
    granted = Capabilities(functions=("chainloop_discover",))
    one = PolicyHost(granted, discover=lambda request: request)
    assert one.perform("discover", DISCOVERY) == DISCOVERY
    assert one.used[0].startswith("function chainloop_discover sha256:")
    assert granted.words() == ("function chainloop_discover",)


def test_where_there_is_no_gate_nothing_is_known() -> None:
    granted = Capabilities(functions=("chainloop_discover",))
    assert PolicyHost(granted).perform("discover", DISCOVERY) == b"null"


@pytest.mark.parametrize(
    ("granted", "declared", "why"),
    [
        (Capabilities(), None, "grant: {functions: [chainloop_discover]}"),
        (Capabilities((GRANT,)), None, "grant: {functions: [chainloop_discover]}"),
        (Capabilities(functions=("chainloop_discover",)), Capabilities(), "declares"),
    ],
)
def test_discovery_without_a_grant_is_denied(
    granted: Capabilities, declared: Capabilities | None, why: str
) -> None:
    one = PolicyHost(granted, declared=declared)
    with pytest.raises(EngineError) as error:
        one.perform("discover", DISCOVERY)
    assert error.value.code == "HOST_CALL_DENIED"
    assert why in error.value.message
    assert one.used == ()
