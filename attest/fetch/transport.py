"""One HTTP request, bounded in bytes and in time. The only importer of urllib3."""

from __future__ import annotations

import functools
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.response import BaseHTTPResponse

from attest.errors import FetchError
from attest.fetch.exchange import Bounds, Deadline, Outgoing, Response
from attest.fetch.limits import FetchLimits
from attest.fetch.proxy import Through, through
from attest.fetch.timed import TimedResponse
from attest.fetch.tls import Contexts
from attest.fetch.urls import PUBLIC, Url, reach
from attest.model.network import Network

__all__ = ["Bounds", "Deadline", "Outgoing", "Response", "Transport"]

_CHUNK = 256 << 10
_EXPLANATION = 64 << 10
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "attest"}
_OK = 200


class _Current(threading.local):
    """The request that a thread is about: how long its next read may take, and its connection."""

    bounds: tuple[float, Deadline, str]
    connection: _Plain | _Secure

    def wait(self) -> float:
        """Return the seconds that the next read may take; FETCH_TIMEOUT when there are none."""
        longest, deadline, where = self.bounds
        return min(longest, deadline.remaining(where))


class _Guarded:
    """What both kinds of connection do: show the address before a byte is sent, watch the time."""

    reach: int
    sock: Any
    response_class: Any

    def guard(self, current: _Current, admit: Callable[[str], int]) -> None:
        """Let ``admit`` say how far the server's address reaches, or refuse it."""
        self._admit = admit
        self.response_class = functools.partial(TimedResponse, wait=current.wait)

    def _admitted(self, opened: socket.socket) -> socket.socket:
        try:
            self.reach = self._admit(opened.getpeername()[0])
        except BaseException:
            opened.close()
            raise
        return opened


