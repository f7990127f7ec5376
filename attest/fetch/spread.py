"""Many small reads from one place, over several connections at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import TypeVar

from attest.fetch.source import Source

_T = TypeVar("_T")
_R = TypeVar("_R")

_EACH = 4
"""Reads for which one more connection is worth its making."""

Sources = Callable[[int], Sequence[Source]]
"""Gives up to so many sources of one place, the first always the same, each for one thread."""


def spread(
    sources: Sources, items: Sequence[_T], work: Callable[[Source, _T], _R], *, most: int
) -> Iterator[_R]:
    """Yield what ``work`` returns for each item, in order, with at most ``most`` sources.

    What it raises is raised where its item stands; what was not begun by then never is.
    """
    several = sources(max(1, min(most, -(-len(items) // _EACH))))
    if len(several) == 1:
        for item in items:
            yield work(several[0], item)
        return
    free: SimpleQueue[Source] = SimpleQueue()
    for source in several:
        free.put(source)

    def one(item: _T) -> _R:
        source = free.get()
        try:
            return work(source, item)
        finally:
            free.put(source)

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(several), "fetch") as pool:
        try:
            yield from pool.map(one, items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
