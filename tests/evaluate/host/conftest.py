"""One cache for all tests of the host, away from the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.evaluate.host import cache
from attest.evaluate.host.job import CompiledModule
from attest.evaluate.host.pool import Pool
from tests.evaluate.host import toy


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the cache folders of this test alone, and forget what is open."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(cache, "_opened", {})
    return tmp_path


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> CompiledModule:
    """The toy guest, compiled once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        return toy.compiled()


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Two warm workers for all tests that do not count processes."""
    with Pool(2) as shared:
        yield shared
