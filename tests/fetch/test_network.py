"""What a plan says about the network: authorities, client certificates, plain HTTP, logins."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.credentials import credentials_for
from attest.fetch.urls import Url, plain
from attest.model.artifact import Reference
from attest.model.network import Host, Network
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.hostile import blob_path
from tests.fetch.server import Handler, Server, serving
from tests.fetch.test_auth import bearer, demand
from tests.fetch.tls import Authority

HTTPS = Host(plain_http=False)
ONCE = FAST._replace(attempts=1, deadline=5.0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(authority: Authority, home: Path) -> Iterator[Server]:
    """A registry over TLS, of an authority that the system does not know."""
    with serving(authority.server()) as running:
        yield running


def fetch(reference: Reference, network: Network, limits: FetchLimits = ONCE) -> None:
    with Fetcher(offline=False, limits=limits, network=network) as fetcher:
        assert REGO in fetcher.policy(reference, attached=False).blobs.values()


def refused_with(reference: Reference, network: Network, code: str, exit_code: int = 5) -> str:
    with pytest.raises(FetchError) as refused:
        fetch(reference, network)
    assert_code(refused, code, exit_code)
    return refused.value.message


def said(server: Server, host: Host, authority: Authority | None = None) -> Network:
    pem = authority.pem if authority is not None else b""
    return Network(authorities=pem, hosts={server.netloc: host})


def test_an_authority_of_the_plan_is_believed(secure: Server, authority: Authority) -> None:
    reference = secure.policy()
    refused_with(reference, said(secure, HTTPS), "REGISTRY_UNTRUSTED")
    fetch(reference, said(secure, HTTPS, authority))


def test_another_authority_is_not(secure: Server, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    refused_with(secure.policy(), said(secure, HTTPS, other), "REGISTRY_UNTRUSTED")
    assert secure.seen == []


def test_authorities_that_are_none(secure: Server) -> None:
    network = Network(b"-----BEGIN CERTIFICATE-----\nx\n", hosts={secure.netloc: HTTPS})
    refused_with(secure.policy(), network, "NETWORK_UNUSABLE", 2)


def test_a_server_that_wants_a_certificate(
    authority: Authority, home: Path, tmp_path: Path
) -> None:
    with serving(authority.server(clients=True)) as server:
        reference = server.policy()
        with pytest.raises(FetchError) as refused:
            fetch(reference, said(server, HTTPS, authority))
        # TLS 1.3: the server may say so only after the client has sent its request.
        assert refused.value.code in {"TLS_FAILED", "REGISTRY_UNREACHABLE"}
        certificate, key = map(str, authority.issue("client"))
        mine = replace(HTTPS, certificate=certificate, key=key)
        fetch(reference, said(server, mine, authority))
        elsewhere = Network(authority.pem, hosts={server.netloc: HTTPS, "other.example": mine})
        with pytest.raises(FetchError):
            fetch(reference, elsewhere)


def test_a_key_with_a_password_asks_nobody(secure: Server, authority: Authority) -> None:
    certificate, key = map(str, authority.issue("locked", b"secret"))
    mine = replace(HTTPS, certificate=certificate, key=key)
    refused_with(secure.policy(), said(secure, mine, authority), "NETWORK_UNUSABLE", 2)


def test_keys_of_sessions_are_written_nowhere(
    secure: Server, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "sessions"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    fetch(secure.policy(), said(secure, HTTPS, authority))
    assert not log.exists()


def test_tls_cut_short_is_a_broken_connection(secure: Server, authority: Authority) -> None:
    def cut(handler: Handler) -> None:
        handler.start(200, Content_Length=str(len(REGO)))
        handler.wfile.write(REGO[:3])
        handler.wfile.flush()
        # Without the close_notify that would end a TLS connection in order.
        socket.socket.shutdown(handler.connection, socket.SHUT_RDWR)
        handler.close_connection = True

    reference = secure.policy()
    secure.routes[blob_path()] = cut
    refused_with(reference, said(secure, HTTPS, authority), "BODY_TRUNCATED")


def test_a_plain_server_that_should_speak_tls(server: Server) -> None:
    refused_with(server.policy(), said(server, HTTPS), "TLS_FAILED")


def test_plain_http_is_for_declared_hosts_alone() -> None:
    network = Network(hosts={"a.test:5000": Host(plain_http=True), "b.test": Host(plain_http=True)})
    assert plain(network) == {"a.test:5000", "b.test:80"}
    assert Url.of_host("a.test:5000", "/v2/", network).scheme == "http"
    assert Url.of_host("b.test", "/v2/", network).scheme == "http"
    for other in ("a.test", "a.test:5001", "b.test:5000", "c.test"):
        assert Url.of_host(other, "/v2/", network).scheme == "https"
    assert Url.of_host("localhost:5000", "/", network).scheme == "http"
    assert Url.of_host("localhost:5000", "/", Network(hosts={"localhost:5000": HTTPS})).port == 5000
    for text in ("http://a.test:5001/", "http://a.test/", "http://c.test/"):
        with pytest.raises(ValueError, match="plain HTTP"):
            Url.parse(text, plain(network))
    assert str(Url.parse("http://a.test:5000/x", plain(network))) == "http://a.test:5000/x"


LOGIN = Host(username_env="REGISTRY_USER", password_env="REGISTRY_PASSWORD")  # noqa: S106  # a name
BASIC = "Basic " + base64.b64encode(b"robot:hunter2").decode()


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_USER", "robot")
    monkeypatch.setenv("REGISTRY_PASSWORD", "hunter2")


def test_a_login_from_the_environment(server: Server, login: None) -> None:
    reference = server.policy()
    demand(server, 'Basic realm="registry"', BASIC)
    fetch(reference, said(server, LOGIN))
    refused_with(reference, Network(), "REGISTRY_DENIED")
    other = Network(hosts={"127.0.0.1:1": LOGIN, "127.0.0.1": LOGIN})
    refused_with(reference, other, "REGISTRY_DENIED")


def test_a_variable_that_is_not_set(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGISTRY_USER", raising=False)
    reference = server.policy()
    fetch(reference, said(server, LOGIN))
    demand(server, 'Basic realm="registry"', BASIC)
    message = refused_with(reference, said(server, LOGIN), "ENVIRONMENT_MISSING", 2)
    assert "REGISTRY_USER" in message


@pytest.mark.parametrize(("user", "password"), [("a:b", "xyz"), ("a", "b\nxyz"), ("a\x00", "xyz")])
def test_a_login_that_cannot_be_sent(
    user: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"REGISTRY_USER": user, "REGISTRY_PASSWORD": password}
    monkeypatch.setattr("attest.fetch.credentials.variable", values.__getitem__)
    with pytest.raises(FetchError) as refused:
        credentials_for("r.test", Network(hosts={"r.test": LOGIN}))
    assert_code(refused, "CREDENTIALS_UNREADABLE", 5)
    assert "xyz" not in refused.value.message


def test_another_port_is_another_server() -> None:
    hosts = {"r.test:5000": LOGIN, "s.test": HTTPS}
    network = Network(hosts=hosts)
    assert network.host("R.test", 5000) == LOGIN
    assert network.host("r.test", 5001) == network.host("r.test") == Host()
    assert network.host("s.test", 443) == network.host("s.test", 80) == HTTPS
    assert network.host("s.test", 5000) == Host()


def test_a_token_is_asked_for_this_repository_and_for_pulling_alone(
    server: Server, login: None
) -> None:
    reference = server.policy()
    greedy = bearer(server.netloc).replace(":pull", ":pull,push,delete")
    demand(server, greedy, "Bearer abc")
    server.serve("/token", b'{"token":"abc"}')
    fetch(reference, said(server, LOGIN))
    (asked,) = [(path, sent) for path, sent in server.seen if path.startswith("/token")]
    assert asked == (
        "/token?service=registry&scope=repository%3Ateam%2Fpolicy%3Apull",
        BASIC,
    )


def test_a_realm_of_another_domain_gets_no_login(
    secure: Server, authority: Authority, login: None
) -> None:
    """Both names lead to this machine; over TLS each is another domain."""
    reference = secure.policy()
    port = secure.server_port
    demand(secure, bearer(f"localhost:{port}", "https"), "Bearer abc")
    secure.serve("/token", b'{"token":"abc"}')
    mine = replace(HTTPS, username_env=LOGIN.username_env, password_env=LOGIN.password_env)
    refused_with(reference, said(secure, mine, authority), "REALM_REFUSED")
    assert not [path for path, _ in secure.seen if path.startswith("/token")]
    for named in ("localhost", f"localhost:{port}"):
        fetch(reference, said(secure, replace(mine, token_realm=named), authority))
    other = replace(mine, token_realm="localhost:1")  # noqa: S106  # a host
    refused_with(reference, said(secure, other, authority), "REALM_REFUSED")
