"""For every test: nothing leaves this machine."""

from __future__ import annotations

import ipaddress
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_NAMES = frozenset({"", "localhost", "ip6-localhost"})
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Fail the test that connects, sends or looks up a name beyond this machine."""
    look_up = socket.getaddrinfo

    def guarded(host: Any, *rest: Any, **more: Any) -> Any:
        _demand_local(host)
        return look_up(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", guarded)
        yield


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of all tests stand."""
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(autouse=True)
def store_folder(stores: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store for each test: what one has fetched must not answer for another's registry."""
    folder = stores / str(next(_numbers))
    monkeypatch.setattr("attest.fetch.store.store_folder", lambda: folder)
    return folder


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _demand_local(arguments[-1][0])
        return method(self, *arguments)

    return guarded


def _demand_local(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in _NAMES:
        return
    try:
        local = ipaddress.ip_address(name).is_loopback
    except ValueError:
        local = False
    if not local:
        # Derived from BaseException, so that no handler under test can swallow it.
        pytest.fail(f"the test tried to reach {name!r}")
