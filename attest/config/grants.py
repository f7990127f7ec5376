"""``grant:`` of a policy -> what it may ask of the outside world."""

from __future__ import annotations

import re

from attest.config.context import Loading
from attest.config.nodes import Node, Table, boolean, choice, items, line, refusal
from attest.model.capability import Capabilities, HttpGrant

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_HOST = re.compile(
    r"([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?",
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PLAIN = "http://"
_PORTS = {"": "443", _PLAIN: "80"}
_MAX_PORT = 65_535


def grants(node: Node | None, loading: Loading) -> Capabilities:
    """Read ``grant:``; what is not named is denied."""
    if node is None:
        return Capabilities()
    http = Table(node, "grant").get("http")
    found: dict[tuple[str, bool], HttpGrant] = {}
    for item in items(http) if http is not None else ():
        grant = _http(Table(item, "http_grant"), loading)
        if (grant.host, grant.plain) in found:
            raise refusal(item, "CONFIG_VALUE", f"{grant.host!r} is granted twice")
        found[grant.host, grant.plain] = grant
    return Capabilities(tuple(found.values()))


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


def _http(table: Table, loading: Loading) -> HttpGrant:
    node, methods, may_fail = table.need("host"), table.get("methods"), table.get("may_fail")
    try:
        host, plain = host_of(line(node, most=256))
    except ValueError as error:
        raise refusal(node, "CONFIG_VALUE", str(error)) from None
    if plain:
        loading.weaken(node, "plain HTTP", f"{host} answers a policy without TLS")
    softened = may_fail is not None and boolean(may_fail)
    if may_fail is not None and softened:
        loading.weaken(may_fail, "may_fail", f"the policy decides what a failure of {host} means")
    words = (choice(one, METHODS) for one in items(methods)) if methods is not None else ("GET",)
    return HttpGrant(host, tuple(dict.fromkeys(words)), softened, plain)
