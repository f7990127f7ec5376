"""An instance that is used again is, to the byte, one that was never used."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from attest.evaluate.guests.rego import _request
from attest.evaluate.host.frozen import Frozen
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import Answer, CompiledModule
from attest.evaluate.host.kept import Kept
from attest.evaluate.host.machine import Module, load_module
from attest.evaluate.host.pagemap import PAGE, Pagemap
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Exited, Stopped
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import File, Policy
from benchmarks.peers_rego import sarif
from tests.evaluate.guests.conftest import AT, MAIN
from tests.evaluate.host import toy

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere every instance is fresh"
)
LIMITS = Limits(timeout=20)


@pytest.fixture
def frozen(module: CompiledModule) -> Frozen:
    """A runner over the toy guest."""
    return Frozen([load_module(f"/dev/fd/{module.descriptor}")])


@pytest.fixture(scope="module")
def rego() -> Module:
    """The guest for Rego."""
    return load_module(f"/dev/fd/{guest('rego').compiled().descriptor}")


def ask(runner: Frozen, document: bytes, request: bytes = b"A") -> Answer:
    return runner.evaluate(Task(request, document, LIMITS, 0))


def kept(runner: Frozen) -> Kept:
    assert runner.kept is not None
    return runner.kept


def policy(text: str) -> bytes:
    code = text.encode()
    made = Policy("p", (File("p.rego", code),), Digest.of(code))
    return _request(made, {}, AT, LIMITS, http=False)


def test_the_instance_is_used_again_and_remembers_nothing(frozen: Frozen) -> None:
    first = ask(frozen, toy.COUNT)
    instance = kept(frozen).instance
    answers = [ask(frozen, toy.COUNT) for _ in range(5)]
    assert kept(frozen).instance is instance
    assert {(one.body, one.fuel) for one in (first, *answers)} == {(bytes([42]), first.fuel)}


@pytest.mark.parametrize("forgets", ["memory", "numbers"])
def test_it_would_be_seen_if_something_were_not_put_back(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch, forgets: str
) -> None:
    ask(frozen, toy.COUNT)
    if forgets == "numbers":
        monkeypatch.setattr(kept(frozen), "_set_numbers", lambda: None)
    else:
        monkeypatch.setattr(kept(frozen).memory, "write_all", lambda _pages: None)
    assert ask(frozen, toy.COUNT).body == bytes([43])


def test_another_policy_gets_another_instance(frozen: Frozen) -> None:
    assert ask(frozen, toy.PREPARED, b"A").body == bytes([ord("A") + 9])
    assert ask(frozen, toy.PREPARED, b"B").body == bytes([ord("B") + 9])
    assert ask(frozen, toy.PREPARED, b"A").body == bytes([ord("A") + 9])


@pytest.mark.parametrize("document", [toy.TRAP, toy.EXIT, toy.GROW, toy.BOGUS, toy.HUGE])
def test_one_that_did_not_end_by_itself_is_not_used_again(frozen: Frozen, document: bytes) -> None:
    ask(frozen, b"a")
    with pytest.raises((Stopped, Exited)):
        ask(frozen, document)
    assert frozen.kept is None
    assert ask(frozen, toy.COUNT).body == bytes([42])


class _Silent(Pagemap):
    """A system whose file says that nothing was ever written."""

    def written(self, address: int, size: int) -> bytes | None:
        """Deny everything."""
        seen = super().written(address, size)
        return seen and bytes(len(seen))


class _Unable(Pagemap):
    """A system without such a file."""

    def written(self, address: int, size: int) -> bytes | None:
        """Know nothing."""
        del address, size
        return None


@pytest.mark.parametrize("system", [_Silent, _Unable])
def test_a_system_that_does_not_know_gets_fresh_instances(
    frozen: Frozen, system: Callable[[], Pagemap]
) -> None:
    frozen.pagemap = system()
    ask(frozen, toy.COUNT)
    instance = kept(frozen).instance
    assert ask(frozen, toy.COUNT).body == bytes([42])
    assert kept(frozen).instance is not instance


def test_memory_that_grew_is_given_back(rego: Module) -> None:
    runner = Frozen([rego])
    request = policy(MAIN + "deny contains count(x) if x := numbers.range(1, input.n)")
    ask(runner, b'{"n": 3}', request)
    assert not kept(runner).grown
    ask(runner, b'{"n": 200000}', request)
    assert runner.kept is None


HUNGRY = (
    MAIN
    + """
import rego.v1
deny contains m if { some run in input.runs; some r in run.results; m := sprintf("%v", [r]) }
deny contains x if { input.deep; x := json.marshal(walk_all) }
walk_all := [p | walk(input, [p, _])]
warn contains rand.intn("x", 1000000)
warn contains time.now_ns()
"""
)


def documents() -> Iterator[bytes]:
    """Give documents of many sizes, some of which end in an error."""
    shuffled = random.Random(4)  # noqa: S311  # a fixed order, nothing secret
    for number in range(60):
        size = shuffled.choice([0, 1_500, 4_000, 20_000, 90_000])
        yield sarif(size, number) if size else shuffled.choice([b"{}", b"[1]", b"{", b'{"deep":1}'])


def test_answers_fuel_and_memory_are_those_of_fresh_instances(rego: Module) -> None:
    runner, request = Frozen([rego]), policy(HUNGRY)
    used_again = 0
    for document in documents():
        before = runner.kept
        answer = ask(runner, document, request)
        used_again += before is not None and before is runner.kept
        fresh = Frozen([rego])
        other = ask(fresh, document, request)
        assert replace(answer, duration_ms=0.0) == replace(other, duration_ms=0.0)
        if runner.kept is not None and runner.kept.put_back():
            memory, size = runner.kept.memory, runner.kept.memory.size
            wanted = runner.kept.original.read(0, size)
            assert memory.read(0, size) == wanted
            assert size % PAGE == 0
    assert used_again > 20
