"""Offline means: no socket is ever made."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, assert_code, layout, pinned

DIGEST = Digest.of(b"x")


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any use of a socket fail the test."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("a socket was made")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    "reference",
    [
        Reference("oci", "registry.example.test/a/b", DIGEST),
        Reference("https", "//example.test/p.rego", DIGEST),
        Reference("http", "//127.0.0.1:1/p.rego", DIGEST),
    ],
    ids=str,
)
def test_what_needs_the_network_is_refused(no_sockets: None, reference: Reference) -> None:
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).policy(reference)
    assert_code(refused, "OFFLINE", 5)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).discover(reference)
    assert_code(refused, "OFFLINE", 5)


def test_a_layout_needs_no_socket(no_sockets: None, tmp_path: Path) -> None:
    digest = layout(tmp_path / "layout", BUNDLE)
    fetched = Fetcher(offline=True).policy(pinned(tmp_path / "layout", digest))
    assert len(fetched.attached) == 1


def test_files_and_layouts_load_no_network_library(tmp_path: Path) -> None:
    digest = layout(tmp_path / "layout", BUNDLE)
    script = f"""
import sys
from attest.fetch import Fetcher
from attest.model.artifact import Reference
with Fetcher(offline=False) as fetcher:
    fetcher.policy(Reference.parse("oci-layout:layout@{digest}", base={str(tmp_path)!r}))
    fetcher.folder(Reference.parse("dir:layout", base={str(tmp_path)!r}))
print(sorted({{"urllib3", "oras", "requests", "ssl", "socket"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
