"""The calling conventions that a worker can speak."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, NoReturn, Protocol

from attest.evaluate.host.job import Answer
from attest.evaluate.host.stopped import Stopped
from attest.model.frozen import frozen
from attest.model.limits import Limits

if TYPE_CHECKING:
    from attest.evaluate.host.machine import Module

RUNNERS: dict[str, str] = {
    "frozen": "attest.evaluate.host.frozen:Frozen",
    "opa": "attest.evaluate.abi.opa.runner:Opa",
    "extism": "attest.evaluate.abi.extism.runner:Extism",
    "older-execute": "attest.evaluate.abi.extism.older_runner:OlderExecute",
    "regopy": "attest.evaluate.native.regopy_runner:RegopyRunner",
}
"""Name -> ``module:Class``, imported in the worker before the jail closes."""


Call = Callable[[str, bytes], bytes]
"""Asks for a host call: ``op`` and JSON request in, JSON answer out; may raise `Stopped`."""


def no_call(op: str, _request: bytes) -> NoReturn:
    """Deny a host call."""
    raise Stopped("HOST_CALL_DENIED", f"it called {op[:100]!r} where no host call is served")


@frozen
class Task:
    """One document to evaluate, in the worker.

    ``call`` has the parent perform a host call. When that is denied or fails it raises `Stopped`,
    which must end the evaluation: the parent takes no other answer from it.
    """

    request: bytes = field(repr=False)
    document: bytes = field(repr=False)
    limits: Limits
    at_ns: int
    call: Call = field(default=no_call, repr=False, compare=False)


class Runner(Protocol):
    """One calling convention over compiled modules."""

    def prepare(self, task: Task) -> None:
        """Do what can be done before there is a document; may raise `machine.Stopped`."""

    def evaluate(self, task: Task) -> Answer:
        """Answer for one document from a fresh instance; may raise `machine.Stopped`."""


def load(name: str, modules: Sequence[Module]) -> Runner:
    """Import the runner called ``name`` and build it over ``modules``."""
    module, _, attribute = RUNNERS[name].partition(":")
    runner: Runner = getattr(importlib.import_module(module), attribute)(modules)
    return runner
