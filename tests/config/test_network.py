"""``network:`` of a plan: what is read, what weakens, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from attest.config.explain import explain
from attest.model.network import Host, Network, Proxy
from tests.config.plans import load, plan_text, refused

PEM = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
PIN = hashlib.sha256(PEM).hexdigest()


def network_with(keys: str) -> str:
    return plan_text(more=f"network: {{{keys}}}\n")


def host_with(keys: str, name: str = "registry.test:5000") -> str:
    return network_with(f"hosts: {{'{name}': {{{keys}}}}}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_bytes(PEM)
    (tmp_path / "client.pem").write_bytes(b"certificate")
    (tmp_path / "client.key").write_bytes(b"key")
    return tmp_path


def test_without_it_nothing_is_said(folder: Path) -> None:
    plan = load(folder, plan_text())
    assert plan.network == Network()
    assert "Servers are reached: over HTTPS that the system trusts" in list(explain(plan))


def test_everything_that_can_be_said(folder: Path) -> None:
    hosts = """{
        registry.test:5000: {plain_http: true, direct: true},
        '[::1]:5000': {plain_http: false},
        127.0.0.1: {plain_http: true},
        login.test: {username_env: USER_NAME, password_env: PASS_WORD, token_realm: auth.test},
        mtls.test: {client_certificate: {path: client.pem, key: client.key}},
    }"""
    text = f"ca: {{path: ca.pem, sha256: {PIN}}}, proxy: {{url: 'http://proxy.test:3128'}}"
    plan = load(folder, network_with(f"{text}, hosts: {hosts}"))
    assert plan.network == Network(
        PEM,
        Proxy("http://proxy.test:3128"),
        {
            "registry.test:5000": Host(plain_http=True, direct=True),
            "[::1]:5000": Host(plain_http=False),
            "127.0.0.1": Host(plain_http=True),
            "login.test": Host(
                username_env="USER_NAME",
                password_env="PASS_WORD",  # noqa: S106  # a name
                token_realm="auth.test",  # noqa: S106  # a host
            ),
            "mtls.test": Host(
                certificate=str(folder / "client.pem"), key=str(folder / "client.key")
            ),
        },
    )
    assert [line.option for line in plan.weakened if line.where.startswith("network")] == [
        "plain_http"
    ]
    said = "\n".join(explain(plan))
    for word in ("proxy.test", "plain HTTP", "$PASS_WORD", "auth.test", "client.pem"):
        assert word in said


def test_a_proxy_in_a_variable(folder: Path) -> None:
    plan = load(folder, network_with("proxy: {url_env: HTTPS_PROXY}"))
    assert plan.network.proxy == Proxy(url_env="HTTPS_PROXY")
    assert "$HTTPS_PROXY" in "\n".join(explain(plan))


def test_the_digest_covers_the_authorities_and_no_key(folder: Path) -> None:
    text = network_with(f"ca: {{path: ca.pem, sha256: {PIN}}}")
    assert load(folder, text).digest != load(folder, plan_text()).digest
    client = host_with("client_certificate: {path: client.pem, key: client.key}")
    before = load(folder, client).digest
    (folder / "client.key").write_bytes(b"the next key")
    assert load(folder, client).digest == before


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("proxies: x", "CONFIG_UNKNOWN_KEY"),
        (f"ca: {{path: none.pem, sha256: {PIN}}}", "CONFIG_NOT_FOUND"),
        (f"ca: {{path: ca.pem, sha256: {'0' * 64}}}", "FILE_PIN_MISMATCH"),
        ("ca: {path: ca.pem}", "CONFIG_MISSING_KEY"),
        ("proxy: {}", "CONFIG_MISSING_KEY"),
        ("proxy: {url: 'http://p:1', url_env: P}", "CONFIG_VALUE"),
        ("proxy: {url: 'http://me:secret@p:1'}", "CONFIG_VALUE"),
        ("proxy: {url: 'https://p:1'}", "CONFIG_VALUE"),
        ("proxy: {url: 'socks5://p:1'}", "CONFIG_VALUE"),
        ("proxy: http://p:1", "CONFIG_TYPE"),
        ("proxy: {url_env: 'http://me:secret@p'}", "CONFIG_VALUE"),
        ("hosts: [a]", "CONFIG_TYPE"),
        (f"hosts: {{{', '.join(f'h{n}.test: {{}}' for n in range(101))}}}", "CONFIG_TOO_LARGE"),
    ],
)
def test_what_is_refused(folder: Path, keys: str, code: str) -> None:
    error = refused(folder, network_with(keys), code)
    assert "secret" not in error.message


def test_an_authority_that_is_none(folder: Path) -> None:
    pin = hashlib.sha256(b"key").hexdigest()
    refused(folder, network_with(f"ca: {{path: client.key, sha256: {pin}}}"), "CONFIG_VALUE")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("plain_http: 1", "CONFIG_TYPE"),
        ("username_env: U", "CONFIG_MISSING_KEY"),
        ("password_env: P", "CONFIG_MISSING_KEY"),
        ("username_env: U, password_env: 'my password'", "CONFIG_VALUE"),
        ("password: hunter2", "CONFIG_UNKNOWN_KEY"),
        ("token_realm: 'https://auth.test/token'", "CONFIG_VALUE"),
        ("client_certificate: {path: client.pem}", "CONFIG_MISSING_KEY"),
        ("client_certificate: {path: client.pem, key: none.key}", "CONFIG_NOT_FOUND"),
        ("insecure: true", "CONFIG_UNKNOWN_KEY"),
    ],
)
def test_what_is_refused_of_a_host(folder: Path, keys: str, code: str) -> None:
    refused(folder, host_with(keys), code)


@pytest.mark.parametrize(
    "name", ["Registry.test", "https://r.test", "r.test/x", "*.test", "r.test:0", "r.test:", "a b"]
)
def test_what_is_no_host(folder: Path, name: str) -> None:
    refused(folder, host_with("direct: true", name), "CONFIG_VALUE")
