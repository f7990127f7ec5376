"""The worker's side of the older convention (`older`): one fresh instance for each document."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence

from attest.evaluate.abi.extism.names import EXECUTE
from attest.evaluate.abi.extism.older import ALLOCATORS
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.machine import Instance, Memory, Module, Program
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi

_INITIALISERS = ("_initialize", "_start")
"""The first that is exported is called before anything else; it must return."""


class OlderExecute:
    """Runner over the policy's module alone."""

    def __init__(self, modules: Sequence[Module]) -> None:
        (policy,) = modules
        self._wasi = Wasi()
        self._program = Program(policy, self._wasi.functions())

    def prepare(self, task: Task) -> None:
        """Do nothing: there is only ``Execute``, and that takes a document."""

    def evaluate(self, task: Task) -> Answer:
        """Run ``Execute`` on one document; raise ``Stopped`` when it gives no answer."""
        started = time.perf_counter()
        self._wasi.begin(task.at_ns, task.limits.output)
        try:
            body, fuel = self._run(task)
        except Stopped as stopped:
            stopped.logs = self._wasi.logs()
            raise
        except Exited as exited:
            raise Stopped("GUEST_EXIT", str(exited), self._wasi.logs()) from None
        except (TypeError, OverflowError, struct.error):
            why = "it calls the host with arguments of another type"
            raise Stopped("GUEST_INVALID", why, self._wasi.logs()) from None
        spent = (time.perf_counter() - started) * 1e3
        return Answer(VALUE, body, fuel=fuel, duration_ms=spent, logs=self._wasi.logs())

    def _run(self, task: Task) -> tuple[bytes, int]:
        instance = self._program.start(task.limits)
        try:
            if instance.memory is None:
                raise Stopped("EXPORT_MISSING", "it exports no memory")
            self._wasi.attach(instance.memory)
            initialiser = next((name for name in _INITIALISERS if instance.has(name)), None)
            if initialiser is not None:
                instance.call(initialiser)
            at = _put(instance, instance.memory, task.document)
            packed = instance.call(EXECUTE, at, len(task.document))
            return _result(instance.memory, packed, task.limits.output), instance.fuel_used()
        finally:
            instance.close()


def _put(instance: Instance, memory: Memory, document: bytes) -> int:
    """Copy the document to where the policy's allocator says; 0 is what it says when it is full."""
    allocator = next(name for name in ALLOCATORS if instance.has(name))
    at = instance.call(allocator, len(document))
    if not at:
        raise Stopped("OUT_OF_MEMORY", f"its {allocator} has no room for {len(document)} bytes")
    memory.write(at, document)
    return at


def _result(memory: Memory, packed: int, most: int) -> bytes:
    """Read what the two halves of the result point to."""
    at, size = packed >> 32 & 0xFFFF_FFFF, packed & 0xFFFF_FFFF
    if not size:
        raise Stopped("NO_RESULT", "its result has no bytes")
    if size > most:
        raise Stopped("OUTPUT_LIMIT", f"a result of {size} bytes, the limit is {most}")
    return memory.read(at, size)
