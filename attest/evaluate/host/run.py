"""One job on the pool's workers: which document goes where, and what to make of what comes back."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attest.errors import EngineError
from attest.evaluate.host import wire
from attest.evaluate.host.calls import Returned
from attest.evaluate.host.job import ERROR, Answer, Job
from attest.evaluate.host.process import EXTRA_OUTPUT, MAX_STARTS, Broken, Item, Worker
from attest.evaluate.host.settings import MAX_CALL_BYTES, MAX_CALLS, MAX_REQUEST

if TYPE_CHECKING:
    from attest.evaluate.host.pool import Pool

_AHEAD = 4
"""Documents that a worker has beside the one it is at."""
_CALL_COST, _BYTE_COST, _SPAWN_COST = 1e-3, 1e-7, 0.15
"""Seconds for a document, for each of its bytes, and the work that makes one more worker pay."""
_ASK_AGAIN = frozenset({"GUEST_EXIT", "GUEST_INVALID", "OUT_OF_MEMORY", "TRAP"})


class Run:
    """One job.

    Tasks are written ahead to each worker, a few at a time, so that none waits for the parent. A
    worker that dies or is too slow costs the one document it was at: the rest is asked again
    elsewhere. An answer that is not clean is asked for again, alone, before it is believed; only
    what is decided by counting (fuel, output) or by the clock is believed at once.
    """

    def __init__(self, pool: Pool, job: Job) -> None:
        self._pool = pool
        self._job = job
        self._answers: list[Answer | None] = [None] * len(job.documents)
        self._waiting = deque(Item(index, text) for index, text in enumerate(job.documents))
        self._open = len(job.documents)
        self._failed_starts = 0
        self._workers: list[Worker] = []

    def answers(self) -> tuple[Answer, ...]:
        """Return one answer for each document; raise ``EngineError`` WORKER_UNAVAILABLE."""
        while self._open:
            self._staff()
            for worker in self._workers:
                self._feed(worker)
            readable = self._pool.wait(self._workers)
            for worker in [*self._workers, *readable]:
                if worker in self._workers and worker in readable:
                    self._read(worker)
            self._hear_calls()
            self._kill_late()
        return tuple(one for one in self._answers if one is not None)

    def _staff(self) -> None:
        """Have as many workers as the open work is worth."""
        if len(self._workers) >= self._pool.size:
            return
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
            task = wire.task(self._job.limits, self._job.at_ns, item.document, item.token)
            worker.queue(task)
            if not worker.items:
                worker.deadline = time.monotonic() + self._job.limits.timeout
            worker.items.append(item)
            worker.bound(self._job.limits)
            worker.flush()

    def _read(self, worker: Worker) -> None:
        try:
            most = max(self._job.limits.output, MAX_REQUEST) + EXTRA_OUTPUT
            for header, body in worker.receive(most):
                self._message(worker, header, body)
        except (Broken, ValueError):
            self._lose(worker)

    def _message(self, worker: Worker, header: dict[str, Any], body: bytes) -> None:
        kind = header.get("kind")
        if kind == "ready":
            self._pool.welcome(worker, header, self._job)
        elif kind == "unfit" and not worker.loaded:
            self._unfit(worker, str(header.get("why"))[:500])
        elif not worker.items or header.get("token") != worker.items[0].token:
            raise Broken
        elif kind == "call":
            self._call(worker, header.get("op"), body)
        elif kind == "answer" and not worker.items[0].calling:
            self._answer(worker, wire.read_answer(header, body))
        else:
            raise Broken

    def _answer(self, worker: Worker, given: Answer) -> None:
        item = worker.items.popleft()
        late = time.monotonic() + self._job.limits.timeout
        worker.deadline = late if worker.items else float("inf")
        if item.refused is not None:
            why = item.refused
            self._settle(
                item, replace(given, status=ERROR, body=b"", code=why.code, message=why.message)
            )
        elif given.code in _ASK_AGAIN and not item.alone:
            self._again(item)
        else:
            self._settle(item, given)

    def _call(self, worker: Worker, op: object, request: bytes) -> None:
        """Begin a host call; a second one before its answer is no evaluation's doing."""
        item, perform = worker.items[0], self._job.perform
        if item.calling or item.refused is not None or not isinstance(op, str):
            raise Broken
        item.calls += 1
        item.moved += len(request)
        if len(request) > MAX_REQUEST or item.calls > MAX_CALLS or item.moved > MAX_CALL_BYTES:
            why = f"more than {MAX_CALLS} calls or {MAX_CALL_BYTES:,} bytes in one evaluation"
            self._return(worker, Returned(item.token, code="HOST_CALL_LIMIT", message=why))
        elif perform is None:
            why = f"it called {op[:100]!r}, which is not granted"
            self._return(worker, Returned(item.token, code="HOST_CALL_DENIED", message=why))
        else:
            item.calling = True
            self._pool.calls.start(item.token, perform, op, request)

    def _hear_calls(self) -> None:
        """Pass on what host calls have ended with; nobody waits for some of them any more."""
        waiting = {one.items[0].token: one for one in self._workers if one.items}
        for ended in self._pool.calls.ended():
            if ended.token in waiting:
                self._return(waiting[ended.token], ended)

    @staticmethod
    def _return(worker: Worker, ended: Returned) -> None:
        item = worker.items[0]
        item.calling = False
        item.moved += len(ended.body)
        if ended.code is not None:
            item.refused = Answer(ERROR, code=ended.code, message=ended.message)
        worker.queue(wire.returned(ended.body, ended.code, ended.message))
        worker.flush()

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
        items, loaded = list(worker.items), worker.loaded
        how = self._bury(worker, gone=True)
        if not loaded:
            self._failed_starts += 1
            if self._failed_starts >= MAX_STARTS:
                raise EngineError("WORKER_UNAVAILABLE", f"a worker {how} while it started")
        self._waiting.extendleft(reversed(items[1:]))
        if items and items[0].refused is not None:
            self._settle(items[0], items[0].refused)
        elif items and items[0].alone:
            self._settle(items[0], Answer(ERROR, code="WORKER_DIED", message=f"its process {how}"))
        elif items:
            self._again(items[0])

    def _kill_late(self) -> None:
        for worker in [one for one in self._workers if time.monotonic() >= one.deadline]:
            self._read(worker)  # its answer may have come while another worker was buried
            if worker in self._workers and time.monotonic() >= worker.deadline:
                self._give_up(worker)

    def _give_up(self, worker: Worker) -> None:
        items, preparing = list(worker.items), worker.preparing
        if not worker.loaded:
            self._lose(worker)
            return
        self._bury(worker)
        if preparing == self._job.request and self._waiting:  # the first document's time is over
            items = [self._waiting.popleft()]
        if items:
            self._waiting.extendleft(reversed(items[1:]))
            where = ", in a host call" if items[0].calling else ""
            why = f"no answer after {self._job.limits.timeout:g} s{where}"
            late = Answer(ERROR, code="TIMEOUT", message=why)
            self._settle(items[0], items[0].refused or late)

    def _bury(self, worker: Worker, *, gone: bool = False) -> str:
        self._workers.remove(worker)
        return self._pool.bury(worker, gone=gone)
