"""The worker's side of the Extism convention (extism/extism, `runtime`): one fresh instance a call.

The request is a JSON object: the configuration that the policy may read, and the export to call.
The document is its input. A non-zero return is an error whatever was output, and so is an error
text with a zero return. HTTP and Chainloop's discovery are for the parent to grant; a denied call
ends the evaluation at once.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Sequence

from attest.evaluate.abi.extism.blocks import Blocks
from attest.evaluate.abi.extism.names import (
    DISCOVER,
    DISCOVER_MODULES,
    ENVIRONMENT,
    LOG_LEVELS,
)
from attest.evaluate.abi.extism.services import Services
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.machine import Instance, Module, Program
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi

_INITIALISERS = ("__wasm_call_ctors", "_initialize")
"""The first that is exported is called before anything else, as Extism does."""
_FORMS = (((), ()), ((), ("i32",)))
"""Parameters and results that the function that decides may have."""


class Extism:
    """Runner over two modules: the policy, and the kernel beside it."""

    def __init__(self, modules: Sequence[Module]) -> None:
        policy, kernel = modules
        self._wasi = Wasi()
        self._services = Services()
        self._policy = policy
        functions = {**self._wasi.functions(), **self._functions()}
        self._program = Program(policy, functions, beside=((ENVIRONMENT, kernel),))

    def prepare(self, task: Task) -> None:
        """Do nothing: the convention has one function, and that takes a document."""

    def evaluate(self, task: Task) -> Answer:
        """Run the export on one document; raise ``Stopped`` or ``Exited`` when it gives none."""
        started = time.perf_counter()
        request = json.loads(task.request)
        self._wasi.begin(task.at_ns, task.limits.output)
        self._services.begin(request["config"], task.call)
        try:
            body, fuel = self._run(task, request["export"])
        except Stopped as stopped:
            stopped.logs = self._logs()
            raise
        except Exited as exited:
            raise Stopped("GUEST_EXIT", str(exited), self._logs()) from None
        except (TypeError, OverflowError, struct.error):
            why = "it calls the host with arguments of another type"
            raise Stopped("GUEST_INVALID", why, self._logs()) from None
        spent = (time.perf_counter() - started) * 1e3
        return Answer(VALUE, body, fuel=fuel, duration_ms=spent, logs=self._logs())

    def _run(self, task: Task, export: str) -> tuple[bytes, int]:
        form = _form(self._policy, export)
        if form not in _FORMS:
            raise Stopped("EXPORT_MISSING", f"{export} must be () -> i32 or () -> (), it is {form}")
        instance = self._program.start(task.limits)
        try:
            self._wasi.attach(instance.memory)
            blocks = Blocks(instance.beside[ENVIRONMENT])
            self._services.attach(blocks)
            self._initialise(instance)
            blocks.set_input(task.document)
            status = instance.call(export)
            _require_success(export, status, blocks)
            blocks.require_room()
            return blocks.output(task.limits.output), instance.fuel_used()
        finally:
            instance.close()

    @staticmethod
    def _initialise(instance: Instance) -> None:
        found = next((name for name in _INITIALISERS if instance.has(name)), None)
        if found is not None:
            instance.call(found)

    def _functions(self) -> dict[tuple[str, str], Callable[..., int | None]]:
        offered = self._services
        environment: dict[str, Callable[..., int | None]] = {
            "config_get": offered.config_get,
            "var_get": offered.var_get,
            "var_set": offered.var_set,
            "http_request": offered.http_request,
            "http_status_code": offered.http_status_code,
            "http_headers": offered.http_headers,
            "get_log_level": offered.get_log_level,
            **{f"log_{level}": offered.log(level) for level in LOG_LEVELS},
        }
        return {
            **{(ENVIRONMENT, name): function for name, function in environment.items()},
            **{(module, DISCOVER): offered.chainloop_discover for module in DISCOVER_MODULES},
        }

    def _logs(self) -> tuple[str, ...]:
        return (*self._services.lines(), *self._wasi.logs())


def _require_success(export: str, status: int, blocks: Blocks) -> None:
    error = blocks.error()
    if status:
        why = f": {error}" if error else ""
        raise Stopped("GUEST_ERROR", f"{export} returned {status}{why}")
    if error is not None:
        raise Stopped("GUEST_ERROR", f"{export} set an error: {error}")


def _form(module: Module, export: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    kind = next((one.type for one in module.exports if one.name == export), None)
    results = getattr(kind, "results", None)
    if results is None:
        return None
    return tuple(map(str, getattr(kind, "params", ()))), tuple(map(str, results))
