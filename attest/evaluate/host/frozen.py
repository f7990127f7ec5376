"""The calling convention of our own guests: alloc, prepare, evaluate, from a frozen start.

A guest is frozen after its runtime has started (`.ci/guests`), so a fresh instance costs less than
a millisecond. Preparing a policy changes some pages of its memory: those are kept, and written to
the instance of each document, which is a fresh one, or one that is proven to be the same as a fresh
one (`kept`). No document can see another, and the fuel of an evaluation is the same wherever it
stands.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import replace

from attest.evaluate.host.guest_calls import GuestCalls
from attest.evaluate.host.job import ERROR, UNDEFINED, VALUE, Answer
from attest.evaluate.host.kept import Kept, Original
from attest.evaluate.host.machine import Instance, Memory, Module, Program
from attest.evaluate.host.pagemap import Pagemap
from attest.evaluate.host.runners import Task
from attest.evaluate.host.settings import PAGE
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi
from attest.model.limits import Limits

_MAX_PREPARED = 16
_ROOM = 64 << 10
"""Bytes of a document that needs no room of its own."""
_CRASH = ("runtime: ", "fatal error: ", "panic: ", "goroutine ")
_STATUS = {b"v": VALUE, b"u": UNDEFINED, b"e": ERROR}


class Frozen:
    """Runner of frozen guests. ``kept`` is the instance that the next document may get."""

    def __init__(self, modules: Sequence[Module]) -> None:
        (module,) = modules
        self._wasi = Wasi()
        self._calls = GuestCalls()
        functions = {**self._wasi.functions(), **self._calls.functions()}
        self._program = Program(module, functions)
        self._prepared: dict[tuple[bytes, Limits, int], Original | Answer] = {}
        self._untouched: Instance | None = None
        self.pagemap = Pagemap()
        self.kept: Kept | None = None

    def prepare(self, task: Task) -> None:
        """Prepare the policy, for the documents to come."""
        self._prepare(task)

    def evaluate(self, task: Task) -> Answer:
        """Answer for one document from an instance in which the policy is prepared, and no more."""
        started = time.perf_counter()
        prepared = self._prepare(task)
        if isinstance(prepared, Answer):
            return prepared
        kept = self._instance(prepared, task)
        try:
            self._calls.begin(kept.memory, task.call)
            room = prepared.room if len(task.document) <= _ROOM else None
            status, body = self._ask(kept.instance, "evaluate", task.document, task.limits, room)
            used = kept.instance.fuel_used()
        except BaseException as error:
            kept.instance.close()
            if isinstance(error, Stopped):
                error.logs = self._printed()
            raise
        self._keep(kept)
        spent = (time.perf_counter() - started) * 1e3
        return Answer(status, body, fuel=used, duration_ms=spent, logs=self._wasi.logs())

    def _instance(self, prepared: Original, task: Task) -> Kept:
        kept, self.kept = self.kept, None
        if kept is not None:
            if kept.original is prepared and kept.put_back():
                self._program.again(kept.instance)
                self._begin(kept.instance, task.limits, task.at_ns)
                return kept
            kept.instance.close()
        instance = self._start(task.limits, task.at_ns)
        try:
            memory = _memory(instance)
            prepared.write(instance, memory)
            return Kept(instance, memory, prepared, self.pagemap)
        except BaseException:
            instance.close()
            raise

    def _keep(self, kept: Kept) -> None:
        """Keep an instance that came to its end by itself, for the next document."""
        if kept.grown:
            kept.instance.close()
        else:
            self.kept = kept

    def _start(self, limits: Limits, at_ns: int) -> Instance:
        self._wasi.begin(at_ns, limits.output)
        instance = self._program.start(limits)
        self._begin(instance, limits, at_ns)
        return instance

    def _begin(self, instance: Instance, limits: Limits, at_ns: int) -> None:
        self._wasi.begin(at_ns, limits.output)
        self._wasi.attach(instance.memory)
        self._calls.begin(instance.memory)  # what preparing does must not depend on any server

    def _prepare(self, task: Task) -> Original | Answer:
        key = (task.request, task.limits, task.at_ns)
        if key not in self._prepared:
            if len(self._prepared) >= _MAX_PREPARED:
                self._prepared.clear()
            self._prepared[key] = self._make(task)
        return self._prepared[key]

    def _make(self, task: Task) -> Original | Answer:
        if self._untouched is None:  # stays open: what preparing changes is found beside it
            self._untouched = self._start(task.limits, task.at_ns)
        instance = self._start(task.limits, task.at_ns)
        try:
            status, body = self._ask(instance, "prepare", task.request, task.limits)
            if status != VALUE:
                return Answer(status, body, logs=self._wasi.logs())
            room = self._call(instance, "alloc", _ROOM)
            memory, before = _memory(instance), _memory(self._untouched)
            numbers = [(name, instance.get_global(name)) for name in self._program.globals]
            grown = (memory.size - before.size) // PAGE
            return Original(before, memory.changed(before), numbers, grown, room)
        except Stopped as stopped:
            if stopped.code == "OUT_OF_FUEL":  # for every document the same: said once
                why = Answer(ERROR, code=stopped.code, message=stopped.message)
                return replace(why, fuel=task.limits.fuel, logs=self._printed())
            stopped.logs = self._printed()
            raise
        finally:
            instance.close()

    def _ask(
        self,
        instance: Instance,
        function: str,
        content: bytes,
        limits: Limits,
        room: int | None = None,
    ) -> tuple[str, bytes]:
        memory = _memory(instance)
        size = len(content)
        memory.write(self._call(instance, "alloc", size) if room is None else room, content)
        at = self._call(instance, function, size)
        size, status = struct.unpack("<Ic", memory.read(at, 5))
        if status not in _STATUS:
            raise Stopped("GUEST_INVALID", f"answer status {status!r}")
        if size > limits.output:
            raise Stopped("OUTPUT_LIMIT", f"an answer of {size} bytes, limit {limits.output}")
        return _STATUS[status], memory.read(at + 5, size)

    def _call(self, instance: Instance, function: str, size: int) -> int:
        try:
            return instance.call(function, size)
        except Exited as exited:
            raise self._why("GUEST_EXIT", str(exited)) from None
        except Stopped as stopped:
            if stopped.code != "TRAP":
                raise
            raise self._why(stopped.code, stopped.message) from None

    def _printed(self) -> tuple[str, ...]:
        """What the policy printed, without the Go runtime's own account of a crash."""
        lines = self._wasi.logs()
        crash = (at for at, line in enumerate(lines) if line.startswith(_CRASH))
        return lines[: next(crash, len(lines))]

    def _why(self, code: str, message: str) -> Stopped:
        """Go prints why it gives up, and then traps or exits."""
        said = next((line for line in self._wasi.logs() if "out of memory" in line), "")
        return Stopped("OUT_OF_MEMORY", said) if said else Stopped(code, message)


def _memory(instance: Instance) -> Memory:
    if instance.memory is None:
        raise Stopped("GUEST_INVALID", "it exports no memory")
    return instance.memory
