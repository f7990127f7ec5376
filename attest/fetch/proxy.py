"""The proxy that a request goes through, where the plan names one."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import unquote, urlsplit

from attest.errors import FetchError
from attest.fetch.urls import LOOPBACK, Url
from attest.model.frozen import frozen
from attest.model.network import Network

_DEFAULT_PORT = 3128


@frozen
class Through:
    """A proxy, and the header that opens it."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)


def through(url: Url, network: Network) -> Through | None:
    """Return the proxy for a request; this machine and hosts said to be ``direct`` have none.

    Raises ENVIRONMENT_MISSING, or NETWORK_UNUSABLE for what is no proxy's URL.
    """
    proxy = network.proxy
    if proxy is None or url.host in LOOPBACK or network.host(url.host, url.port).direct:
        return None
    return parse(proxy.url or variable(proxy.url_env))


def parse(text: str) -> Through:
    """Read ``http://[USER:PASSWORD@]HOST[:PORT]``; the refusal of another text does not show it."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORT
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if parts.scheme != "http" or not host or parts.path.strip("/") or parts.query:
        raise FetchError("NETWORK_UNUSABLE", "the proxy is no http://HOST:PORT")
    if parts.username is None:
        return Through(host, port, {})
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    secret = base64.b64encode(pair.encode()).decode()
    return Through(host, port, {"Proxy-Authorization": f"Basic {secret}"})


def variable(name: str) -> str:
    """Return an environment variable that the plan names; ENVIRONMENT_MISSING without it."""
    value = os.environ.get(name, "")
    if not value:
        raise FetchError("ENVIRONMENT_MISSING", f"the environment has no variable {name}")
    return value
