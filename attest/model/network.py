"""How servers may be reached: what a plan says beside the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from attest.model.frozen import frozen


@frozen
class Host:
    """One server, named as ``host:port``, or as ``host`` for the port of its scheme.

    ``plain_http`` is ``None`` where the default holds: plain HTTP on this machine, HTTPS elsewhere.
    ``direct`` passes the proxy by. ``username_env`` and ``password_env`` are names of environment
    variables. ``token_realm`` is a further host that may be given the credentials for a token.
    ``certificate`` and ``key`` are paths of PEM files that prove who the client is.
    """

    plain_http: bool | None = None
    direct: bool = False
    username_env: str = ""
    password_env: str = ""
    token_realm: str = ""
    certificate: str = ""
    key: str = ""


@frozen
class Proxy:
    """An HTTP proxy: its URL, or the environment variable that holds it."""

    url: str = ""
    url_env: str = ""


@frozen
class Network:
    """What every connection of a run has in common.

    ``authorities`` are certificates in PEM that are believed besides the system's.
    """

    authorities: bytes = field(default=b"", repr=False)
    proxy: Proxy | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)

    def host(self, name: str, port: int | None = None) -> Host:
        """Return what is said of a server; another port is another server."""
        lower = name.lower()
        usual = self.hosts.get(lower) if port in _USUAL_PORTS else None
        return self.hosts.get(f"{lower}:{port}") or usual or _UNSAID


_USUAL_PORTS = frozenset({None, 80, 443})
_UNSAID = Host()
