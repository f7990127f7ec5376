"""Where a request may go: decided on the text of a URL, and again on the address behind it."""

from __future__ import annotations

import ipaddress
import re
from typing import Self
from urllib.parse import urljoin, urlsplit

from attest.errors import FetchError
from attest.model.frozen import frozen

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_TARGET = re.compile(r"/[!-~]*")
_MAX_LENGTH = 8_192
_MAX_PORT = 65_535
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
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
    def parse(cls, text: str) -> Self:
        """Parse ``text``; raise ``ValueError`` with the reason when a request must not go there.

        Plain HTTP is for this machine alone.
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
            raise ValueError(f"{text[:100]!r} is no address of a host and a path")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise ValueError(f"plain HTTP to {host}")
        query = f"?{parts.query}" if parts.query else ""
        if query and not _TARGET.fullmatch(f"/{query}"):
            raise ValueError("the query holds a character that must be escaped")
        number = int(port) if port else _PORTS[parts.scheme]
        if not 0 < number <= _MAX_PORT:
            raise ValueError(f"{number} is no port")
        return cls(parts.scheme, host, number, (parts.path or "/") + query)

    @classmethod
    def of_host(cls, netloc: str, target: str) -> Self:
        """Return the URL of ``target`` at a registry: HTTPS, except on this machine."""
        host = netloc.rpartition(":")[0] if _has_port(netloc) else netloc
        return cls.parse(f"{'http' if host in _LOOPBACK else 'https'}://{netloc}{target}")

    def join(self, location: str) -> Url:
        """Resolve a Location or Link relative to this; ``ValueError`` as in `parse`."""
        return Url.parse(urljoin(str(self), location))

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host.lower(), self.port

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.target}"


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


def _has_port(netloc: str) -> bool:
    return re.search(r":[0-9]{1,5}\Z", netloc) is not None and not netloc.endswith("]")
