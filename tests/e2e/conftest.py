"""One registry of each kind for all the tests here, each test in a repository of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.registries import KINDS, Repository, running


@pytest.fixture(scope="session", params=KINDS)
def registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The host and port of a running registry."""
    with running(request.param, tmp_path_factory.mktemp(request.param)) as host:
        yield host


@pytest.fixture
def repository(registry: str, tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(f"{registry}/team/{tmp_path.name.replace('_', '-').lower().strip('-')}")
