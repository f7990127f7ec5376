"""OPA's own cases through the guest: a fixed sample; `tests.conformance.opa` runs all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attest.evaluate.host.pool import Pool
from tests.conformance.opa_cases import Case, cases, exceptions, folder, run

EVERY = 16
"""One case in so many is in the sample, and every exception."""
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def every() -> list[Case]:
    root = folder()
    if root is None:
        pytest.skip("OPA's Go module is not in Go's module cache (go mod download)")
    return cases(root)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as shared:
        yield shared


def test_a_sample_is_answered_as_opa_wants(every: list[Case], pool: Pool) -> None:
    excepted = exceptions()
    sample = [case for case in every if case.name not in excepted][::EVERY]
    assert len(sample) > 250
    assert {case.name: why for case in sample if (why := run(case, pool))} == {}


def test_every_exception_is_one_still(every: list[Case], pool: Pool) -> None:
    excepted = exceptions()
    listed = [case for case in every if case.name in excepted]
    assert len(listed) == len(excepted) < len(every) / 50
    assert [case.name for case in listed if not run(case, pool)] == []


def test_a_failing_built_in_is_an_error_in_every_case_that_is_listed_for_it(
    every: list[Case], pool: Pool
) -> None:
    strict = {name for name, why in exceptions().items() if "built-in function that fails" in why}
    said = {case.name: run(case, pool) for case in every if case.name in strict}
    assert len(said) == len(strict) > 0
    unlike = {n: why for n, why in said.items() if not why.startswith(("BUILTIN_", "EVAL_ERROR"))}
    assert unlike == {}
