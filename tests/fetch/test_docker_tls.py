"""The same real registry over TLS, of an authority that only the plan knows, with a password."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.model.digest import Digest
from attest.model.network import Host, Network
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code
from tests.fetch.test_docker_registry import BINARY, HTPASSWD, Registry, pushed, start
from tests.fetch.tls import Authority

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(BINARY is None, reason="docker-registry is not installed"),
]

LOGIN = Host(
    plain_http=False,
    username_env="REGISTRY_USER",
    password_env="REGISTRY_PASSWORD",  # noqa: S106  # a name
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def guarded(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry over TLS that asks for a password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "htpasswd").write_text(HTPASSWD)
    certificate, key = authority.issue("registry")
    secret = base64.b64encode(b"user:pass").decode()
    auth = f"auth: {{htpasswd: {{realm: r, path: {folder / 'htpasswd'}}}}}\n"
    tls = f", tls: {{certificate: {certificate}, key: {key}}}"
    yield from start(folder, auth, f"Basic {secret}", tls=tls, authority=authority.path)


def test_a_policy_is_fetched(
    guarded: Registry,
    authority: Authority,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference = pushed(guarded, tmp_path / "layout", BUNDLE)
    monkeypatch.setenv("REGISTRY_USER", "user")
    monkeypatch.setenv("REGISTRY_PASSWORD", "pass")
    known = Network(authority.pem, hosts={guarded.netloc: LOGIN})
    with Fetcher(offline=False, limits=FAST, network=known) as fetcher:
        fetched = fetcher.policy(reference)
        assert len(fetcher.discover(reference).found) == 1
    assert fetched.blobs[Digest.of(REGO)] == REGO
    assert len(fetched.attached) == 1


@pytest.mark.parametrize(
    ("believed", "host", "code"),
    [
        # Asked in plain HTTP, this registry answers 400 to say that it speaks TLS.
        (False, Host(), "REGISTRY_FAILED"),
        (False, LOGIN, "REGISTRY_UNTRUSTED"),
        (True, Host(plain_http=False), "REGISTRY_DENIED"),
    ],
)
def test_each_thing_that_is_missing_has_its_code(
    guarded: Registry, authority: Authority, home: Path, *, believed: bool, host: Host, code: str
) -> None:
    known = Network(authority.pem if believed else b"", hosts={guarded.netloc: host})
    with (
        Fetcher(offline=False, limits=FAST, network=known) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.policy(guarded.reference(Digest.of(REGO)))
    assert_code(refused, code, 5)
