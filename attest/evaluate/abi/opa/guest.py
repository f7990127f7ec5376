"""Built-in functions that a program asks its host for, answered by the Rego guest.

    builtin(n) -> i32    {"name": …, "args": [Rego term, …], "time_ns": …, "http": …} at `alloc(n)`;
                         answer: length (u32), status ('v' term, 'u' undefined, 'e' error), content

One instance serves all calls of one evaluation, so that a server that is asked twice gives the same
answer. It comes up with the first call.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace

from attest.evaluate.host.guest_calls import GuestCalls
from attest.evaluate.host.machine import Instance, Memory, Module, Program
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi

_EXPORTS = ("alloc", "builtin")


class Guest:
    """The guest beside one evaluation at a time: `begin`, `call` …, `end`."""

    def __init__(self, module: Module) -> None:
        self._wasi = Wasi()
        self._calls = GuestCalls()
        functions = {**self._wasi.functions(), **self._calls.functions()}
        self._program = Program(module, functions)
        self._instance: Instance | None = None

    def begin(self, task: Task, *, http: bool) -> None:
        """Start afresh; ``http`` says that http.send is granted."""
        self._task = task
        self._http = http
        self._wasi.begin(task.at_ns, task.limits.output)

    def call(self, name: str, arguments: list[str], fuel: int) -> tuple[bytes | None, int]:
        """Return a function's value as a Rego term, ``None`` for undefined, and the fuel used.

        ``fuel`` is what is left of the evaluation's. Raises ``Stopped``: BUILTIN_ERROR, a limit.
        """
        instance = self._ready(fuel)
        before = instance.fuel_used()
        request = {
            "name": name,
            "args": arguments,
            "time_ns": self._task.at_ns,
            "http": self._http,
        }
        status, content = self._ask(instance, json.dumps(request).encode())
        used = instance.fuel_used() - before
        if status == b"e":
            said = _message(content).removeprefix(f"{name}: ")
            raise Stopped("BUILTIN_ERROR", f"{name}: {said}")
        return (content if status == b"v" else None), used

    def end(self) -> None:
        """Free the instance."""
        if self._instance is not None:
            self._instance.close()
            self._instance = None

    def logs(self) -> tuple[str, ...]:
        """Return what functions printed."""
        return self._wasi.logs()

    def _ready(self, fuel: int) -> Instance:
        if self._instance is None:
            self._instance = self._program.start(replace(self._task.limits, fuel=fuel))
            if missing := [name for name in _EXPORTS if not self._instance.has(name)]:
                raise Stopped("GUEST_INVALID", f"the Rego guest exports no {missing[0]}")
            self._wasi.attach(self._instance.memory)
            self._calls.begin(self._instance.memory, self._task.call)
        return self._instance

    def _ask(self, instance: Instance, request: bytes) -> tuple[bytes, bytes]:
        memory = instance.memory
        if not isinstance(memory, Memory):
            raise Stopped("GUEST_INVALID", "the Rego guest exports no memory")
        try:
            memory.write(instance.call("alloc", len(request)), request)
            at = instance.call("builtin", len(request))
        except Exited as exited:
            raise self._why("GUEST_EXIT", str(exited)) from None
        except Stopped as stopped:
            if stopped.code != "TRAP":
                raise
            raise self._why(stopped.code, stopped.message) from None
        size, status = struct.unpack("<Ic", memory.read(at, 5))
        if status not in {b"v", b"u", b"e"}:
            raise Stopped("GUEST_INVALID", f"the Rego guest answered with status {status!r}")
        return status, memory.read(at + 5, size)

    def _why(self, code: str, message: str) -> Stopped:
        """Go prints why it gives up, and then traps or exits."""
        said = next((line for line in self._wasi.logs() if "out of memory" in line), "")
        return Stopped("OUT_OF_MEMORY", said) if said else Stopped(code, message)


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])[:1_000]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "it failed without saying why"
