"""The calling convention of our own guests: alloc, prepare, evaluate, from a frozen start.

A guest is frozen after its runtime has started (`.ci/guests`), so a fresh instance costs less than
a millisecond. Preparing a policy changes some pages of its memory: those are kept, and every
document gets a fresh instance with these pages written back. No document can see another, and the
fuel of an evaluation is the same wherever it stands.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import replace

from attest.evaluate.host.guest_calls import GuestCalls
from attest.evaluate.host.job import ERROR, UNDEFINED, VALUE, Answer
from attest.evaluate.host.machine import Instance, Memory, Module, Program
from attest.evaluate.host.runners import Task
from attest.evaluate.host.settings import PAGE
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi
from attest.model.frozen import frozen
from attest.model.limits import Limits

_MAX_PREPARED = 16
_CRASH = ("runtime: ", "fatal error: ", "panic: ", "goroutine ")
_STATUS = {b"v": VALUE, b"u": UNDEFINED, b"e": ERROR}


@frozen
class _Prepared:
    """What preparing a policy changed, or the answer when it failed."""

    refused: Answer | None = None
    pages: tuple[tuple[int, bytes], ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()
    grown: int = 0


class Frozen:
    """Runner of frozen guests."""

    def __init__(self, modules: Sequence[Module]) -> None:
        (module,) = modules
        self._wasi = Wasi()
        self._calls = GuestCalls()
        functions = {**self._wasi.functions(), **self._calls.functions()}
        self._program = Program(module, functions)
        self._prepared: dict[tuple[bytes, Limits, int], _Prepared] = {}
        self._untouched: Instance | None = None

    def prepare(self, task: Task) -> None:
        """Prepare the policy, for the documents to come."""
        self._prepare(task)

    def evaluate(self, task: Task) -> Answer:
        """Answer for one document from a fresh instance in which the policy is prepared."""
        started = time.perf_counter()
        prepared = self._prepare(task)
        if prepared.refused is not None:
            return prepared.refused
        instance = self._start(task.limits, task.at_ns)
        try:
            self._restore(instance, prepared)
            self._calls.begin(instance.memory, task.call)
            status, body = self._ask(instance, "evaluate", task.document, task.limits)
            used = instance.fuel_used()
        except Stopped as stopped:
            stopped.logs = self._printed()
            raise
        finally:
            instance.close()
        spent = (time.perf_counter() - started) * 1e3
        return Answer(status, body, fuel=used, duration_ms=spent, logs=self._wasi.logs())

    def _start(self, limits: Limits, at_ns: int) -> Instance:
        self._wasi.begin(at_ns, limits.output)
        instance = self._program.start(limits)
        self._wasi.attach(instance.memory)
        self._calls.begin(instance.memory)  # what preparing does must not depend on any server
        return instance

    def _prepare(self, task: Task) -> _Prepared:
        key = (task.request, task.limits, task.at_ns)
        if key not in self._prepared:
            if len(self._prepared) >= _MAX_PREPARED:
                self._prepared.clear()
            self._prepared[key] = self._make(task)
        return self._prepared[key]

    def _make(self, task: Task) -> _Prepared:
        if self._untouched is None:  # stays open: what preparing changes is found beside it
            self._untouched = self._start(task.limits, task.at_ns)
        instance = self._start(task.limits, task.at_ns)
        try:
            status, body = self._ask(instance, "prepare", task.request, task.limits)
            if status != VALUE:
                return _Prepared(refused=Answer(status, body, logs=self._wasi.logs()))
            memory, before = _memory(instance), _memory(self._untouched)
            numbers = tuple(
                (name, value)
                for name in self._program.globals
                if (value := instance.get_global(name)) != self._untouched.get_global(name)
            )
            grown = (memory.size - before.size) // PAGE
            return _Prepared(None, memory.changed(before), numbers, grown)
        except Stopped as stopped:
            if stopped.code == "OUT_OF_FUEL":  # for every document the same: said once
                why = Answer(ERROR, code=stopped.code, message=stopped.message)
                return _Prepared(replace(why, fuel=task.limits.fuel, logs=self._printed()))
            stopped.logs = self._printed()
            raise
        finally:
            instance.close()

    @staticmethod
    def _restore(instance: Instance, prepared: _Prepared) -> None:
        memory = _memory(instance)
        if prepared.grown:
            memory.grow(prepared.grown)
        memory.write_all(prepared.pages)
        for name, value in prepared.numbers:
            instance.set_global(name, value)

    def _ask(
        self, instance: Instance, function: str, content: bytes, limits: Limits
    ) -> tuple[str, bytes]:
        memory = _memory(instance)
        try:
            memory.write(instance.call("alloc", len(content)), content)
            at = instance.call(function, len(content))
        except Exited as exited:
            raise self._why("GUEST_EXIT", str(exited)) from None
        except Stopped as stopped:
            if stopped.code != "TRAP":
                raise
            raise self._why(stopped.code, stopped.message) from None
        size, status = struct.unpack("<Ic", memory.read(at, 5))
        if status not in _STATUS:
            raise Stopped("GUEST_INVALID", f"answer status {status!r}")
        if size > limits.output:
            raise Stopped("OUTPUT_LIMIT", f"an answer of {size} bytes, limit {limits.output}")
        return _STATUS[status], memory.read(at + 5, size)

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
