"""One evaluator for all tests of the stage's front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.evaluate import Evaluator
from attest.evaluate.host import cache
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import CompiledModule


@pytest.fixture(scope="session")
def evaluator() -> Iterator[Evaluator]:
    """One warm worker, and the user's own cache: the Rego guest takes long to compile."""
    with Evaluator(jobs=1, progress=lambda _line: None) as shared:
        yield shared


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the many small modules that only tests compile."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def scratch_evaluator(
    evaluator: Evaluator, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> Evaluator:
    """The evaluator, compiling into the scratch cache; the Rego guest is there already."""
    guest("rego").compiled()
    _OPENED.update(cache._opened)  # noqa: SLF001  # what is open in this process, compiled once
    monkeypatch.setenv("XDG_CACHE_HOME", str(scratch / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(scratch / "state"))
    monkeypatch.setattr(cache, "_opened", _OPENED)
    return evaluator


_OPENED: dict[str, CompiledModule] = {}
