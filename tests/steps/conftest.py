"""A gate for every test of the steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate import Gate
from tests.steps.images import Images


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def images(gate: Gate) -> Images:
    return Images(gate)
