"""Many verifications at once: shared among processes, answered in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from attest.verification import Spread

LEAST_SHARE = 64
"""Items that are worth a process of their own: some 100 ms of work."""

_TASKS = Path("/proc/self/task")

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _Child(NamedTuple):
    process: int
    answer: BinaryIO


def spread(items: Sequence[object], jobs: int) -> Spread:
    """Return how many ``items`` are worked on: by ``map``, or shared when they are many."""
    return map if len(items) < 2 * LEAST_SHARE else partial(share, jobs=jobs)


def share(
    work: Callable[[_Item], _Result], items: Sequence[_Item], jobs: int
) -> tuple[_Result, ...]:
    """Return what ``work`` makes of each of ``items``, in order, by up to ``jobs`` processes.

    Few items, or a process with threads, are worked on here. So is the share of a process that
    failed in any way: what its exception was shows here, and no item goes without an answer.
    """
    shares = _shares(items, jobs)
    children: list[_Child] = []
    try:
        children.extend(_start(work, one) for one in shares[1:])
        results = [work(item) for item in shares[0]]
        for child, one in zip(children, shares[1:], strict=True):
            answered: list[_Result] | None = _answer(child, len(one))
            results += [work(item) for item in one] if answered is None else answered
    finally:
        for child in children:
            _end(child)
    return tuple(results)


def _shares(items: Sequence[_Item], jobs: int) -> list[Sequence[_Item]]:
    count = min(jobs, len(items) // LEAST_SHARE)
    if count < 2 or not _is_alone():  # noqa: PLR2004  # processes, this one among them
        return [items]
    bounds = [len(items) * n // count for n in range(count + 1)]
    return [items[start:end] for start, end in pairwise(bounds)]


def _is_alone() -> bool:
    """Tell whether this process has one thread, as Linux counts: else forking it is not safe."""
    try:
        return len(list(_TASKS.iterdir())) == 1
    except OSError:
        return False


def _start(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> _Child:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return _Child(process, os.fdopen(reading, "rb"))
    import pickle

    status = 1
    try:  # the parent's handlers, buffers and clean-up are not the child's to run
        os.close(reading)
        with os.fdopen(writing, "wb") as answer:
            pickle.dump([work(item) for item in items], answer, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _answer(child: _Child, count: int) -> list[_Result] | None:
    """Return what a child answered, or ``None`` when it has not answered for every item."""
    import pickle

    try:
        found: list[_Result] = pickle.load(child.answer)  # noqa: S301  # written by this program's own child
    except Exception:  # noqa: BLE001  # of a child that died, half a pickle may be anything
        return None
    return found if len(found) == count else None


def _end(child: _Child) -> None:
    import signal

    child.answer.close()
    with suppress(ProcessLookupError):
        os.kill(child.process, signal.SIGKILL)
    os.waitpid(child.process, 0)
