"""What a policy may ask of the outside world, and what it asked: deny by default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field

from attest.model.frozen import frozen

_HOST = re.compile(
    r"([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?",
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PLAIN = "http://"
_PORTS = {"": "443", _PLAIN: "80"}
_MAX_PORT = 65_535


@frozen
class HttpGrant:
    """HTTP to one host, by these methods.

    ``host`` is in lower case, with ``:port`` where that is not the scheme's own. ``may_fail`` lets
    the policy see a failure or a status that is not 2xx. ``plain`` is HTTP without TLS, for this
    machine alone.
    """

    host: str
    methods: tuple[str, ...] = ("GET",)
    may_fail: bool = False
    plain: bool = False

    def __str__(self) -> str:
        scheme = "http://" if self.plain else ""
        return f"http {','.join(self.methods)} {scheme}{self.host}" + (
            " (may fail)" if self.may_fail else ""
        )


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those that may be granted."""
DISCOVER = "chainloop_discover"
"""What the gate verified about a digest, in the shape of Chainloop's discovery."""
FUNCTIONS = (DISCOVER,)
"""Host functions besides HTTP, by the names that a grant uses."""


@frozen
class Capabilities:
    """What is declared by a policy, or granted by a plan; ``functions`` are of `FUNCTIONS`."""

    http: tuple[HttpGrant, ...] = ()
    functions: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """Return them as the report lists them."""
        return (*map(str, self.http), *(f"function {name}" for name in self.functions))


@frozen
class HttpRequest:
    """One request of a policy, its URL in parts so that nobody has to parse it again.

    ``host`` is in lower case and keeps the brackets of IPv6; ``target`` is path and query.
    """

    method: str
    scheme: str
    host: str
    port: int
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    @property
    def url(self) -> str:
        """The URL with its port."""
        return f"{self.scheme}://{self.host}:{self.port}{self.target}"


@frozen
class HttpAnswer:
    """A server's answer, whatever its status; header names in lower case."""

    status: int
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = field(repr=False)


Send = Callable[[HttpRequest, float], HttpAnswer]
"""Sends one request within so many seconds; raises ``EngineError`` HTTP_…."""


def host_of(text: str) -> tuple[str, bool]:
    """Return a host as grants have it, and whether it is reached without TLS.

    Raises ``ValueError`` for what is no host, or plain HTTP to another machine.
    """
    scheme = _PLAIN if text.startswith(_PLAIN) else ""
    written = text.removeprefix(scheme).lower()
    found = _HOST.fullmatch(written)
    if found is None:
        raise ValueError(f"{text!r} is not one host, such as www.cisa.gov or api.osv.dev:8443")
    host, port = found.groups()
    if port is not None and int(port) > _MAX_PORT:
        raise ValueError(f"{port} is no port")
    if scheme and host not in _LOOPBACK:
        raise ValueError(f"{text!r} would be asked without TLS; only this machine may be")
    return host if port in {None, _PORTS[scheme]} else written, bool(scheme)
