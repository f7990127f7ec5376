"""What the parent asks of a worker, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from attest.model.frozen import frozen
from attest.model.limits import Limits

VALUE, UNDEFINED, ERROR = "value", "undefined", "error"
"""How an evaluation ended: with an answer, with none, or not at all."""


@frozen
class CompiledModule:
    """Native code whose bytes are authentic; only `attest.evaluate.host.cache` makes these.

    ``digest`` is the SHA-256 (hex) of the Wasm it was made from; ``descriptor`` is the open file.
    """

    digest: str
    descriptor: int


Perform = Callable[[str, bytes], bytes]
"""Performs a host call: its name and JSON request in, its JSON answer out.

Raises ``EngineError``: the evaluation that called then ends with that error. Called in a thread.
"""

Seal = tuple[str, tuple[str, ...]]
"""A runner and the digests of the modules it runs over."""


@frozen
class Job:
    """One policy and the documents it shall judge.

    ``runner`` is a key of `runners.RUNNERS`. ``request`` is whatever that runner prepares a policy
    from. ``at_ns`` is the evaluation's clock in nanoseconds since 1970, UTC. ``perform`` answers
    host calls; without it every call is denied.
    """

    runner: str
    modules: tuple[CompiledModule, ...]
    request: bytes = field(repr=False)
    documents: tuple[bytes, ...] = field(repr=False)
    limits: Limits
    at_ns: int
    perform: Perform | None = field(default=None, repr=False, compare=False)

    @property
    def seal(self) -> Seal:
        """What a worker must have been loaded with to do it."""
        return self.runner, tuple(one.digest for one in self.modules)


@frozen
class Answer:
    """How one evaluation ended.

    ``status`` is ``value`` (``body`` is the guest's answer), ``undefined``, or ``error``. An error
    has a ``code`` of `attest.reasons.engine` and a ``message``, or only a ``body``: the guest's own
    account of what went wrong. ``fuel`` is the Wasm fuel that was used; ``logs`` are lines the
    policy printed.
    """

    status: str
    body: bytes = b""
    code: str | None = None
    message: str = ""
    fuel: int = 0
    duration_ms: float = 0.0
    logs: tuple[str, ...] = ()
