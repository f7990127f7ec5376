"""HTTP requests that policies make by grant: one request, one answer, no second chance.

HTTPS with the system's roots (plain HTTP on this machine, where a grant says so), no redirects, no
retries, no credentials, no proxies. A host that is given by name must have a public address: a name
must not become a way into the network that the gate runs in. One given as an address is meant.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict

from attest.errors import EngineError, FetchError
from attest.fetch.limits import FetchLimits
from attest.fetch.urls import Url, reach
from attest.model.capability import HttpAnswer, HttpRequest

MAX_BODY = 8 << 20
"""Bytes of an answer's body."""
_MAX_FIELDS = 64 << 10
"""Bytes of an answer's header."""
_PUBLIC = 2
_LEFT_OUT = frozenset({"set-cookie", "set-cookie2"})


class HttpCalls:
    """Sends the requests of policies (`attest.model.capability.Send`); for several threads."""

    def __init__(self, *, offline: bool, limit: int = MAX_BODY) -> None:
        self._offline = offline
        self._limit = limit

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return the server's answer, whatever its status.

        Raises ``EngineError`` HTTP_OFFLINE, HTTP_FORBIDDEN for an address that no name may lead to,
        HTTP_TOO_LARGE, HTTP_FAILED.
        """
        what = f"{request.method} {request.url}"
        if self._offline:
            raise EngineError("HTTP_OFFLINE", f"{what} needs the network")
        try:
            return self._send(request, seconds)
        except FetchError as error:
            code = "HTTP_TOO_LARGE" if error.code == "INPUT_TOO_LARGE" else "HTTP_FAILED"
            raise EngineError(code, f"{request.method} {error.message}") from None

    def _send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        # urllib3 opens a socket when it is imported, to try IPv6.
        from attest.fetch.transport import Bounds, Deadline, Outgoing, Transport

        url = _url(request)
        limits = FetchLimits(connect=seconds, read=seconds, deadline=seconds)
        body = request.body if request.body or request.method in {"POST", "PUT", "PATCH"} else None
        sent = Outgoing(dict(request.headers), request.method, body)
        bounds = Bounds(self._limit, "INPUT_TOO_LARGE", Deadline(seconds), any_status=True)
        # A connection of its own: threads share none, and nothing of one policy reaches another.
        transport = Transport(limits, lambda address: _admit(request, address))
        try:
            answer = transport.send(url, sent, bounds)
        finally:
            transport.close()
        return HttpAnswer(answer.status, _fields(request, answer.fields), answer.content)


def _url(request: HttpRequest) -> Url:
    try:
        url = Url.parse(request.url)
    except ValueError as error:
        raise EngineError("HTTP_FORBIDDEN", f"{request.method} {request.url}: {error}") from None
    if (url.scheme, url.host, url.port, url.target) != (
        *(request.scheme, request.host, request.port, request.target),
    ):
        raise EngineError("HTTP_FORBIDDEN", f"{request.url} can be read in two ways")
    return url


def _admit(request: HttpRequest, address: str) -> int:
    """Return how far the address reaches; refuse one that the request's host does not stand for."""
    host = request.host.strip("[]")
    meant = ipaddress.ip_address(address.partition("%")[0])
    try:
        if ipaddress.ip_address(host) == meant:
            return 0
    except ValueError:
        pass
    try:
        far = reach(address)
    except FetchError:
        far = -1
    if host == "localhost" and far == 0:
        return far
    if far < _PUBLIC or host == "localhost":
        why = (
            f"{request.host} has the address {meant}, which is not public; "
            "grant the address itself if it is meant"
        )
        raise EngineError("HTTP_FORBIDDEN", why)
    return far


def _fields(
    request: HttpRequest, fields: tuple[tuple[str, str], ...]
) -> dict[str, tuple[str, ...]]:
    if sum(len(name) + len(value) for name, value in fields) > _MAX_FIELDS:
        why = f"{request.method} {request.url}: more than {_MAX_FIELDS:,} bytes of header"
        raise EngineError("HTTP_TOO_LARGE", why)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in fields:
        if name not in _LEFT_OUT:
            found[name].append(value)
    return {name: tuple(values) for name, values in sorted(found.items())}
