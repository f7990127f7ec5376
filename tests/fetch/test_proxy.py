"""Proxies: by the plan alone; what they are asked, and what never goes through them."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.errors import FetchError
from attest.fetch import FetchLimits
from attest.fetch.exchange import Deadline
from attest.fetch.proxy import parse, through
from attest.fetch.transport import Transport
from attest.fetch.urls import PUBLIC, Url, plain
from attest.model.network import Host, Network, Proxy
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.server import Server, serving
from tests.fetch.tls import Authority

SECRET = base64.b64encode(b"me:hunter2").decode()


class _Proxy(socketserver.ThreadingTCPServer):
    """Takes every host for this machine, so that names need no resolver."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.seen: list[tuple[str, str | None]] = []
        self.refuse = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Asked(socketserver.StreamRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        head = self.rfile.readline().decode()
        fields: dict[str, str] = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        method, target, _ = head.split()
        self.server.seen.append((f"{method} {target}", fields.get("proxy-authorization")))
        if self.server.refuse:
            self.wfile.write(b"HTTP/1.1 407 Log in\r\nContent-Length: 0\r\n\r\n")
            return
        place = target if method == "CONNECT" else target.split("/")[2]
        with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))) as onward:
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                request = f"GET {path} HTTP/1.1\r\nHost: {fields['host']}\r\nConnection: close\r\n"
                onward.sendall(f"{request}\r\n".encode())
            self._carry(onward)

    def _carry(self, onward: socket.socket) -> None:
        while True:
            for ready in select.select([onward, self.connection], [], [])[0]:
                try:
                    data = ready.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                (self.connection if ready is onward else onward).sendall(data)


@pytest.fixture
def proxy() -> Iterator[_Proxy]:
    with _Proxy() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def get(network: Network, text: str, limits: FetchLimits = FAST, **options: Any) -> bytes:
    transport = Transport(limits, network=network)
    url = Url.parse(text, plain(network))
    try:
        answer = transport.get(
            url, {}, limit=99, too_large="BLOB_TOO_LARGE", deadline=Deadline(5), **options
        )
    finally:
        transport.close()
    assert network.proxy is None or answer.reach == PUBLIC or "127.0.0.1" in text
    return answer.content


def test_https_goes_through_a_tunnel(proxy: _Proxy, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(authority.server()) as server:
        server.serve("/x", REGO)
        network = Network(authority.pem, Proxy(proxy.url))
        right = f"https://registry.test:{server.server_port}/x"
        assert get(network, right) == REGO
        assert proxy.seen == [(f"CONNECT registry.test:{server.server_port}", None)]
        server.seen.clear()
        wrong = f"https://other.test:{server.server_port}/x"
        with pytest.raises(FetchError) as refused:
            get(network, wrong)
        # The certificate is compared with the name that was asked for, behind the proxy too.
        assert_code(refused, "REGISTRY_UNTRUSTED", 5)
        assert server.seen == []
        with pytest.raises(FetchError) as refused:
            get(Network(b"", Proxy(proxy.url)), right)
        assert_code(refused, "REGISTRY_UNTRUSTED", 5)


def test_plain_http_is_asked_of_the_proxy(proxy: _Proxy, server: Server) -> None:
    server.serve("/x", REGO)
    name = f"registry.test:{server.server_port}"
    network = Network(proxy=Proxy(proxy.url), hosts={name: Host(plain_http=True)})
    assert get(network, f"http://{name}/x") == REGO
    assert proxy.seen == [(f"GET http://{name}/x", None)]


def test_this_machine_and_direct_hosts_pass_it_by(proxy: _Proxy, server: Server) -> None:
    server.serve("/x", REGO)
    network = Network(proxy=Proxy(proxy.url), hosts={"d.test": Host(direct=True)})
    assert get(network, f"http://{server.netloc}/x") == REGO
    assert proxy.seen == []
    assert through(Url.parse("https://d.test/"), network) is None
    assert through(Url.parse("https://d.test:444/"), network) is not None


def test_a_login_for_the_proxy_goes_to_it_alone(
    proxy: _Proxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.serve("/x", REGO)
    monkeypatch.setenv("COMPANY_PROXY", proxy.url.replace("//", "//me:hunter2@"))
    name = f"registry.test:{server.server_port}"
    said = Network(proxy=Proxy(url_env="COMPANY_PROXY"), hosts={name: Host(plain_http=True)})
    assert get(said, f"http://{name}/x") == REGO
    assert proxy.seen == [(f"GET http://{name}/x", f"Basic {SECRET}")]
    proxy.refuse = True
    with pytest.raises(FetchError) as refused:
        get(said, f"https://registry.test:{server.server_port}/x")
    assert_code(refused, "PROXY_FAILED", 5)
    assert "hunter2" not in refused.value.message
    assert SECRET not in refused.value.message


def test_proxies_of_the_environment_are_ignored(
    proxy: _Proxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    server.serve("/x", REGO)
    assert get(Network(), f"http://{server.netloc}/x") == REGO
    assert proxy.seen == []


def test_a_proxy_that_is_not_there(proxy: _Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(FetchError) as refused:
        get(Network(proxy=Proxy(f"http://127.0.0.1:{port}")), "https://registry.test/x")
    assert_code(refused, "PROXY_FAILED", 5)
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(FetchError) as refused:
        get(Network(proxy=Proxy(url_env="NO_SUCH")), "https://registry.test/x")
    assert_code(refused, "ENVIRONMENT_MISSING", 2)


@pytest.mark.parametrize(
    "text",
    [
        *("", "proxy:3128", "socks5://p:1", "https://p:1", "http://", "http://p:x"),
        *("http://p/path", "http://p?q", "http://u:secret@p:99999"),
    ],
)
def test_what_is_no_proxy(text: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse(text)
    assert_code(refused, "NETWORK_UNUSABLE", 2)
    assert "secret" not in refused.value.message


def test_addresses_in_a_url_are_looked_at_behind_a_proxy_too(proxy: _Proxy) -> None:
    network = Network(proxy=Proxy(proxy.url))
    for text, least in (
        ("https://169.254.169.254/latest", 0),
        ("https://[fd00:ec2::254]/latest", 0),
        ("https://10.0.0.1/x", PUBLIC),
    ):
        with pytest.raises(FetchError) as refused:
            get(network, text, least=least)
        assert_code(refused, "REDIRECT_REFUSED", 5)
    assert proxy.seen == []
