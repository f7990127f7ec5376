"""The engines that can run a policy, and the second opinions on them.

An engine asks its policy about documents (`ask`, in the sandbox) and reads what a clean answer
means (`read`). A second opinion answers the same questions with other code; it is never the judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol

from attest.errors import EngineError
from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.detect import detect
from attest.evaluate.host.job import Answer
from attest.evaluate.host.pool import Pool
from attest.evaluate.reading import Reading
from attest.model import verdict
from attest.model.frozen import frozen
from attest.model.limits import Limits
from attest.model.policy import Arguments, Policy


@frozen
class Settings:
    """What an evaluation depends on besides policy and documents; ``at`` is its clock (UTC).

    ``arguments`` are bound already: names checked, defaults filled in. ``host`` answers host calls:
    a job's ``perform`` is ``host.perform``; what is granted is in ``host.granted``.
    """

    at: datetime
    limits: Limits = Limits()
    arguments: Arguments = field(default_factory=dict)
    cross_check: bool = False
    host: PolicyHost = field(default_factory=PolicyHost, compare=False)


@frozen
class Opinion:
    """A second opinion on one document: a reading, or why there is none.

    ``unsupported`` is a cause that lies in the second engine; ``failed`` is what went wrong when it
    ran the policy.
    """

    reading: Reading | None = None
    unsupported: str = ""
    failed: str = ""


class SecondOpinion(Protocol):
    """Other code that answers the same question."""

    def identity(self) -> verdict.Engine:
        """Return its name and version."""

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Opinion, ...]:
        """Return one opinion for each document, in order."""


class Engine(Protocol):
    """One way to run a policy."""

    @property
    def name(self) -> str:
        """The calling convention, as `detect` names it."""

    @property
    def second(self) -> SecondOpinion | None:
        """The second opinion on this engine's policies, where there is one."""

    def identity(self) -> verdict.Engine:
        """Return name, version and the digest of the engine's own code."""

    def look_ahead(self) -> None:
        """Begin, in the background, what has to be done before any policy is asked."""

    def prepare(self, policy: Policy, settings: Settings, pool: Pool) -> None:
        """Have a worker do what it can before there are documents; nothing is compiled for it."""

    def screen(self, policy: Policy) -> None:
        """Refuse, without running it, a policy that this engine will not run."""

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Answer, ...]:
        """Return one answer for each document, in order."""

    def read(self, answer: bytes, policy: Policy) -> Reading:
        """Return what an answer means; raise ``EngineError`` when it means nothing."""


def find(policy: Policy, engines: Sequence[Engine]) -> Engine:
    """Return the one engine whose code this is.

    Raises ``EngineError``: what `detect` raises, ENGINE_UNSUPPORTED, and what the engine refuses.
    """
    name = detect(policy)
    engine = next((one for one in engines if one.name == name), None)
    if engine is None:
        known = ", ".join(one.name for one in engines)
        raise EngineError(
            "ENGINE_UNSUPPORTED",
            f"policy {policy.name!r} is for engine {name!r}; this version runs {known}",
        )
    engine.screen(policy)
    return engine
