"""GET with retries and redirects, as far as they are safe."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from attest.errors import FetchError
from attest.fetch.limits import FetchLimits
from attest.fetch.transport import Deadline, Response, Transport
from attest.fetch.urls import Url

_RETRIED = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED_CODES = frozenset({"REGISTRY_UNREACHABLE", "BODY_TRUNCATED"})


class Client:
    """Requests of one call, which share one ``deadline``; without one it begins now."""

    def __init__(
        self, transport: Transport, limits: FetchLimits, deadline: Deadline | None = None
    ) -> None:
        self._transport = transport
        self._limits = limits
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
    ) -> Response:
        """Return the answer to a GET, whatever its status, redirects followed.

        An ``Authorization`` header goes to ``url`` alone: no redirect carries it on, whoever it
        leads to. A redirect must not leave HTTPS, nor lead to an address that is less public than
        the one it comes from.
        """
        response = self._attempts(url, headers, limit, too_large, least)
        open_headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        hops = 0
        while response.status in _REDIRECTS:
            if not redirects or hops == self._limits.redirects:
                raise _refused(url, f"more than {hops} redirects")
            hops += 1
            target = _target(response)
            response = self._attempts(
                target, open_headers, limit, too_large, max(least, response.reach)
            )
        return response

    def _attempts(
        self, url: Url, headers: Mapping[str, str], limit: int, too_large: str, least: int
    ) -> Response:
        for attempt in range(1, self._limits.attempts):
            asked: float | None = None
            try:
                response = self._once(url, headers, limit, too_large, least)
            except FetchError as error:
                if error.code not in _RETRIED_CODES:
                    raise
            else:
                if response.status not in _RETRIED:
                    return response
                asked = asked_wait(response.headers)
            self._wait(url, attempt, asked)
        return self._once(url, headers, limit, too_large, least)

    def _once(
        self, url: Url, headers: Mapping[str, str], limit: int, too_large: str, least: int
    ) -> Response:
        return self._transport.get(
            url, headers, limit=limit, too_large=too_large, deadline=self.deadline, least=least
        )

    def _wait(self, url: Url, attempt: int, asked: float | None) -> None:
        seconds = self._limits.backoff * 2 ** (attempt - 1) if asked is None else asked
        # Clients that failed together should not come back together.
        seconds *= 1 + random.random() / 4  # noqa: S311  # no secret
        left = self.deadline.remaining(url.host)
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


def _target(response: Response) -> Url:
    location = response.headers.get("location", "")
    try:
        target = response.url.join(location)
    except ValueError as error:
        raise _refused(response.url, str(error)) from None
    if target.scheme not in {response.url.scheme, "https"}:
        raise _refused(response.url, f"from {response.url.scheme} to {target.scheme}")
    return target


def _refused(url: Url, why: str) -> FetchError:
    where = f"{url.scheme}://{url.host}:{url.port}"
    return FetchError("REDIRECT_REFUSED", f"{where}: redirect refused: {why}", where=where)
