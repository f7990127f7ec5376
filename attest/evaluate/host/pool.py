"""Warm, jailed worker processes.

Tasks are written ahead to each worker, a few at a time, so that none waits for the parent. A worker
that dies or is too slow costs the one document it was at: the rest is asked again elsewhere. An
answer that is not clean is asked for again, alone, before it is believed; only what is decided by
counting (fuel, output) or by the clock is believed at once.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from attest.errors import EngineError
from attest.evaluate.host import wire
from attest.evaluate.host.job import ERROR, Answer, Job
from attest.evaluate.host.process import Broken, Item, Worker

_AHEAD = 4
"""Documents that a worker has beside the one it is at."""
_SPARE = 2
"""Idle workers that are kept for other code than the one that is asked, beside ``size``."""
_MAX_STARTS = 3
"""Times that workers may fail to start before the job is given up."""
_EXTRA_OUTPUT = 1 << 16
_LONGEST_WAIT = 3_600.0
_CALL_COST, _BYTE_COST, _SPAWN_COST = 1e-3, 1e-7, 0.15
"""Seconds for a document, for each of its bytes, and the work that makes one more worker pay."""
_ASK_AGAIN = frozenset({"GUEST_EXIT", "GUEST_INVALID", "OUT_OF_MEMORY", "TRAP"})


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
        self._selector = selectors.DefaultSelector()
        self.jailed = True

    def warm(self, count: int = 1) -> None:
        """See that ``count`` workers are up or coming up while the caller prepares a job."""
        while len(self._workers) < min(count, self.size):
            self._spawn()

    def run(self, job: Job) -> tuple[Answer, ...]:
        """Return one answer for each of the job's documents, in order.

        Raises ``EngineError`` WORKER_UNAVAILABLE when no worker can be started.
        """
        run = _Run(self, job)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What follows is for `_Run`.

    def _spawn(self) -> Worker:
        worker = Worker()
        self.spawned += 1
        self._workers.append(worker)
        self._selector.register(worker.socket, selectors.EVENT_READ, worker)
        return worker

    def take(self, job: Job, most: int) -> list[Worker]:
        """Return up to ``most`` workers for this job.

        Those sealed to other code stay, a few of them: the next policy may need them again.
        """
        seal = (job.runner, tuple(one.digest for one in job.modules))
        found = [one for one in self._workers if one.seal == seal][:most]
        free = [one for one in self._workers if one.seal is None]
        others = [one for one in self._workers if one.seal not in {None, seal}]
        lost = 0
        while len(found) < most:
            if free:
                worker = free.pop()
            else:
                if len(self._workers) >= self.size + _SPARE and others:
                    self.bury(others.pop(0))
                worker = self._spawn()
            try:
                worker.load(job.runner, job.modules)
                found.append(worker)
            except Broken:
                how = self.bury(worker, gone=True)
                lost += 1
                if lost >= _MAX_STARTS:
                    raise EngineError("WORKER_UNAVAILABLE", f"a worker {how}") from None
        return found

    def wait(self, workers: list[Worker]) -> list[Worker]:
        """Move bytes until a deadline at the latest; return the workers that can be read."""
        for worker in workers:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.unsent else 0)
            if self._selector.get_key(worker.socket).events != wanted:
                self._selector.modify(worker.socket, wanted, worker)
        now = time.monotonic()
        first = min(worker.deadline for worker in workers)
        readable = []
        for key, events in self._selector.select(max(0.0, min(first - now, _LONGEST_WAIT))):
            worker = key.data
            if worker not in workers:  # nobody asked it: it died while idle
                self.bury(worker)
                continue
            if events & selectors.EVENT_WRITE:
                worker.flush()
            if events & selectors.EVENT_READ:
                readable.append(worker)
        return readable

    def bury(self, worker: Worker, *, gone: bool = False) -> str:
        """Kill a worker and forget it; return how it ended."""
        self._selector.unregister(worker.socket)
        self._workers.remove(worker)
        return worker.kill(gone=gone)

    def note_jail(self, worker: Worker) -> None:
        """Say once when workers run without the second wall."""
        if worker.jail != "seccomp" and self.jailed:
            self.jailed = False
            self.progress("! no seccomp here; workers are held by Wasm and limits alone")

    def _discard_busy(self) -> None:
        for worker in [one for one in self._workers if one.items or not one.ready]:
            self.bury(worker)


class _Run:
    """One job on the pool's workers."""

    def __init__(self, pool: Pool, job: Job) -> None:
        self._pool = pool
        self._job = job
        self._answers: list[Answer | None] = [None] * len(job.documents)
        self._waiting = deque(Item(index, text) for index, text in enumerate(job.documents))
        self._open = len(job.documents)
        self._failed_starts = 0
        self._workers: list[Worker] = []

    def answers(self) -> tuple[Answer, ...]:
        while self._open:
            self._staff()
            for worker in self._workers:
                self._feed(worker)
            readable = self._pool.wait(self._workers)
            for worker in [*self._workers, *readable]:
                if worker in self._workers and worker in readable:
                    self._read(worker)
            self._kill_late()
        return tuple(one for one in self._answers if one is not None)

    def _staff(self) -> None:
        """Have as many workers as the open work is worth."""
        work = sum(_CALL_COST + _BYTE_COST * len(item.document) for item in self._waiting)
        busy = sum(bool(worker.items) for worker in self._workers)
        wanted = min(self._pool.size, self._open, max(1, busy, 1 + int(work / _SPAWN_COST)))
        if len(self._workers) < wanted:
            self._workers = self._pool.take(self._job, wanted)

    def _feed(self, worker: Worker) -> None:
        while worker.ready and self._waiting and len(worker.items) <= _AHEAD:
            alone = self._waiting[0].alone or any(item.alone for item in worker.items)
            if alone and worker.items:
                return
            item = self._waiting.popleft()
            if worker.request != self._job.request:
                worker.request = self._job.request
                worker.queue(wire.pack({"kind": "request"}, self._job.request))
            worker.queue(wire.task(self._job.limits, self._job.at_ns, item.document))
            if not worker.items:
                worker.deadline = time.monotonic() + self._job.limits.timeout
            worker.items.append(item)
            worker.flush()

    def _read(self, worker: Worker) -> None:
        try:
            for header, body in worker.receive(self._job.limits.output + _EXTRA_OUTPUT):
                self._message(worker, header, body)
        except (Broken, ValueError):
            self._lose(worker)

    def _message(self, worker: Worker, header: dict[str, Any], body: bytes) -> None:
        kind = header.get("kind")
        if kind == "ready" and not worker.ready:
            worker.ready = True
            worker.jail = str(header.get("jail"))
            worker.deadline = float("inf")
            self._pool.note_jail(worker)
        elif kind == "unfit" and not worker.ready:
            self._unfit(worker, str(header.get("why"))[:500])
        elif kind == "answer" and worker.items:
            given = wire.read_answer(header, body)
            item = worker.items.popleft()
            late = time.monotonic() + self._job.limits.timeout
            worker.deadline = late if worker.items else float("inf")
            if given.code in _ASK_AGAIN and not item.alone:
                self._again(item)
            else:
                self._settle(item, given)
        else:
            raise Broken

    def _unfit(self, worker: Worker, why: str) -> None:
        """The modules cannot be linked: no document can ever be answered."""
        self._bury(worker)
        refused = Answer(ERROR, code="GUEST_INVALID", message=why)
        self._waiting.clear()
        self._answers = [one or refused for one in self._answers]
        self._open = 0

    def _again(self, item: Item) -> None:
        self._waiting.appendleft(Item(item.index, item.document, alone=True))

    def _settle(self, item: Item, given: Answer) -> None:
        self._answers[item.index] = given
        self._open -= 1

    def _lose(self, worker: Worker) -> None:
        """A worker died: the document it was at is asked again alone, once; the rest as before."""
        items, ready = list(worker.items), worker.ready
        how = self._bury(worker, gone=True)
        if not ready:
            self._failed_starts += 1
            if self._failed_starts >= _MAX_STARTS:
                raise EngineError("WORKER_UNAVAILABLE", f"a worker {how} while it started")
        self._waiting.extendleft(reversed(items[1:]))
        if items and items[0].alone:
            self._settle(items[0], Answer(ERROR, code="WORKER_DIED", message=f"its process {how}"))
        elif items:
            self._again(items[0])

    def _kill_late(self) -> None:
        now = time.monotonic()
        for worker in [one for one in self._workers if now >= one.deadline]:
            if not worker.ready:
                self._lose(worker)
                continue
            items = list(worker.items)
            self._bury(worker)
            self._waiting.extendleft(reversed(items[1:]))
            seconds = self._job.limits.timeout
            late = Answer(ERROR, code="TIMEOUT", message=f"no answer after {seconds:g} s")
            self._settle(items[0], late)

    def _bury(self, worker: Worker, *, gone: bool = False) -> str:
        self._workers.remove(worker)
        return self._pool.bury(worker, gone=gone)
