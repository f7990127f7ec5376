"""Limits that are taken away, one at a time, in the process that holds them.

    attest.evaluate.host.worker, .compiler    with `main`: the arguments after theirs are names
    the parent                                `remove`

A worker is then still a worker, with one wall less.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

_HUGE = 1 << 40


def main(arguments: list[str]) -> None:
    """Be the process ``arguments[0]`` without the limits that are named after ``--``."""
    module, *rest = arguments
    at = rest.index("--")
    for name in rest[at + 1 :]:
        WORKER.get(name, _keep)()
    importlib.import_module(module).main(rest[:at])


def remove(names: list[str]) -> None:
    """Take limits away in the parent, and have its children do the same."""
    from attest.evaluate.host import launch

    command = launch.command

    def without(module: str, *arguments: str) -> list[str]:
        return command(__name__, module, *arguments, "--", *names)

    launch.command = without
    for name in names:
        PARENT.get(name, _keep)()


def _keep() -> None:
    """Change nothing on this side."""


def _set(module: str, **values: Any) -> Callable[[], None]:
    def change() -> None:
        for name, value in values.items():
            setattr(importlib.import_module(f"attest.evaluate.{module}"), name, value)

    return change


def _limits(**values: Any) -> Callable[[], None]:
    """Start instances under other limits than those asked for."""

    def change() -> None:
        from dataclasses import replace

        from attest.evaluate.host.machine import Program

        start = Program.start

        def unlimited(self: Program, limits: Any, *rest: Any) -> Any:
            return start(self, replace(limits, **values), *rest)

        Program.start = unlimited  # type: ignore[method-assign,assignment]  # that is what this is for

    return change


def _output() -> None:
    from dataclasses import replace

    from attest.evaluate.host import worker

    evaluate = worker._evaluate  # noqa: SLF001  # as above

    def unlimited(runner: Any, task: Any) -> Any:
        return evaluate(runner, replace(task, limits=replace(task.limits, output=_HUGE)))

    worker._evaluate = unlimited  # noqa: SLF001  # as above


_NO_RLIMIT = _set("host.jail", limit_memory=lambda *_limits: None)
WORKER: dict[str, Callable[[], None]] = {
    "fuel": _limits(fuel=1 << 62),
    "memory": _limits(memory=4 << 30),
    "private memory": _NO_RLIMIT,
    "table": _set("host.machine", MAX_TABLE=100_000_000),
    "tables": _set("host.machine", MAX_TABLES=1_000),
    "output": _output,
    "log": _set("host.wasi", MAX_LOG=_HUGE),
    "few calls into the host": _set("host.machine", MAX_HOST_CALLS=1_000),
}


def _no_deadline() -> None:
    from attest.evaluate.host.run import Run

    setattr(Run, "_kill_late", lambda _self: None)  # noqa: B010  # as above


def _any_depth() -> None:
    from attest.model import strict_json

    setattr(strict_json, "_check_depth", lambda _document, _most: None)  # noqa: B010  # as above


def _compile(**values: Any) -> Callable[[], None]:
    def change() -> None:
        from attest.evaluate.host import compiler

        run = compiler.run

        def changed(*arguments: Any, **named: Any) -> None:
            run(*arguments, **{**named, **values})

        compiler.run = changed

    return change


PARENT: dict[str, Callable[[], None]] = {
    "private memory": _NO_RLIMIT,
    "time": _no_deadline,
    "answer": _set("host.run", EXTRA_OUTPUT=1 << 30),
    "nesting": _any_depth,
    "findings": _set("findings", MAX_FINDINGS=_HUGE),
    "module": _set("probe", MAX_MODULE=_HUGE),
    "compile time": _compile(timeout=50.0),
    "little compile memory": _compile(memory=100 << 20),
}
