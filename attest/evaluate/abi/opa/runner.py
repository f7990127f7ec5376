"""The worker's side of OPA's Wasm ABI: one fresh instance for each document.

Everything goes through the functions of ABI 1.0, which later versions have as well: parse data and
input, make a context for each entrypoint, ``eval``, dump the result set. The answer is an object
(`attest.evaluate.contract.opa` reads it): each entrypoint and its result set as the text it gave.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

from attest.evaluate.abi.opa import documents
from attest.evaluate.abi.opa.builtins import answered, refusal
from attest.evaluate.abi.opa.entries import Asked, choose
from attest.evaluate.abi.opa.guest import Guest
from attest.evaluate.abi.opa.names import BUILTINS, ENVIRONMENT
from attest.evaluate.abi.opa.values import Values
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.machine import Instance, Module, Program
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Exited, Stopped
from attest.model.frozen import frozen

_PRINT = "internal.print"
"""It has no value, which a program would take for undefined: a rule would not fire any more."""
_MAX_LOG = 64 << 10
"""Bytes of printed lines that are kept."""


@frozen
class Running:
    """One evaluation: its instance, its values, and the names behind the numbers of built-ins."""

    task: Task
    instance: Instance
    values: Values
    names: dict[int, str]


class Opa:
    """Runner over the program, and the Rego guest when the program asks for built-ins."""

    def __init__(self, modules: Sequence[Module]) -> None:
        program, *guest = modules
        answered()  # read before the jail closes
        self._guest = Guest(guest[0]) if guest else None
        self._running: Running | None = None
        self._program = Program(program, self._functions())

    def prepare(self, task: Task) -> None:
        """Do nothing: a program has nothing to prepare."""

    def evaluate(self, task: Task) -> Answer:
        """Ask the entrypoints about one document; raise ``Stopped`` when there is no answer."""
        started = time.perf_counter()
        self._log: list[str] = []
        self._room = _MAX_LOG
        request = json.loads(task.request)
        if self._guest is not None:
            self._guest.begin(task, http="http.send" in request["granted"])
        try:
            body, fuel = self._run(task, request)
        except Stopped as stopped:
            stopped.logs = self._logs()
            raise
        except Exited as exited:
            raise Stopped("GUEST_EXIT", str(exited), self._logs()) from None
        except (TypeError, OverflowError, struct.error):
            why = "a function of it takes or returns another type"
            raise Stopped("GUEST_INVALID", why, self._logs()) from None
        finally:
            self._running = None
            if self._guest is not None:
                self._guest.end()
        spent = (time.perf_counter() - started) * 1e3
        return Answer(VALUE, body, fuel=fuel, duration_ms=spent, logs=self._logs())

    def _run(self, task: Task, request: dict[str, Any]) -> tuple[bytes, int]:
        instance = self._program.start(task.limits, request["pages"])
        try:
            running = self._attach(task, instance, frozenset(request["granted"]))
            return self._answer(running, request), instance.fuel_used()
        finally:
            instance.close()

    def _attach(self, task: Task, instance: Instance, granted: frozenset[str]) -> Running:
        values = Values(instance)
        self._running = Running(task, instance, values, {})
        asked = values.numbers("builtins")
        if refused := refusal(asked, granted):
            raise Stopped("BUILTIN_REFUSED", f"the program asks for {refused}")
        if asked and self._guest is None:
            why = f"it hid that it asks for {', '.join(sorted(asked)[:10])}"
            raise Stopped("GUEST_INVALID", why)
        self._running = Running(task, instance, values, {at: name for name, at in asked.items()})
        return self._running

    def _answer(self, running: Running, request: dict[str, Any]) -> bytes:
        values, limits = running.values, running.task.limits
        numbers = values.numbers("entrypoints")
        asked = _asked(tuple(numbers), request)
        text = documents.shape(
            running.task.document, request["arguments"], chainloop=asked.chainloop
        )
        data_text = request["data"].encode()
        if twice := documents.taken(data_text, asked.entrypoints):
            raise Stopped("DATA_CONFLICT", f"a data document and the rule {twice} claim one path")
        data = values.json(data_text, "the data documents")
        document = values.json(text, "the document")
        answers = {}
        for one in asked.entrypoints:
            given = _evaluate(running, numbers[one], document, data)
            answers[one] = values.dump_json(given, limits.output, one)
        said = {"declared": asked.declared, "chainloop": asked.chainloop, "answers": answers}
        body = json.dumps(said, ensure_ascii=False).encode()
        if len(body) > limits.output:
            raise Stopped("OUTPUT_LIMIT", f"an answer of {len(body)} bytes, limit {limits.output}")
        return body

    # What the program imports.

    def _functions(self) -> dict[tuple[str, str], Callable[..., int | None]]:
        offered: dict[str, Callable[..., int | None]] = {
            "opa_abort": self._abort,
            "opa_println": self._println,
            **dict.fromkeys(BUILTINS, self._builtin),
        }
        return {(ENVIRONMENT, name): function for name, function in offered.items()}

    def _now(self) -> Running:
        if self._running is None:
            raise Stopped("GUEST_INVALID", "a host call before the instance was ready")
        return self._running

    def _abort(self, message: int) -> None:
        said = self._now().values.message(message, "the text of opa_abort")
        if "malloc" in said:
            raise Stopped("OUT_OF_MEMORY", said)
        raise Stopped("EVAL_CONFLICT" if said.endswith("conflict") else "GUEST_ERROR", said)

    def _println(self, message: int) -> None:
        self._print(self._now().values.message(message, "the text of opa_println"))

    def _print(self, line: str) -> None:
        kept = line.encode()[: self._room].decode("utf-8", "ignore")
        self._room -= len(kept.encode())
        if kept:
            self._log.append(kept)

    def _builtin(self, number: int, _context: int, *arguments: int) -> int:
        """Ask the guest; 0 is undefined. Its fuel counts as the program's own."""
        now = self._now()
        name = now.names.get(number)
        if name is None or self._guest is None:
            raise Stopped("GUEST_INVALID", f"built-in number {number} is none that it named")
        most = now.task.limits.output
        what = f"an argument of {name}"
        terms = [now.values.dump_term(each, most, what) for each in arguments]
        if name == _PRINT:
            self._print(" ".join(terms))
            return now.values.term(b"true", name)
        value, used = self._guest.call(name, terms, now.instance.fuel_left())
        now.instance.spend(used)
        return 0 if value is None else now.values.term(value, f"the value of {name}")

    def _logs(self) -> tuple[str, ...]:
        more = () if self._room else ("[more was printed]",)
        return (*self._log, *more, *(self._guest.logs() if self._guest is not None else ()))


def _asked(offered: Sequence[str], request: dict[str, Any]) -> Asked:
    return choose(
        offered, request["entrypoint"], request["entrypoints"], chainloop=request["chainloop"]
    )


def _evaluate(running: Running, entrypoint: int, document: int, data: int) -> int:
    """Evaluate one entrypoint; return the address of its result set."""
    call = running.instance.call
    context = call("opa_eval_ctx_new")
    call("opa_eval_ctx_set_input", context, document)
    call("opa_eval_ctx_set_data", context, data)
    call("opa_eval_ctx_set_entrypoint", context, entrypoint)
    if status := call("eval", context):
        raise Stopped("GUEST_ERROR", f"eval returned {status}")
    return call("opa_eval_ctx_get_result", context)
