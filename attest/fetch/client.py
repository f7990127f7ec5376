"""GET with retries and redirects, as far as they are safe."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from attest.errors import FetchError
from attest.fetch.exchange import Bounds, Deadline, Outgoing, Response
from attest.fetch.limits import FetchLimits
from attest.fetch.sink import Sink
from attest.fetch.transport import Transport
from attest.fetch.urls import Url, plain
from attest.model.frozen import frozen

_RETRIED = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED_CODES = frozenset({"REGISTRY_UNREACHABLE", "BODY_TRUNCATED"})
_PROGRESS = 1 << 20
"""Bytes after which a connection that breaks once more is no repeated failure."""


@frozen
class _Ask:
    """What is asked for, wherever a redirect leads."""

    limit: int
    too_large: str
    into: Sink | None
    deadline: Deadline


class Client:
    """Requests of one call, which share one ``deadline``; without one it begins now."""

    def __init__(
        self, transport: Transport, limits: FetchLimits, deadline: Deadline | None = None
    ) -> None:
        self._transport = transport
        self._limits = limits
        self.network = transport.network
        self._plain = plain(self.network)
        self.deadline = deadline or Deadline(limits.deadline)

    def get(
        self,
        url: Url,
        headers: Mapping[str, str],
        *,
        limit: int,
        too_large: str = "REGISTRY_FAILED",
        redirects: bool = True,
        least: int = 0,
        into: Sink | None = None,
        deadline: Deadline | None = None,
    ) -> Response:
        """Return the answer to a GET, whatever its status, redirects followed.

        An ``Authorization`` header goes to ``url`` alone: no redirect carries it on, whoever it
        leads to. A redirect must not leave HTTPS, nor lead to an address that is less public than
        the one it comes from. What ``into`` has when a connection breaks is not asked for again.
        """
        ask = _Ask(limit, too_large, into, deadline or self.deadline)
        response = self._attempts(url, headers, ask, least)
        open_headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        hops = 0
        while response.status in _REDIRECTS:
            if not redirects or hops == self._limits.redirects:
                raise _refused(url, f"more than {hops} redirects")
            hops += 1
            target = self._target(response)
            response = self._attempts(target, open_headers, ask, max(least, response.reach))
        return response

    def _attempts(self, url: Url, headers: Mapping[str, str], ask: _Ask, least: int) -> Response:
        attempt = 0
        while True:
            attempt += 1
            asked: float | None = None
            before = ask.into.received if ask.into else 0
            try:
                response = self._once(url, headers, ask, least)
            except FetchError as error:
                if ask.into and ask.into.received - before >= _PROGRESS:
                    attempt = 1
                if error.code not in _RETRIED_CODES or attempt >= self._limits.attempts:
                    raise
            else:
                if response.status not in _RETRIED or attempt >= self._limits.attempts:
                    return response
                asked = asked_wait(response.headers)
            self._wait(url, attempt, asked, ask.deadline)

    def _once(self, url: Url, headers: Mapping[str, str], ask: _Ask, least: int) -> Response:
        rest = {} if ask.into is None else ask.into.headers
        bounds = Bounds(ask.limit, ask.too_large, ask.deadline, into=ask.into)
        return self._transport.send(url, Outgoing({**headers, **rest}), bounds, least=least)

    def _target(self, response: Response) -> Url:
        location = response.headers.get("location", "")
        try:
            target = response.url.join(location, self._plain)
        except ValueError as error:
            raise _refused(response.url, str(error)) from None
        if target.scheme not in {response.url.scheme, "https"}:
            raise _refused(response.url, f"from {response.url.scheme} to {target.scheme}")
        return target

    def _wait(self, url: Url, attempt: int, asked: float | None, deadline: Deadline) -> None:
        seconds = self._limits.backoff * 2 ** (attempt - 1) if asked is None else asked
        import random

        # Clients that failed together should not come back together.
        seconds *= 1 + random.random() / 4  # noqa: S311  # no secret
        left = deadline.remaining(url.host)
        time.sleep(min(seconds, self._limits.retry_wait, left))


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, "Retry-After"), if it does.

    A date counts from the server's own, so that its clock need not agree with ours.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:6])
    try:
        later, now = (parsedate_to_datetime(text) for text in (asked, headers.get("date", "")))
        return max((later - now).total_seconds(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def _refused(url: Url, why: str) -> FetchError:
    where = f"{url.scheme}://{url.host}:{url.port}"
    return FetchError("REDIRECT_REFUSED", f"{where}: redirect refused: {why}", where=where)
