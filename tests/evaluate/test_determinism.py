"""The same evaluation, the same bytes and fuel: again, elsewhere, and side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from attest.evaluate import Evaluator, Settings
from attest.evaluate.engine import find
from attest.evaluate.host.pool import Pool
from attest.evaluate.registry import ENGINES
from attest.model.limits import Limits
from attest.model.policy import Policy
from tests.evaluate.abi.extism.older_wat import older
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.abi.opa.programs import program
from tests.evaluate.make import AT, policy

_WASI = "wasi_snapshot_preview1"
_LOOKS = f"""
  (import "{_WASI}" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "{_WASI}" "random_get" (func $random (param i32 i32) (result i32)))
  (import "{_WASI}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"""
_TELLS = """
  (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 512)))
  (drop (call $random (i32.const 520) (i32.const 8)))
  (i32.store (i32.const 600) (i32.const 512)) (i32.store (i32.const 604) (i32.const 16))
  (drop (call $write (i32.const 2) (i32.const 600) (i32.const 1) (i32.const 608)))"""
REGO = """package p

deny contains sprintf("%v", [[time.now_ns(), rand.intn("a", 1000), uuid.rfc4122("k"), k]]) if {
\tsome k, _ in input
}
"""
POLICIES: dict[str, Policy] = {
    "rego": policy(REGO),
    "opa-wasm": policy(program("asking")),
    "extism": policy(module(_TELLS + SAY, imports=_LOOKS)),
    "older": policy(older(f"{_TELLS} (i64.const 17)", imports=_LOOKS)),
}
LIMITS = Limits(timeout=60.0, memory=96 << 20, fuel=5_000_000_000, output=1 << 20)
DOCUMENT = b'{"b": 1, "a": [1, {"c": null}], "\\u00e9": "x"}'
TIMES = 12
"""Evaluations of each engine on each side; docs/conformance.md says what a hundred gave."""

Said = tuple[str, bytes, int, tuple[str, ...]]


def said(one: Policy, times: int, jobs: int = 1) -> list[Said]:
    """Evaluate in workers of its own; return everything that is not about time."""
    with Pool(jobs) as pool:
        documents = [DOCUMENT] * times
        answers = find(one, ENGINES).ask(one, documents, Settings(AT, LIMITS), pool)
    return [(given.status, given.body, given.fuel, given.logs) for given in answers]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compile everything once, in the user's own cache: two threads shall not wait for it."""
    with Evaluator(jobs=1) as evaluator:
        for one in POLICIES.values():
            evaluator.evaluate(one, [DOCUMENT], Settings(AT, LIMITS))


@pytest.mark.parametrize("engine", POLICIES)
def test_the_same_again_and_in_other_processes(engine: str) -> None:
    found = said(POLICIES[engine], TIMES) + said(POLICIES[engine], TIMES, jobs=2)
    assert len(found) == 2 * TIMES
    assert len(set(found)) == 1
    (status, body, fuel, _) = found[0]
    assert (status, bool(body), fuel > 0) == ("value", True, True)


@pytest.mark.parametrize("engine", POLICIES)
def test_the_same_side_by_side(engine: str) -> None:
    together = threading.Barrier(2)

    def one_side() -> list[Said]:
        together.wait()
        return said(POLICIES[engine], TIMES)

    assert len(set(_at_once(one_side))) == 1


def _at_once(one_side: Callable[[], list[Said]]) -> list[Said]:
    with ThreadPoolExecutor(2) as threads:
        sides = [threads.submit(one_side) for _ in range(2)]
        return [each for side in sides for each in side.result()]
