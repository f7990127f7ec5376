"""Each limit holds something: without it, the same policy ends otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluate.hostile.without import HELD

GUARD = 60.0
"""Seconds that nothing here may take."""
ENDLESS = 3.0
"""Seconds after which what has no end is believed to have none."""


def run(folder: Path, name: str, *removed: str, seconds: float = GUARD) -> str | None:
    """Return the code of a case in a process of its own; ``None`` when it does not end."""
    command = [sys.executable, "-m", "tests.evaluate.hostile.without", name, *removed]
    places = {"XDG_CACHE_HOME": str(folder / "c"), "XDG_STATE_HOME": str(folder / "s")}
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds,
            env={**os.environ, **places},
        )
    except subprocess.TimeoutExpired:
        return None
    return ended.stdout


@pytest.mark.parametrize("name", HELD)
def test_it_ends_otherwise_without_its_limit(name: str, tmp_path: Path) -> None:
    case = HELD[name]
    assert run(tmp_path, name) == case.held
    seconds = GUARD if case.free else ENDLESS
    # The first run has compiled it: what is about compiling starts afresh.
    folder = tmp_path / "again" if "compile" in name else tmp_path
    assert run(folder, name, *case.removed, seconds=seconds) == case.free
