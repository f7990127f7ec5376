"""The engines of this version: a new one is one more line."""

from __future__ import annotations

from collections.abc import Sequence

from attest.evaluate import contract, detect
from attest.evaluate.abi.extism import adapter as extism
from attest.evaluate.abi.opa import adapter as opa
from attest.evaluate.abi.opa import answer as opa_answer
from attest.evaluate.capabilities import ungranted
from attest.evaluate.engine import Engine, SecondOpinion, Settings
from attest.evaluate.guests import rego
from attest.evaluate.host.job import Answer
from attest.evaluate.host.pool import Pool
from attest.evaluate.reading import Reading
from attest.model import verdict
from attest.model.policy import Policy


class Rego:
    """Rego source on the frozen OPA guest."""

    name = detect.REGO

    @property
    def second(self) -> SecondOpinion | None:
        """Return regopy, imported only where it is asked."""
        from attest.evaluate.native.rego_opinion import Regopy

        return Regopy()

    def identity(self) -> verdict.Engine:
        """Return OPA's version and the guest's digest."""
        return rego.engine()

    def look_ahead(self) -> None:
        """Check the guest's native code."""
        rego.look()

    def prepare(self, policy: Policy, settings: Settings, pool: Pool) -> None:
        """Let the guest compile it."""
        given = (settings.arguments, settings.at, settings.limits, pool, settings.host)
        rego.prepare(policy, *given)

    def screen(self, policy: Policy) -> None:
        """Leave it to the guest's parser."""

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Answer, ...]:
        """Ask the guest."""
        given = (settings.arguments, settings.at, settings.limits, pool, settings.host)
        answers = rego.evaluate(policy, documents, *given)
        return tuple(ungranted.explained(answer, policy) for answer in answers)

    def read(self, answer: bytes, policy: Policy) -> Reading:
        """Read the guest's verdict."""
        return contract.rego(answer, policy.name, finding_type=policy.finding_type)


class Extism:
    """A Wasm program that speaks Extism, on a kernel of our own."""

    name = detect.EXTISM

    @property
    def second(self) -> SecondOpinion | None:
        """Return Extism's own runtime, imported only where it is asked."""
        from attest.evaluate.native.extism_opinion import ExtismSdk

        return ExtismSdk()

    def identity(self) -> verdict.Engine:
        """Return wasmtime's version and the kernel's digest."""
        return extism.engine()

    def look_ahead(self) -> None:
        """Do nothing: the programs are small."""

    def prepare(self, policy: Policy, settings: Settings, pool: Pool) -> None:
        """Let a worker load the program."""
        extism.prepare(policy, settings, pool)

    def screen(self, policy: Policy) -> None:
        """Look at imports and exports."""
        extism.screened(policy)

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Answer, ...]:
        """Run ``Execute``."""
        return extism.evaluate(policy, documents, settings, pool)

    def read(self, answer: bytes, policy: Policy) -> Reading:
        """Read Chainloop's result object."""
        return extism.read(answer, policy)


class OpaWasm:
    """Rego that OPA compiled to Wasm; the source beside it, where it is, has to agree."""

    name = detect.OPA_WASM

    @property
    def second(self) -> SecondOpinion | None:
        """Return the Rego guest on the source, imported only where it is asked."""
        from attest.evaluate.abi.opa.source import Source

        return Source()

    def identity(self) -> verdict.Engine:
        """Return wasmtime's version and the digest of the guest that answers built-ins."""
        return opa.engine()

    def look_ahead(self) -> None:
        """Do nothing: the programs are small, and the guest is looked at for Rego."""

    def prepare(self, policy: Policy, settings: Settings, pool: Pool) -> None:
        """Let a worker load the program."""
        opa.prepare(policy, settings, pool)

    def screen(self, policy: Policy) -> None:
        """Look at imports, exports, the ABI's version and the built-ins asked for."""
        opa.screened(policy)

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Answer, ...]:
        """Ask the entrypoints."""
        return opa.evaluate(policy, documents, settings, pool)

    def read(self, answer: bytes, policy: Policy) -> Reading:
        """Read the result sets."""
        return opa_answer.read(answer, policy.name, finding_type=policy.finding_type)


ENGINES: tuple[Engine, ...] = (Rego(), OpaWasm(), Extism())
"""Exactly one recognises a policy's code (`attest.evaluate.detect`)."""
