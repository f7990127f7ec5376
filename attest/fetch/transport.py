"""One HTTP request, bounded in bytes and in time. The only importer of urllib3."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.response import BaseHTTPResponse

from attest.errors import FetchError
from attest.fetch.limits import FetchLimits
from attest.fetch.urls import Url, reach
from attest.model.frozen import frozen

_CHUNK = 64 << 10
_EXPLANATION = 64 << 10
_OK = 200


class Deadline:
    """The end of one call, whatever the servers do until then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self, where: str) -> float:
        """Return the seconds that are left; FETCH_TIMEOUT when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            message = f"{where}: not complete after {self._seconds:g} s"
            raise FetchError("FETCH_TIMEOUT", message, where=where)
        return left


@frozen
class Response:
    """An answer: header names in lower case; ``reach`` is how far its sender's address reaches.

    ``fields`` are the headers as they came, each of those that came more than once.
    """

    url: Url
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    reach: int
    fields: tuple[tuple[str, str], ...] = ()


@frozen
class Outgoing:
    """What is sent: header names are the caller's affair."""

    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)


@frozen
class Bounds:
    """The bounds of one answer; ``any_status`` says that the body of an error counts as well."""

    limit: int
    too_large: str
    deadline: Deadline
    any_status: bool = False


class _Guard:
    """What stands between one host and its connection: which address it has, and for how long."""

    def __init__(self, least: int, admit: Callable[[str], int] | None) -> None:
        self.least = least
        self.reach = 0
        self.socket: socket.socket | None = None
        self._admit = admit

    def admit(self, address: str) -> None:
        self.reach = self._admit(address) if self._admit else reach(address)
        if self.reach < self.least:
            message = f"a public server sends its clients to the private address {address}"
            raise FetchError("REDIRECT_REFUSED", message)

    @contextmanager
    def until(self, seconds: float) -> Iterator[None]:
        """Cut the connection after ``seconds``: a timeout alone starts anew with every byte."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self.socket is not None:
            with suppress(OSError):
                # The method of ssl.SSLSocket would also drop the state that the reader uses.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    """A connection that shows its guard the address before a byte is sent."""

    def __init__(self, *args: Any, guard: _Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return _admitted(super()._new_conn(), self._guard)

    def connect(self) -> None:
        super().connect()
        self._guard.socket = self.sock


class _Secure(HTTPSConnection):
    """The same over TLS."""

    def __init__(self, *args: Any, guard: _Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return _admitted(super()._new_conn(), self._guard)

    def connect(self) -> None:
        super().connect()
        self._guard.socket = self.sock


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


class Transport:
    """Connections that are kept between requests, one for each host.

    Neither proxies nor credentials are read from the environment. ``admit`` says how far an address
    reaches, or raises: no byte is sent to one that it refuses.
    """

    def __init__(self, limits: FetchLimits, admit: Callable[[str], int] | None = None) -> None:
        self._limits = limits
        self._admit = admit
        self._pools: dict[tuple[str, str, int, int], tuple[urllib3.HTTPConnectionPool, _Guard]] = {}

    def close(self) -> None:
        """Close every connection."""
        for pool, _ in self._pools.values():
            pool.close()
        self._pools.clear()

    def get(
        self,
        url: Url,
        headers: Mapping[str, str],
        *,
        limit: int,
        too_large: str,
        deadline: Deadline,
        least: int = 0,
    ) -> Response:
        """Send one GET; neither retried nor redirected.

        A body over ``limit`` bytes is refused with the code ``too_large``. ``least`` is how far
        the server's address must reach (`attest.fetch.urls.reach`).
        """
        return self.send(url, Outgoing(headers), Bounds(limit, too_large, deadline), least=least)

    def send(self, url: Url, sent: Outgoing, bounds: Bounds, *, least: int = 0) -> Response:
        """Send one request; neither retried nor redirected."""
        where = f"{url.scheme}://{url.host}:{url.port}"
        left = bounds.deadline.remaining(where)
        pool, guard = self._pool(url, least)
        try:
            with guard.until(left):
                response = pool.urlopen(
                    sent.method,
                    url.target,
                    body=sent.body,
                    headers={"Accept-Encoding": "identity", "User-Agent": "attest", **sent.headers},
                    timeout=urllib3.Timeout(
                        connect=min(self._limits.connect, left), read=min(self._limits.read, left)
                    ),
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    content = _body(response, bounds, where)
                except BaseException:
                    response.close()
                    raise
        except (HTTPError, OSError, ValueError) as error:
            bounds.deadline.remaining(where)
            raise _failure(error, where) from None
        fields = tuple((name.lower(), value) for name, value in response.headers.items())
        return Response(url, response.status, dict(fields), content, guard.reach, fields)

    def _pool(self, url: Url, least: int) -> tuple[urllib3.HTTPConnectionPool, _Guard]:
        key = (*url.origin, least)
        if key not in self._pools:
            guard = _Guard(least, self._admit)
            kind = _SecurePool if url.scheme == "https" else _PlainPool
            pool = kind(url.host, url.port, maxsize=1, guard=guard)
            self._pools[key] = (pool, guard)
        return self._pools[key]


def _admitted(opened: socket.socket, guard: _Guard) -> socket.socket:
    try:
        guard.admit(opened.getpeername()[0])
    except BaseException:
        opened.close()
        raise
    return opened


def _body(response: BaseHTTPResponse, bounds: Bounds, where: str) -> bytes:
    """Read a whole body of at most ``limit`` bytes; one more byte tells that there are more."""
    limit, too_large = bounds.limit, bounds.too_large
    if response.status != _OK and not bounds.any_status:
        # What explains an error is never used; it has no say over the limits of the content.
        limit, too_large = _EXPLANATION, "REGISTRY_FAILED"
    elif (encoding := response.headers.get("Content-Encoding", "identity")).lower() != "identity":
        message = f"{where}: asked for the content as it is, seen encoding {encoding[:40]!r}"
        raise FetchError("CONTENT_ENCODED", message, where=where)
    announced = response.headers.get("Content-Length", "")[:20]
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise _too_large(too_large, where, limit, f"{int(announced):,} announced")
    content = bytearray()
    while chunk := response.read1(min(_CHUNK, limit + 1 - len(content))):
        content += chunk
    # A connection cut by the guard looks like the end of a body that announced no length.
    bounds.deadline.remaining(where)
    if len(content) > limit:
        raise _too_large(too_large, where, limit, "more")
    return bytes(content)


def _too_large(code: str, where: str, limit: int, seen: str) -> FetchError:
    message = f"{where}: expected a body of at most {limit:,} bytes, seen {seen}"
    return FetchError(code, message, where=where)


def _failure(error: Exception, where: str) -> FetchError:
    """Name a failure of the transport by its code."""
    code = "REGISTRY_UNREACHABLE"
    message = f"{where}: {type(error).__name__}: {error}"[:500]
    if isinstance(error, HTTPTimeoutError) and not isinstance(error, NewConnectionError):
        code, message = "FETCH_TIMEOUT", f"{where}: no answer in time"
    elif any(isinstance(each, http.client.IncompleteRead) for each in (error, *error.args)):
        code, message = "BODY_TRUNCATED", f"{where}: the body ended before its announced length"
    elif isinstance(error, SSLError):
        code, message = "REGISTRY_UNTRUSTED", f"{where}: TLS: {error}"[:500]
    return FetchError(code, message, where=where)
