"""What one policy decided about one document, and the lattice that rolls decisions up."""

from __future__ import annotations

import enum
from dataclasses import field

from attest.model.frozen import frozen
from attest.model.material import Problem


class Outcome(enum.IntEnum):
    """Ordered by how much it should worry a gate: a roll-up inside one policy is ``max``."""

    SKIPPED = 0
    PASSED = 1
    FAILED = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The outcome as the report writes it."""
        return self.name.lower()


class Severity(enum.IntEnum):
    """How bad a finding is."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @classmethod
    def parse(cls, text: str) -> Severity | None:
        """Map a scanner's word to a severity; ``None`` when the word is not known."""
        return _SEVERITY_WORDS.get(text.strip().lower())

    @property
    def word(self) -> str:
        """The severity as the report writes it."""
        return self.name.lower()


_SEVERITY_WORDS = {
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "none": Severity.INFO,
    "note": Severity.LOW,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "warning": Severity.MEDIUM,
    "high": Severity.HIGH,
    "error": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


@frozen
class Finding:
    """One thing a policy objects to.

    ``severity`` is ``None`` when missing or unmapped: it then blocks at every ``fail_on``.
    ``location`` is a file, line or JSON pointer as the policy gave it. ``ids`` are the names it can
    be waived by (an advisory id, a package URL). What is ``suppressed``, covered by a waiver or
    known to a baseline stays listed.
    """

    rule_id: str
    message: str
    severity: Severity | None = None
    location: str | None = None
    remediation: str | None = None
    fingerprint: str = ""
    ids: tuple[str, ...] = ()
    suppressed: bool = False
    waived_by: str | None = None
    known_by: str | None = None


@frozen
class Engine:
    """The engine that ran: its name, its version, and the digest of its code where it has one."""

    name: str
    version: str
    digest: str | None = None


@frozen
class Usage:
    """What an evaluation cost: wall milliseconds, and fuel, which is the same on every run."""

    duration_ms: float = 0.0
    fuel: int = 0


@frozen
class CrossCheck:
    """The second opinion: ``agrees`` is ``None`` when that engine does not support the policy."""

    engine: Engine
    agrees: bool | None
    detail: str = ""


@frozen
class Excerpt:
    """The beginning of some bytes, as text or in base64; ``size`` and ``digest`` are of all."""

    text: str
    encoding: str
    size: int
    digest: str
    truncated: bool


@frozen
class Raw:
    """What an engine was given, and what it answered if it did: unverified, for whoever debugs."""

    input: Excerpt
    output: Excerpt | None = None


@frozen
class Decision:
    """One policy's answer on one document.

    ``result`` is the policy's own answer as JSON text. ``problem`` is set exactly when the outcome
    is ERROR. ``ignored`` marks an answer that the policy itself asked to leave out. ``unchecked``
    says why the policy's other form (source, or what was compiled from it) could not be asked.
    """

    outcome: Outcome
    engine: Engine
    findings: tuple[Finding, ...] = ()
    skip_reasons: tuple[str, ...] = ()
    ignored: bool = False
    problem: Problem | None = None
    result: str | None = field(default=None, repr=False)
    usage: Usage = Usage()
    cross_check: CrossCheck | None = None
    unchecked: str = ""
    logs: tuple[str, ...] = ()
    raw: Raw | None = field(default=None, repr=False)
