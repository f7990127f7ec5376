"""Requests of policies: what leaves this machine, and what comes back, is bounded and plain."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import EngineError
from attest.fetch import transport
from attest.fetch.call import HttpCalls
from attest.model.capability import HttpRequest
from tests.fetch.server import Handler, Server, serving
from tests.fetch.test_tls import certificate

__all__ = ["certificate"]


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A web server over TLS that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as running:
        running.serve("/a", b"content", "text/plain")
        yield running


@pytest.fixture
def plain() -> Iterator[Server]:
    with serving() as running:
        running.serve("/a", b"content", "text/plain")
        yield running


def ask(server: Server, target: str = "/a", scheme: str = "https") -> HttpRequest:
    return HttpRequest("GET", scheme, "127.0.0.1", server.server_port, target)


def refused(request: HttpRequest, calls: HttpCalls | None = None, seconds: float = 5) -> str:
    with pytest.raises(EngineError) as error:
        (calls or HttpCalls(offline=False)).send(request, seconds)
    assert error.value.message
    return error.value.code


def test_an_answer_over_tls(server: Server) -> None:
    answer = HttpCalls(offline=False).send(ask(server), 5)
    assert (answer.status, answer.body) == (200, b"content")
    assert answer.headers["content-type"] == ("text/plain",)


@pytest.mark.parametrize("status", [301, 404, 500])
def test_any_status_is_an_answer_with_its_body(plain: Server, status: int) -> None:
    plain.routes["/s"] = lambda handler: handler.reply(
        status, b"why", Location="http://127.0.0.1/elsewhere"
    )
    answer = HttpCalls(offline=False).send(ask(plain, "/s", "http"), 5)
    assert (answer.status, answer.body) == (status, b"why")
    assert len(plain.seen) == 1


def test_offline_opens_no_socket(plain: Server) -> None:
    assert refused(ask(plain, scheme="http"), HttpCalls(offline=True)) == "HTTP_OFFLINE"
    assert plain.seen == []


def test_a_certificate_that_nobody_trusts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert refused(ask(server)) == "HTTP_FAILED"
    assert server.seen == []


def test_nobody_listens(plain: Server) -> None:
    with serving() as gone:
        request = ask(gone, scheme="http")
    assert refused(request) == "HTTP_FAILED"


def test_a_body_has_a_limit_announced_or_not(plain: Server) -> None:
    def endless(handler: Handler) -> None:
        handler.start(200)
        handler.close_connection = True
        handler.wfile.write(b"x" * 4_000)

    plain.routes["/endless"] = endless
    plain.serve("/large", b"x" * 2_000)
    plain.routes["/error"] = lambda handler: handler.reply(500, b"x" * 2_000)
    for target in ("/endless", "/large", "/error"):
        request = ask(plain, target, "http")
        assert refused(request, HttpCalls(offline=False, limit=1_000)) == "HTTP_TOO_LARGE"


def test_a_slow_server_is_held_to_the_time_given(plain: Server) -> None:
    plain.routes["/slow"] = lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\n" + b"x" * 900, 0.05)
    started = time.monotonic()
    assert refused(ask(plain, "/slow", "http"), seconds=0.4) == "HTTP_FAILED"
    assert time.monotonic() - started < 10
    assert not plain.finished.is_set()


def test_a_header_has_a_limit(plain: Server) -> None:
    many = {f"X_{n}": "v" * 1_000 for n in range(80)}
    plain.routes["/h"] = lambda handler: handler.reply(200, b"", **many)
    assert refused(ask(plain, "/h", "http")) == "HTTP_TOO_LARGE"


def test_an_encoded_body_is_refused(plain: Server) -> None:
    plain.routes["/z"] = lambda handler: handler.reply(200, b"zz", Content_Encoding="gzip")
    assert refused(ask(plain, "/z", "http")) == "HTTP_FAILED"


def test_cookies_are_left_out_and_repeated_fields_kept(plain: Server) -> None:
    def several(handler: Handler) -> None:
        handler.send_response(200)
        for name, value in (("A", "1"), ("A", "2"), ("Set-Cookie", "s")):
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    plain.routes["/m"] = several
    answer = HttpCalls(offline=False).send(ask(plain, "/m", "http"), 5)
    assert answer.headers["a"] == ("1", "2")
    assert "set-cookie" not in answer.headers


def test_a_name_must_have_a_public_address(plain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda *_a, **_k: [(2, 1, 6, "", ("127.0.0.1", plain.server_port))],
    )
    request = replace(ask(plain), host="innocent.example")
    assert refused(request) == "HTTP_FORBIDDEN"
    assert plain.seen == []


@pytest.mark.parametrize(
    ("host", "address", "admitted"),
    [
        ("a.example", "93.184.215.14", True),
        ("a.example", "10.0.0.1", False),
        ("a.example", "169.254.169.254", False),
        ("a.example", "fd00:ec2::254", False),
        ("a.example", "::ffff:127.0.0.1", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("169.254.169.254", "169.254.169.254", True),
        ("[::1]", "::1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "10.0.0.1", False),
        ("localhost", "93.184.215.14", False),
    ],
)
def test_which_address_a_host_stands_for(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str, *, admitted: bool
) -> None:
    admitting: list[object] = []

    class Recorded(transport.Transport):
        def __init__(self, *given: object) -> None:
            admitting.append(given[1])
            raise EngineError("HTTP_FAILED", "enough")

    monkeypatch.setattr(transport, "Transport", Recorded)
    refused(HttpRequest("GET", "https", host, 443, "/"))
    (admit,) = admitting
    if admitted:
        assert admit(address) in {0, 2}  # type: ignore[operator]  # what the client made
    else:
        with pytest.raises(EngineError) as error:
            admit(address)  # type: ignore[operator]  # as above
        assert error.value.code == "HTTP_FORBIDDEN"


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", "http", "example.test", 80, "/"),
        HttpRequest("GET", "ftp", "example.test", 21, "/"),
        HttpRequest("GET", "https", "example.test", 443, "no-slash"),
        HttpRequest("GET", "https", "u@example.test", 443, "/"),
        HttpRequest("GET", "https", "example.test", 443, "/#part"),
        HttpRequest("GET", "https", "example.test", 443, "/\r\nHost: other"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_sent(request_: HttpRequest) -> None:
    assert refused(request_) == "HTTP_FORBIDDEN"


def test_post_sends_its_body(plain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[bytes] = []

    def do_post(handler: Handler) -> None:
        bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        handler.reply(201, handler.headers["X-A"].encode())

    monkeypatch.setattr(Handler, "do_POST", do_post, raising=False)
    request = replace(
        ask(plain, "/p", "http"), method="POST", body=b"sent", headers=(("x-a", "1"),)
    )
    answer = HttpCalls(offline=False).send(request, 5)
    assert (answer.status, answer.body, bodies) == (201, b"1", [b"sent"])
