"""A gate for every test of the steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate import Gate


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)
