"""``network:`` -> how servers may be reached."""

from __future__ import annotations

import os
import re

from attest.config.context import Loading, read
from attest.config.nodes import Mapping, Node, Scalar, Table, boolean, line, mapping, refusal
from attest.fetch.urls import LOOPBACK
from attest.model.network import Host, Network, Proxy

_MAX_PEM = 1 << 20
_MAX_HOSTS = 100
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PROXY = re.compile(r"http://[A-Za-z0-9.-]+(?::[1-9][0-9]{0,4})?/?")


def network(node: Node | None, loading: Loading) -> Network:
    """Read ``network:``; without it HTTPS, the system's authorities, no proxy, no variables."""
    if node is None:
        return Network()
    table = Table(node, "network")
    authority, proxy, hosts = (table.get(key) for key in ("ca", "proxy", "hosts"))
    return Network(
        b"" if authority is None else _authorities(authority, loading),
        None if proxy is None else _proxy(proxy),
        {} if hosts is None else _hosts(mapping(hosts), loading),
    )


def _authorities(node: Node, loading: Loading) -> bytes:
    path, content = loading.pinned(Table(node, "file"), most=_MAX_PEM)
    if b"-----BEGIN CERTIFICATE-----" not in content or not content.isascii():
        raise refusal(node, "CONFIG_VALUE", f"{path} holds no certificate in PEM")
    return content


def _proxy(node: Node) -> Proxy:
    table = Table(node, "proxy")
    if table.one_of("url", "url_env") == "url_env":
        return Proxy(url_env=variable(table.need("url_env")))
    url = table.need("url")
    if not _PROXY.fullmatch(line(url)):
        problem = "a proxy is http://HOST:PORT; a password belongs into a variable, `url_env`"
        raise refusal(url, "CONFIG_VALUE", problem)
    return Proxy(line(url))


def _hosts(node: Mapping, loading: Loading) -> dict[str, Host]:
    if len(node.entries) > _MAX_HOSTS:
        raise refusal(node, "CONFIG_TOO_LARGE", f"more than {_MAX_HOSTS} hosts")
    return {
        _name(node.keys[name]): _host(name, value, loading) for name, value in node.entries.items()
    }


def _name(key: Scalar) -> str:
    if not _HOST.fullmatch(key.value):
        problem = f"expected HOST or HOST:PORT in lower case, found {key.value[:100]!r}"
        raise refusal(key, "CONFIG_VALUE", problem)
    return key.value


def _host(name: str, node: Node, loading: Loading) -> Host:
    table = Table(node, "host")
    plain, direct, realm, client = (
        table.get(key) for key in ("plain_http", "direct", "token_realm", "client_certificate")
    )
    here = re.sub(r":[0-9]+\Z", "", name) in LOOPBACK
    unprotected = None if plain is None else boolean(plain)
    if plain is not None and unprotected and not here:
        loading.weaken(plain, "plain_http", f"whoever is between can answer for {name}")
    username, password = _login(table)
    certificate, key = ("", "") if client is None else _client(client, loading)
    return Host(
        plain_http=unprotected,
        direct=direct is not None and boolean(direct),
        username_env=username,
        password_env=password,
        token_realm="" if realm is None else _realm(realm),
        certificate=certificate,
        key=key,
    )


def _login(table: Table) -> tuple[str, str]:
    if table.get("username_env") is None and table.get("password_env") is None:
        return "", ""
    return variable(table.need("username_env")), variable(table.need("password_env"))


def _realm(node: Node) -> str:
    if not _HOST.fullmatch(line(node)):
        raise refusal(node, "CONFIG_VALUE", "expected HOST or HOST:PORT in lower case")
    return line(node)


def _client(node: Node, loading: Loading) -> tuple[str, str]:
    """Return two paths: OpenSSL reads the files itself, and no digest covers a key."""
    table = Table(node, "client_certificate")
    found = []
    for part in (table.need("path"), table.need("key")):
        path = os.path.join(loading.base, line(part))  # noqa: PTH118  # text, as the plan writes it
        try:
            read(path, most=_MAX_PEM)
        except (OSError, ValueError) as error:
            problem = f"{line(part)}: {getattr(error, 'strerror', None) or error}"
            raise refusal(part, "CONFIG_NOT_FOUND", problem) from None
        found.append(path)
    return found[0], found[1]


def variable(node: Node) -> str:
    """Read the name of an environment variable."""
    name = line(node)
    if not _VARIABLE.fullmatch(name):
        problem = "expected the name of an environment variable, never its value"
        raise refusal(node, "CONFIG_VALUE", problem)
    return name
