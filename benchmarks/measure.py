"""Whole processes, run in turn so that a drifting machine drifts for both sides."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
ATTEST = str(Path(sys.executable).with_name("attest"))
"""The console script of the environment that runs the benchmark."""


@dataclass(frozen=True)
class Command:
    """Command lines that do one job, one after the other; each must leave with 0.

    ``prepare`` runs before them, unmeasured.
    """

    name: str
    lines: Sequence[Sequence[str]]
    prepare: Callable[[], None] = lambda: None


@dataclass
class Sample:
    """What one command took, run by run.

    ``wall`` and ``cpu`` (user and system, children included) are in seconds; ``peak`` is the
    memory in MiB of the largest single process among the command and its children.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0


def compare(commands: Sequence[Command], *, runs: int, warmup: int = 2) -> dict[str, Sample]:
    """Run the commands in turn, ``warmup`` times unmeasured; return a sample for each name."""
    samples = {command.name: Sample() for command in commands}
    for turn in range(-warmup, runs):
        for command in commands:
            command.prepare()
            began = time.perf_counter()
            ran = [_run(line) for line in command.lines]
            wall = time.perf_counter() - began
            if turn >= 0:
                sample = samples[command.name]
                sample.wall.append(wall)
                sample.cpu.append(sum(cpu for cpu, _ in ran))
                sample.peak = max(sample.peak, *(peak for _, peak in ran))
    return samples


def in_turn(*ways: Callable[[], object], runs: int, warmup: int) -> list[float]:
    """Call each way in turn; return the median milliseconds of each, ``warmup`` calls left out."""
    spent: list[list[float]] = [[] for _ in ways]
    for turn in range(-warmup, runs):
        for way, times in zip(ways, spent, strict=True):
            began = time.perf_counter()
            way()
            if turn >= 0:
                times.append((time.perf_counter() - began) * 1e3)
    return [statistics.median(times) for times in spent]


def show(title: str, samples: Mapping[str, Sample], base: str) -> None:
    """Print what each command took, beside ``base``."""
    print(f"\n{title}\n  {'':<46} {'wall':>9}         {'CPU':>9}         {'peak':>8}")
    floor = samples[base]
    for name, sample in samples.items():
        wall, cpu = statistics.median(sample.wall), statistics.median(sample.cpu)
        print(
            f"  {name:<46} {wall * 1e3:6.0f} ms {wall / statistics.median(floor.wall):5.2f}x"
            f"  {cpu * 1e3:6.0f} ms {cpu / statistics.median(floor.cpu):5.2f}x"
            f"  {sample.peak:4.0f} MiB"
        )


def ratio(sample: Sample, base: Sample) -> float:
    """Return how many times the wall time of ``base`` a command takes, by their medians."""
    return statistics.median(sample.wall) / statistics.median(base.wall)


def keeps(what: str, seen: float, limit: float, unit: str = "x") -> bool:
    """Print whether ``seen`` is within ``limit``, and return it."""
    kept = seen <= limit
    print(f"  {'ok  ' if kept else 'OVER'} {what}: {seen:.2f}{unit}, limit {limit:g}{unit}")
    return kept


def environment() -> dict[str, str]:
    """Return the environment without what would slow Python down.

    An installed package has its bytecode; so has a checkout after its first run, unless
    ``PYTHONDONTWRITEBYTECODE`` forbids it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _run(line: Sequence[str]) -> tuple[float, float]:
    """Run one line; return its CPU seconds and the peak memory of its largest process in MiB."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            line,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(line)} left with {process.returncode}:\n{text}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
