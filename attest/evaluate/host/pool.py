"""Warm, jailed worker processes (skeleton)."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from attest.evaluate.host.job import Answer, Job


class Pool:
    """Up to ``size`` worker processes, spawned when they are needed and kept warm.

    ``progress`` takes one line about slow steps. Not thread-safe: use it on the main thread.
    """

    def __init__(self, size: int = 2, progress: Callable[[str], None] | None = None) -> None:
        self.size = size
        self.progress = progress
        self.spawned = 0

    def run(self, job: Job) -> tuple[Answer, ...]:
        """Return one answer for each of the job's documents, in order.

        Raises ``EngineError`` WORKER_UNAVAILABLE when no worker can be started.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Kill every worker."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
