"""Warm, jailed worker processes; `run` gives them a job's documents."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from attest.errors import EngineError
from attest.evaluate.host.calls import Calls
from attest.evaluate.host.job import Answer, Job
from attest.evaluate.host.process import EXTRA_OUTPUT, MAX_STARTS, Broken, Worker
from attest.evaluate.host.run import Run

_SPARE = 2
"""Idle workers that are kept for other code than the one that is asked, beside ``size``."""
_READ_AHEAD = 12
"""Requests that a worker reads ahead; it keeps no more than a few of them."""
_LONGEST_WAIT = 3_600.0


class Pool:
    """Up to ``size`` worker processes, spawned when they are needed and kept warm.

    ``progress`` takes one line about what a user should know. ``spawned`` counts the processes that
    were started; ``jailed`` is false once one of them says that it has no seccomp. Not thread-safe;
    make it on the main thread, whose end ends the workers.
    """

    def __init__(self, size: int = 2, progress: Callable[[str], None] | None = None) -> None:
        self.size = max(1, size)
        self.progress = progress or (lambda _line: None)
        self.spawned = 0
        self._workers: list[Worker] = []
        self.calls = Calls()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.calls.bell, selectors.EVENT_READ, None)
        self.jailed = True

    def warm(self) -> None:
        """Start a first worker, so that it comes up while the caller prepares a job."""
        if not self._workers:
            with contextlib.suppress(EngineError):  # said again when there is a job
                self._spawn()

    def prepare(self, job: Job) -> None:
        """Have a worker load the job's code and read its request, before there are documents.

        Whatever goes wrong with that is found again when the job is run. No worker gives way to it.
        """
        fit = [one for one in self._workers if one.seal in {None, job.seal}]
        if not fit and len(self._workers) >= self.size:
            return
        (worker,) = self.take(job, 1)
        if worker.awaited >= _READ_AHEAD:
            return
        worker.prepare(job)

    def run(self, job: Job) -> tuple[Answer, ...]:
        """Return one answer for each of the job's documents, in order.

        Raises ``EngineError`` WORKER_UNAVAILABLE when no worker can be started.
        """
        run = Run(self, job)
        try:
            return run.answers()
        except BaseException:
            self._discard_busy()
            raise

    def close(self) -> None:
        """Kill every worker."""
        for worker in list(self._workers):
            self.bury(worker)
        self._selector.close()
        self.calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What follows is for `Run`.

    def _spawn(self) -> Worker:
        try:
            worker = Worker()
        except OSError as error:
            raise EngineError("WORKER_UNAVAILABLE", f"no new process: {error}") from None
        self.spawned += 1
        self._workers.append(worker)
        self._selector.register(worker.socket, selectors.EVENT_READ, worker)
        return worker

    def take(self, job: Job, most: int) -> list[Worker]:
        """Return up to ``most`` workers for this job.

        Those sealed to other code stay, a few of them: the next policy may need them again.
        """
        found = [one for one in self._workers if one.seal == job.seal][:most]
        for worker in found:
            worker.wait_for(job)
        free = [one for one in self._workers if one.seal is None]
        others = [one for one in self._workers if one.seal not in {None, job.seal}]
        lost = 0
        while len(found) < most:
            if free:
                worker = free.pop()
            else:
                if len(self._workers) >= self.size + _SPARE and others:
                    self.bury(others.pop(0))
                worker = self._spawn()
            try:
                worker.load(job)
                found.append(worker)
            except Broken:
                how = self.bury(worker, gone=True)
                lost += 1
                if lost >= MAX_STARTS:
                    raise EngineError("WORKER_UNAVAILABLE", f"a worker {how}") from None
        return found

    def wait(self, workers: list[Worker]) -> list[Worker]:
        """Move bytes until a deadline at the latest; return the workers that can be read.

        Comes back, too, when a host call has ended.
        """
        for worker in workers:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.unsent else 0)
            if self._selector.get_key(worker.socket).events != wanted:
                self._selector.modify(worker.socket, wanted, worker)
        now = time.monotonic()
        first = min(worker.deadline for worker in workers)
        readable = []
        for key, events in self._selector.select(max(0.0, min(first - now, _LONGEST_WAIT))):
            worker = key.data
            if worker is None:
                continue
            if worker not in workers:
                self._hear(worker)
                continue
            if events & selectors.EVENT_WRITE:
                worker.flush()
            if events & selectors.EVENT_READ:
                readable.append(worker)
        return readable

    def _hear(self, worker: Worker) -> None:
        """Read what an idle worker says: that it is ready, or nothing more, since it died."""
        try:
            for header, _ in worker.receive(EXTRA_OUTPUT):
                self.welcome(worker, header)
        except (Broken, ValueError):
            self.bury(worker)

    def bury(self, worker: Worker, *, gone: bool = False) -> str:
        """Kill a worker and forget it; return how it ended."""
        self._selector.unregister(worker.socket)
        self._workers.remove(worker)
        return worker.kill(gone=gone)

    def welcome(self, worker: Worker, header: dict[str, Any], job: Job | None = None) -> None:
        """Take the message that a worker is ready; say once when it has no second wall."""
        worker.become_ready(header, job)
        if worker.jail != "seccomp" and self.jailed:
            self.jailed = False
            self.progress("! no seccomp here; workers are held by Wasm and limits alone")

    def _discard_busy(self) -> None:
        for worker in [one for one in self._workers if one.items or not one.ready]:
            self.bury(worker)
