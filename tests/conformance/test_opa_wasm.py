"""OPA's own cases, compiled to Wasm: a fixed sample of what `tests.conformance.opa_wasm` runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import opa_cases
from tests.conformance.opa_wasm import Programs, sample

EVERY = 60
"""One case in so many."""
pytestmark = pytest.mark.conformance


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.close()


def test_a_sample_is_answered_as_opa_wants(programs: Programs) -> None:
    root = opa_cases.folder()
    if root is None:
        pytest.skip("OPA's Go module is not in Go's module cache (go mod download)")
    chosen = sample(opa_cases.cases(root), EVERY)
    assert len(chosen) > 35
    said = {case.name: programs.run(case) for case in chosen}
    assert {name: why for name, (why, known) in said.items() if why and not known} == {}
    assert sum(bool(why) for why, _ in said.values()) < len(chosen) / 5
