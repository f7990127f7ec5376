"""One instance on loopback for all tests that sign with an identity."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.signing.instance import Instance, running


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running() as started:
        yield started
