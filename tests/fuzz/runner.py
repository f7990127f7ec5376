"""Runs fuzz targets: every case has a number, and the same number is the same case everywhere.

A target makes a case from a seeded ``random.Random``, tries it, and returns in a word what came of
it. It raises when the case broke something: that is a failure, which `main` prints with the command
that repeats it.
"""

from __future__ import annotations

import argparse
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

Check = Callable[[random.Random], str]
_SHOWN = 10
"""Failures that are printed whole."""


@dataclass(frozen=True)
class Target:
    """What is fuzzed. ``share`` is its part of a run, relative to the others'."""

    name: str
    check: Check
    share: int = 1


@dataclass(frozen=True)
class Failure:
    """A case that broke something: how to make it again, and what happened."""

    target: str
    seed: int
    number: int
    trace: str

    def __str__(self) -> str:
        again = f"--only {self.target} --seed {self.seed} --case {self.number}"
        return f"{again}\n{self.trace}"


@dataclass
class Summary:
    """What came of a run: outcomes and seconds of each target, and the failures."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many cases were tried."""
        return sum(sum(found.values()) for found in self.outcomes.values())

    def lines(self) -> list[str]:
        """Return a line for each target."""
        return [
            f"{name}: {sum(found.values()):,} cases, {self.seconds[name]:.0f} s: "
            + ", ".join(f"{what} {many:,}" for what, many in found.most_common())
            for name, found in self.outcomes.items()
        ]


def run(targets: Sequence[Target], count: int, seed: int = 0) -> Summary:
    """Try ``count`` cases, shared out among the targets."""
    summary, shares = Summary(), sum(one.share for one in targets)
    for target in targets:
        many = -(-count * target.share // shares)
        _run(target, range(many), seed, summary)
    return summary


def _run(target: Target, numbers: Sequence[int], seed: int, summary: Summary) -> None:
    outcomes = summary.outcomes.setdefault(target.name, Counter())
    started = time.monotonic()
    for number in numbers:
        # Not for secrets: the same seed must give the same case.
        source = random.Random(f"{target.name} {seed} {number}")  # noqa: S311
        try:
            outcomes[target.check(source)] += 1
        except Exception:  # noqa: BLE001  # whatever it raises is what is looked for
            outcomes["FAILURE"] += 1
            trace = traceback.format_exc(limit=-6)
            summary.failures.append(Failure(target.name, seed, number, trace))
    summary.seconds[target.name] = time.monotonic() - started


def main(
    command: str,
    targets: Callable[[], AbstractContextManager[Sequence[Target]]],
    arguments: Sequence[str] | None = None,
) -> int:
    """Be the command ``command``; return 1 when a case broke something."""
    read = argparse.ArgumentParser(prog=f"python -m {command}", description=__doc__)
    read.add_argument("--count", type=int, default=10_000, help="cases in all")
    read.add_argument("--seed", type=int, default=0, help="another seed gives other cases")
    read.add_argument("--only", action="append", help="a target; may be repeated")
    read.add_argument("--case", type=int, help="this case of each target, and no other")
    given = read.parse_args(arguments)
    with targets() as offered:
        chosen = [one for one in offered if given.only is None or one.name in given.only]
        if not chosen:
            read.error(f"targets are {', '.join(one.name for one in offered)}")
        if given.case is None:
            summary = run(chosen, given.count, given.seed)
        else:
            summary = Summary()
            for target in chosen:
                _run(target, [given.case], given.seed, summary)
    total = f"{summary.cases:,} cases, {len(summary.failures)} failures"
    print(*summary.lines(), *summary.failures[:_SHOWN], total, sep="\n")  # noqa: T201  # a command
    return 1 if summary.failures else 0


def report(summary: Summary) -> str:
    """Return what a test says when a case broke something."""
    return "\n".join(map(str, summary.failures[:_SHOWN]))


def mutate(content: bytes, random: random.Random, dictionary: Sequence[bytes] = ()) -> bytes:
    """Return ``content`` with a few bytes flipped, cut, repeated, or replaced from a dictionary."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        at = random.randrange(len(made) + 1)
        to = min(len(made), at + random.choice((1, 1, 2, 4, 16, 64)))
        act = random.randrange(6)
        if act == 0 and at < len(made):
            made[at] ^= 1 << random.randrange(8)
        elif act == 1 and at < len(made):
            made[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
        elif act == 2:
            del made[at:to]
        elif act == 3:
            made[at:at] = made[at:to] * random.choice((1, 2, 50))
        elif act == 4 and dictionary:
            made[at : random.choice((at, to))] = random.choice(dictionary)
        else:
            there = random.randrange(len(made) + 1)
            made[there:there] = made[at:to]
    return bytes(made)


def weighted(random: random.Random, choices: Mapping[str, int]) -> str:
    """Return one of the names, as often as its weight says."""
    return random.choices(list(choices), list(choices.values()))[0]
