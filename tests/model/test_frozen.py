"""`frozen` makes what the standard library's decorator makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any

import pytest

from attest.model.frozen import frozen


def _define(decorate: Callable[[type], type]) -> Any:
    class Sample:
        """A class with every kind of field that is used."""

        name: str
        size: int = 3
        parts: tuple[str, ...] = ()
        found: dict[str, int] = field(default_factory=dict)
        body: bytes = field(default=b"", repr=False)
        note: str = field(default="", compare=False)
        kept: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("size")

    return decorate(Sample)


OURS = _define(frozen)
THEIRS = _define(dataclass(frozen=True, slots=True))


@frozen
class Point:
    """A class that a pickle can name."""

    x: int
    y: int = 0


@frozen
class Empty:
    """No field at all."""


@frozen
class Told:
    """A class that says itself how it is shown."""

    x: int

    def __repr__(self) -> str:
        return "told"


@pytest.mark.parametrize(
    "given",
    [
        (("a",), {}),
        (("a", 1, ("x",)), {"found": {"k": 1}, "body": b"b", "note": "n"}),
        ((), {"name": "b", "size": 0}),
    ],
)
def test_it_is_made_and_shown_alike(given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    ours, theirs = (one(*given[0], **given[1]) for one in (OURS, THEIRS))
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert OURS.__match_args__ == THEIRS.__match_args__
    assert OURS.__slots__ == THEIRS.__slots__
    assert dataclasses.asdict(dataclasses.replace(ours, size=9))["size"] == 9


@pytest.mark.parametrize("given", [(), ("a", 1, (), {}, b"", "", [])])
def test_wrong_arguments_are_refused(given: tuple[Any, ...]) -> None:
    for one in (OURS, THEIRS):
        with pytest.raises(TypeError):
            one(*given)


def test_equality_and_hash_take_the_fields_that_compare() -> None:
    assert OURS("a", note="one") == OURS("a", note="other")
    assert OURS("a") != OURS("b")
    assert OURS("a") != THEIRS("a")
    assert Point(1) == Point(1, 0)
    assert len({Point(1), Point(1, 0), Point(2)}) == 2
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    with pytest.raises(TypeError):
        hash(OURS("a"))  # a dict inside


def test_a_default_factory_makes_a_new_value_each_time() -> None:
    assert OURS("a").found is not OURS("a").found
    assert OURS("a").kept == []


def test_post_init_may_refuse() -> None:
    with pytest.raises(ValueError, match="size"):
        OURS("a", -1)


def test_nothing_can_be_changed_added_or_deleted() -> None:
    one: Any = Point(1)
    for name in ("x", "z"):
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, 2)
    with pytest.raises(FrozenInstanceError):
        del one.x
    assert one.x == 1
    assert not hasattr(one, "__dict__")


def test_it_is_copied_and_pickled() -> None:
    one = Point(1, 2)
    assert copy.deepcopy(one) == copy.copy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own bytes


def test_what_a_class_says_itself_stays() -> None:
    assert repr(Told(1)) == "told"
    assert Told(1) == Told(1)