class _Plain(_Guarded, HTTPConnection):
    def __init__(self, *args: Any, guard: tuple[Any, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.guard(*guard)

    def _new_conn(self) -> socket.socket:
        return self._admitted(super()._new_conn())


class _Secure(_Guarded, HTTPSConnection):
    def __init__(self, *args: Any, guard: tuple[Any, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.guard(*guard)

    def _new_conn(self) -> socket.socket:
        return self._admitted(super()._new_conn())


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _noted(super()._get_conn(timeout), self.conn_kw["guard"][0])


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _noted(super()._get_conn(timeout), self.conn_kw["guard"][0])


def _noted(connection: Any, current: _Current) -> Any:
    current.connection = connection
    return connection


class Transport:
    """Connections that are kept between requests; several threads may send at once.

    Neither proxies nor credentials are read from the environment, unless ``network`` names what to
    read. ``admit`` says how far an address reaches, or raises: no byte is sent to one that it
    refuses.
    """

    def __init__(
        self,
        limits: FetchLimits,
        admit: Callable[[str], int] | None = None,
        network: Network | None = None,
    ) -> None:
        self._limits = limits
        self._admit = admit
        self.network = network or Network()
        self._contexts = Contexts(self.network)
        self._current = _Current()
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str, int, int], urllib3.HTTPConnectionPool] = {}

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
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
        pool, proxy = self._pool(url, least)
        opening = {} if proxy is None or url.scheme == "https" else proxy.headers
        self._current.bounds = (self._limits.read, bounds.deadline, where)
        try:
            response = pool.urlopen(
                sent.method,
                url.target if proxy is None or url.scheme == "https" else str(url),
                body=sent.body,
                headers={**_HEADERS, **opening, **sent.headers},
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
        far = PUBLIC if proxy is not None else self._current.connection.reach
        headers: dict[str, str] = {}
        for name, value in fields:  # RFC 9110 §5.3: a list may come in several fields
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Response(url, response.status, headers, content, far, fields)

    def _pool(self, url: Url, least: int) -> tuple[urllib3.HTTPConnectionPool, Through | None]:
        proxy = through(url, self.network)
        key = (*url.origin, least)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._made(url, least, proxy)
            return self._pools[key], proxy

    def _made(self, url: Url, least: int, proxy: Through | None) -> urllib3.HTTPConnectionPool:
        options: dict[str, Any] = {
            "maxsize": self._limits.connections,
            "guard": (self._current, functools.partial(self._admitted, least)),
        }
        if self._admit is None:
            _admit_literal(url, least)
        if proxy is not None:
            # The proxy alone sees the address behind a name.
            options["guard"] = (self._current, lambda _: PUBLIC)
        if url.scheme == "https":
            context = self._contexts.of(self.network.host(url.host, url.port))
            if proxy is not None:
                options |= {
                    "_proxy": urllib3.util.parse_url(f"http://{proxy.host}:{proxy.port}"),
                    "_proxy_headers": proxy.headers,
                }
            return _SecurePool(url.host, url.port, ssl_context=context, **options)
        if proxy is not None:
            return _PlainPool(proxy.host, proxy.port, **options)
        return _PlainPool(url.host, url.port, **options)

    def _admitted(self, least: int, address: str) -> int:
        far = self._admit(address) if self._admit else reach(address)
        return _far_enough(far, least, address)


def _far_enough(far: int, least: int, address: str) -> int:
    if far < least:
        message = f"a public server sends its clients to the private address {address}"
        raise FetchError("REDIRECT_REFUSED", message)
    return far


def _admit_literal(url: Url, least: int) -> None:
    """Refuse an address that stands in the URL itself before anybody is asked to connect to it."""
    try:
        address = str(ipaddress.ip_address(url.host.strip("[]")))
    except ValueError:
        return
    _far_enough(reach(address), least, address)


def _body(response: BaseHTTPResponse, bounds: Bounds, where: str) -> bytes:
    """Read a whole body of at most ``limit`` bytes; one more byte tells that there are more."""
    limit, too_large, into = bounds.limit, bounds.too_large, None
    headers = {name.lower(): value for name, value in response.headers.items()}
    if bounds.into is not None and bounds.into.begin(response.status, headers):
        into, limit = bounds.into, bounds.into.room
    elif response.status != _OK and not bounds.any_status:
        # What explains an error is never used; it has no say over the limits of the content.
        limit, too_large = _EXPLANATION, "REGISTRY_FAILED"
    encoding = headers.get("content-encoding", "identity")
    if (into or response.status == _OK or bounds.any_status) and encoding.lower() != "identity":
        message = f"{where}: asked for the content as it is, seen encoding {encoding[:40]!r}"
        raise FetchError("CONTENT_ENCODED", message, where=where)
    announced = headers.get("content-length", "")[:20]
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise _too_large(too_large, where, limit, f"{int(announced):,} announced")
    content = bytearray()
    write = content.extend if into is None else into.write
    count = 0
    while chunk := response.read1(min(_CHUNK, limit + 1 - count)):
        count += len(chunk)
        if count > limit:
            raise _too_large(too_large, where, limit, "more")
        write(chunk)
    return bytes(content)


def _too_large(code: str, where: str, limit: int, seen: str) -> FetchError:
    message = f"{where}: expected a body of at most {limit:,} bytes, seen {seen}"
    return FetchError(code, message, where=where)


def _failure(error: Exception, where: str) -> FetchError:
    """Name a failure of the transport by its code."""
    causes = (error, *error.args)
    code, text = "REGISTRY_UNREACHABLE", f"{type(error).__name__}: {error}"
    if isinstance(error, HTTPTimeoutError) and not isinstance(error, NewConnectionError):
        code, text = "FETCH_TIMEOUT", "no answer in time"
    elif any(isinstance(each, http.client.IncompleteRead) for each in causes):
        code, text = "BODY_TRUNCATED", "the body ended before its announced length"
    elif isinstance(error, ProxyError):
        code = "PROXY_FAILED"
    elif isinstance(error, SSLError) and not any(isinstance(e, ssl.SSLEOFError) for e in causes):
        untrusted = any(isinstance(each, ssl.CertificateError) for each in causes)
        code, text = "REGISTRY_UNTRUSTED" if untrusted else "TLS_FAILED", f"TLS: {error}"
    return FetchError(code, f"{where}: {text}"[:500], where=where)
