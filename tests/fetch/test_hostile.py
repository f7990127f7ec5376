"""Servers that lie, stall or babble, as a call of the fetch stage sees them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.flights import Flights, _Flight
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.network import Host, Network
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.hostile import blob_path, manifest_path
from tests.fetch.server import Handler, Route, Server, image, serving
from tests.fetch.test_auth import BASIC, SECRET, bearer, demand, store_credentials

SLOW = FAST._replace(deadline=0.5, attempts=1)


def refusal(reference: Reference, limits: FetchLimits = FAST) -> FetchError:
    with (
        Fetcher(offline=False, limits=limits) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.policy(reference)
    return refused.value


def asked_too_often(handler: Handler) -> None:
    handler.reply(429, Retry_After="0")


def many_headers(handler: Handler) -> None:
    handler.start(200, **{f"X-{number}": "x" for number in range(5_000)})


def long_header(handler: Handler) -> None:
    handler.start(200, X="x" * 100_000)


def two_lengths(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5")
    handler.send_header("Content-Length", str(len(REGO)))
    handler.end_headers()
    handler.wfile.write(REGO)


def announces_too_much(handler: Handler) -> None:
    handler.start(200, Content_Length="9" * 18)


def error_without_end(handler: Handler) -> None:
    handler.start(503, Transfer_Encoding="chunked")
    handler.drip(b"2\r\nxx\r\n" * 40_000, 0)


def to_a_login(handler: Handler) -> None:
    handler.reply(307, Location="https://user:word@example.test/blob")


def to_a_number(handler: Handler) -> None:
    handler.reply(307, Location="http://2852039166/latest/meta-data")


def to_another_port(handler: Handler) -> None:
    handler.reply(307, Location="https://169.254.169.254:8443/")


@pytest.mark.parametrize(
    ("route", "code", "exit_code"),
    [
        (asked_too_often, "RATE_LIMITED", 5),
        (many_headers, "REGISTRY_UNREACHABLE", 5),
        (long_header, "REGISTRY_UNREACHABLE", 5),
        (two_lengths, "REGISTRY_UNREACHABLE", 5),
        (announces_too_much, "SIZE_MISMATCH", 4),
        (error_without_end, "REGISTRY_FAILED", 5),
        (to_a_login, "REDIRECT_REFUSED", 5),
        (to_a_number, "REDIRECT_REFUSED", 5),
        (to_another_port, "REDIRECT_REFUSED", 5),
    ],
)
def test_a_server_that_babbles(server: Server, route: Route, code: str, exit_code: int) -> None:
    reference = server.policy()
    server.routes[blob_path()] = route
    with Fetcher(offline=False, limits=FAST) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.policy(reference)
    assert_code(refused, code, exit_code)
    assert "word" not in refused.value.message


def continues_for_ever(handler: Handler) -> None:
    for _ in range(10_000):
        if handler.server.stopped.wait(0.01):
            return
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def drips_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.drip(b"X: x\r\n" * 10_000, 0.01)


def drips_chunks(handler: Handler) -> None:
    handler.start(200, Transfer_Encoding="chunked")
    handler.drip(b"1;" + b"x" * 60_000, 0.01)


def drips_an_error(handler: Handler) -> None:
    handler.start(404)
    handler.drip(b"x" * 10_000, 0.01)


@pytest.mark.parametrize("route", [continues_for_ever, drips_headers, drips_chunks, drips_an_error])
def test_a_server_that_never_comes_to_the_end(server: Server, route: Route) -> None:
    """Each read gets a byte in good time; the call as a whole does not."""
    reference = server.policy()
    server.routes[blob_path()] = route
    assert refusal(reference, SLOW).code == "FETCH_TIMEOUT"
    assert not server.finished.is_set()


def test_a_registry_that_is_never_satisfied(home: Path, server: Server) -> None:
    """It hands out tokens and takes none of them."""
    reference = server.policy()
    demand(server, bearer(server.netloc), "never")
    server.serve("/token", b'{"token":"abc"}')
    assert refusal(reference).code == "REGISTRY_DENIED"
    assert len(server.seen) == 3


def test_a_manifest_that_changes_between_two_requests(server: Server) -> None:
    reference = server.policy()
    honest = server.routes[manifest_path(reference)]

    def once(handler: Handler) -> None:
        asked = sum(path == manifest_path(reference) for path, _ in server.seen)
        (honest if asked == 1 else changed)(handler)

    def changed(handler: Handler) -> None:
        handler.reply(200, image(b"evil"), "application/vnd.oci.image.manifest.v1+json")

    server.routes[manifest_path(reference)] = once
    with Fetcher(offline=False, limits=FAST) as fetcher:
        fetcher.policy(reference)
        with pytest.raises(FetchError) as refused:
            fetcher.policy(reference)
    assert_code(refused, "DIGEST_MISMATCH", 4)
    assert str(reference.digest) in refused.value.message
    assert str(Digest.of(image(b"evil"))) in refused.value.message


def test_an_error_that_is_compressed_is_still_the_error(server: Server) -> None:
    reference = server.policy()
    server.routes[blob_path()] = lambda handler: handler.reply(
        404, b"\x1f\x8b" + b"x" * 50, Content_Encoding="gzip"
    )
    assert refusal(reference).code == "NOT_FOUND"


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that any library logs."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


PASSWORD = "pass"  # noqa: S105  # of tests.fetch.test_auth.SECRET
TOKEN = "dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ"  # noqa: S105  # of this test alone


@pytest.mark.parametrize("scheme", ["basic", "bearer"])
@pytest.mark.parametrize("end", ["well", "denied", "broken", "redirected"])
def test_no_secret_is_said_or_logged(
    home: Path,
    server: Server,
    told: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    scheme: str,
    end: str,
) -> None:
    store_credentials(home, server)
    reference = server.policy()
    basic = scheme == "basic"
    challenge = 'Basic realm="r"' if basic else bearer(server.netloc)
    with serving() as elsewhere:
        if end == "broken":
            server.routes[blob_path()] = lambda handler: handler.reply(500)
        elif end == "redirected":
            target = f"http://{elsewhere.netloc}/stored"
            server.routes[blob_path()] = lambda handler: handler.reply(307, Location=target)
        demand(
            server, challenge, "never" if end == "denied" else BASIC if basic else f"Bearer {TOKEN}"
        )
        server.serve("/token", json.dumps({"token": TOKEN}).encode())
        with Fetcher(offline=False, limits=FAST) as fetcher:
            error = ""
            try:
                fetcher.policy(reference, attached=False)
            except FetchError as refused:
                error = f"{refused!r} {refused.message} {refused.hint} {refused.where}"
                if refused.__cause__ or refused.__context__:
                    error += f"{refused.__cause__!r} {refused.__context__!r}"
            said = repr(vars(fetcher))
        assert (error == "") == (end == "well")
        assert all(sent is None for _, sent in elsewhere.seen)
    printed = "".join(capfd.readouterr())
    for secret in (SECRET, TOKEN, f":{PASSWORD}"):
        assert secret not in error + told.text + printed + said
    sent = {header for _, header in server.seen}
    assert BASIC in sent


def test_what_is_on_its_way_is_not_sent_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    flights, begun, go = Flights(), threading.Event(), threading.Event()
    digest, sent, waiting = Digest.of(REGO), [], threading.Semaphore(0)
    wait = _Flight.wait

    def seen_waiting(flight: _Flight) -> bytes:
        waiting.release()
        return wait(flight)

    monkeypatch.setattr(_Flight, "wait", seen_waiting)

    def slow() -> bytes:
        sent.append(1)
        begun.set()
        go.wait(5)
        return REGO

    came: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: came.append(flights.share(digest, slow))) for _ in range(8)
    ]
    threads[0].start()
    begun.wait(5)
    for thread in threads[1:]:
        thread.start()
        assert waiting.acquire(timeout=5)
    go.set()
    for thread in threads:
        thread.join(5)
    assert came == [REGO] * 8
    assert sent == [1]
    assert flights.share(digest, lambda: b"later") == b"later"


def test_a_failure_is_shared_and_then_forgotten() -> None:
    flights, digest = Flights(), Digest.of(REGO)

    def fails() -> bytes:
        raise FetchError("BODY_TRUNCATED", "broken")

    with pytest.raises(FetchError):
        flights.share(digest, fails)
    assert flights.share(digest, lambda: REGO) == REGO


def test_no_repr_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P", "http://me:hunter2@proxy:1")
    host = Host(username_env="U", password_env="P")  # noqa: S106  # a name
    assert "hunter2" not in repr(Network(b"", None, {"h": host}))
