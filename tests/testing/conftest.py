"""One box for all tests of the box."""

from __future__ import annotations

import pytest

from attest.testing import PrivateSigstore
from tests.testing.checks import NOW


@pytest.fixture(scope="session")
def box() -> PrivateSigstore:
    return PrivateSigstore(NOW)
