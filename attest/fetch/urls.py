"""Where a request may go: decided on the text of a URL, and again on the address behind it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container
from typing import Self
from urllib.parse import urljoin, urlsplit

from attest.errors import FetchError
from attest.model.frozen import frozen
from attest.model.network import Network

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_TARGET = re.compile(r"/[!-~]*")
_MAX_LENGTH = 8_192
_MAX_PORT = 65_535
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
PUBLIC = 2
"""The reach of an address that everybody has the same way to."""

_PORTS = {"https": 443, "http": 80}

_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "fd00:ec2::254", "168.63.129.16")
)
"""Metadata services of clouds that are not link-local, as the others are."""


@frozen
class Url:
    """An absolute URL without credentials or fragment. ``host`` keeps the brackets of IPv6."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str, plain: Container[str] = ()) -> Self:
        """Parse ``text``; raise ``ValueError`` with the reason when a request must not go there.

        Plain HTTP is for this machine, and for the ``HOST:PORT`` in ``plain``, alone.
        """
        if len(text) > _MAX_LENGTH:
            raise ValueError(f"longer than {_MAX_LENGTH:,} characters")
        parts = urlsplit(text)
        if parts.scheme not in _PORTS:
            raise ValueError(f"expected https, seen {parts.scheme[:20]!r}")
        host, _, port = (
            parts.netloc.rpartition(":") if _has_port(parts.netloc) else (parts.netloc, "", "")
        )
        if not _HOST.fullmatch(host) or not _TARGET.fullmatch(parts.path or "/"):
            raise ValueError(
                f"{_shown(parts.netloc)!r} is no host with a path that can be asked for"
            )
        query = f"?{parts.query}" if parts.query else ""
        if query and not _TARGET.fullmatch(f"/{query}"):
            raise ValueError("the query holds a character that must be escaped")
        number = int(port) if port else _PORTS[parts.scheme]
        if not 0 < number <= _MAX_PORT:
            raise ValueError(f"{number} is no port")
        unprotected = parts.scheme == "http" and host not in LOOPBACK
        if unprotected and f"{host.lower()}:{number}" not in plain:
            raise ValueError(f"plain HTTP to {host}")
        return cls(parts.scheme, host, number, (parts.path or "/") + query)

    @classmethod
    def of_host(cls, netloc: str, target: str, network: Network | None = None) -> Self:
        """Return the URL of ``target`` at a registry: HTTPS, except on this machine.

        ``network`` may say that a host speaks plain HTTP, or that one on this machine does not.
        """
        host, _, port = netloc.rpartition(":") if _has_port(netloc) else (netloc, "", "")
        said = network and network.host(host, int(port) if port else None).plain_http
        scheme = "http" if (host in LOOPBACK if said is None else said) else "https"
        return cls.parse(f"{scheme}://{netloc}{target}", plain(network))

    def join(self, location: str, plain: Container[str] = ()) -> Url:
        """Resolve a Location or Link relative to this; ``ValueError`` as in `parse`."""
        return Url.parse(urljoin(str(self), location), plain)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host.lower(), self.port

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.target}"


def plain(network: Network | None) -> frozenset[str]:
    """Return the ``HOST:PORT`` that the plan lets be asked over plain HTTP."""
    said = {} if network is None else network.hosts
    return frozenset(
        name if _has_port(name) else f"{name}:{_PORTS['http']}"
        for name, host in said.items()
        if host.plain_http
    )


def reach(address: str) -> int:
    """Tell how far an IP address reaches: 0 this machine, 1 a private network, 2 everywhere.

    Refuses link-local, metadata, multicast and unspecified addresses: no registry lives there.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA:
        raise FetchError("REDIRECT_REFUSED", f"no request goes to the address {ip}")
    if ip.is_loopback:
        return 0
    return 2 if ip.is_global else 1


def _shown(netloc: str) -> str:
    """Leave out what may be a password."""
    return netloc.rpartition("@")[2][:100]


def _has_port(netloc: str) -> bool:
    return re.search(r":[0-9]{1,5}\Z", netloc) is not None and not netloc.endswith("]")
