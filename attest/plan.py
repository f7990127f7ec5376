"""The plan: all that is decided before a byte is fetched.

`attest.config` makes one from attest.yaml; `attest.pipeline` runs it. Clock, trust roots and limits
are values here, so that a run can be replayed offline and compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from attest.model.artifact import Reference
from attest.model.capability import Capabilities
from attest.model.digest import Digest
from attest.model.expectation import Expectation
from attest.model.frozen import frozen
from attest.model.limits import Limits
from attest.model.lock import Lock
from attest.model.material import Kind
from attest.model.network import Network
from attest.model.policy import Arguments
from attest.model.report import WeakenedLine
from attest.model.trust import Trust
from attest.model.verdict import Severity


@frozen
class Selector:
    """Which materials a rule speaks of. Empty fields do not restrict."""

    kinds: tuple[Kind, ...] = ()
    predicate_types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def targeted(self) -> bool:
        """Whether materials are named by kind or predicate type."""
        return bool(self.kinds or self.predicate_types)


@frozen
class OpaSignature:
    """The public key of a bundle's own ``.signatures.json``, and the scope that it must state."""

    pem: bytes = field(repr=False)
    scope: str = ""


@frozen
class PolicySource:
    """One entry of ``policies``. ``signed_by`` empty means: trusted by its pin alone.

    ``on_skip`` is ``fail``, ``warn`` or ``pass``; ``combine`` is ``inputs: all``. ``skip`` names
    policies of the bundle's groups that are not asked. ``least_version`` is that of the lock.
    """

    source: Reference
    where: str
    signed_by: tuple[str, ...] = ()
    engine: str | None = None
    entrypoint: str | None = None
    v0_compatible: bool = False
    applies_to: Selector = Selector()
    combine: bool = False
    arguments: Arguments = field(default_factory=dict)
    data: tuple[PinnedFile, ...] = ()
    on_skip: str = "fail"
    skip: tuple[str, ...] = ()
    enforce: bool = True
    limits: Limits = Limits()
    cross_check: bool = False
    grants: Capabilities = Capabilities()
    least_version: str | None = None
    expect: ExpectedStatement | None = None
    opa_signature: OpaSignature | None = None


@frozen
class ExpectedStatement:
    """A statement about a policy bundle that must be attached to it, by one of ``signed_by``."""

    expectation: Expectation
    signed_by: tuple[str, ...]


@frozen
class PinnedFile:
    """A file of the plan, read when the plan was loaded and checked against its SHA-256."""

    path: str
    content: bytes = field(repr=False)


BESIDE = Reference("oci", "referrers")
"""What ``oci:referrers`` reads as: no registry is called so."""


@frozen
class EvidenceSource:
    """A place to look for evidence; ``on_refused`` is ``fail`` or ``warn``.

    ``api`` is the base URL of the API that holds it; empty for every other place. ``token_env``
    names the environment variable with the token that the API is shown.
    """

    source: Reference
    on_refused: str = "fail"
    api: str = ""
    token_env: str = ""

    @property
    def beside(self) -> bool:
        """Whether this is ``oci:referrers``: beside every subject, wherever that lies."""
        return self.source == BESIDE


@frozen
class AcceptRule:
    """Who may say what: evidence of these kinds must be signed by one of ``signed_by``."""

    selector: Selector
    signed_by: tuple[str, ...]


@frozen
class Document:
    """A file that names no subject itself: the plan says what it is about.

    Trusted by ``pin``, or by a bundle beside it (``PATH.sigstore.json``) of one of ``signed_by``.
    ``about`` holds the names of subjects; ``None`` is all of them.
    """

    source: Reference
    kind: Kind
    where: str
    pin: Digest | None = None
    signed_by: tuple[str, ...] = ()
    about: tuple[str, ...] | None = None


@frozen
class Requirement:
    """Evidence that every subject must have; a subject without it exits 3."""

    selector: Selector
    where: str
    signed_by: tuple[str, ...] = ()
    max_age: timedelta | None = None
    at_least: int = 1
    rules: tuple[str, ...] = ()
    expect: Expectation = Expectation()


@frozen
class WaiverRules:
    """Where signed waivers are, who may approve them, and how far they may reach."""

    sources: tuple[Reference, ...] = ()
    signed_by: tuple[str, ...] = ()
    max_duration: timedelta = timedelta(days=90)
    warn_before: timedelta = timedelta(days=7)
    allow_rule_wide: bool = False


@frozen
class BaselineRules:
    """Which report about an earlier artifact is a baseline, who may sign it, and for how long."""

    source: Reference
    signed_by: tuple[str, ...]
    max_age: timedelta


@frozen
class Plan:
    """One run, fully decided. ``digest`` covers every file the plan was made from.

    ``at`` is the time of evaluation (UTC). ``weakened`` lists each option that relaxes a check.
    ``subjects`` are as written: a path, ``algorithm:hex`` or a reference. ``base`` is the folder
    that command-line paths start from.
    """

    subjects: tuple[Reference | Digest, ...]
    trust: Trust
    policies: tuple[PolicySource, ...]
    sources: tuple[EvidenceSource, ...]
    accept: tuple[AcceptRule, ...]
    documents: tuple[Document, ...]
    required: tuple[Requirement, ...]
    at: datetime
    digest: Digest
    config: str
    waivers: WaiverRules = WaiverRules()
    baseline: BaselineRules | None = None
    fail_on: Severity | None = None
    weakened: tuple[WeakenedLine, ...] = ()
    lock: Lock | None = None
    root_digests: Mapping[str, Digest] = field(default_factory=dict)
    offline: bool = False
    jobs: int = 2
    network: Network = Network()
