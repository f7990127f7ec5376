"""One policy on one document, for those who write policies: unsigned is fine here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime

from attest.aggregate import arguments as binding
from attest.decode import policies
from attest.errors import AttestError, UsageError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.capabilities import PolicyHost
from attest.fetch import Fetcher, Store
from attest.model.artifact import Reference
from attest.model.frozen import frozen
from attest.model.limits import Limits
from attest.model.material import Problem
from attest.model.policy import Arguments, Claims, File, Policy, PolicyBundle
from attest.model.trust import Trust
from attest.model.verdict import Decision, Engine, Outcome
from attest.verify import Verifier

WASM_MAGIC = b"\0asm"


@frozen
class Request:
    """How to ask: the policy's clock, the limits, what it is passed, and whom to ask besides.

    ``host`` answers its host calls; that of the default denies all.
    """

    at: datetime
    limits: Limits = Limits()
    arguments: Arguments | None = None
    cross_check: bool = False
    host: PolicyHost = field(default_factory=PolicyHost)
    include_raw: bool = False


def load(
    reference: Reference, at: datetime, *, offline: bool = False, allow_tag: bool = False
) -> PolicyBundle:
    """Load a file, a folder or a bundle; what it is signed with does not matter here.

    A tag alone is resolved once where ``allow_tag`` permits it, and refused otherwise.

    Its bytes are pinned to what was fetched, so that nothing later can differ from it.
    """
    with Fetcher(offline=offline, store=Store()) as fetcher:
        if allow_tag and reference.tag is not None and reference.digest is None:
            reference = replace(reference, digest=fetcher.resolve(reference))
        fetched = fetcher.policy(reference, attached=False)
    verified = Verifier(Trust({}, {}), at).pin(fetched.artifact, fetched.artifact.digest)
    return policies.load(verified, fetched.blobs, reference=reference)


def one_policy(source: bytes | PolicyBundle, kind: str | None) -> Policy:
    """Return the one policy meant; raise POLICY_AMBIGUOUS when ``kind`` leaves several."""
    if isinstance(source, bytes):
        name = "policy.wasm" if source.startswith(WASM_MAGIC) else "policy.rego"
        found = policies.policies_from([File(name, source)], Claims())
    else:
        found = source.policies
    fitting = [p for p in found if kind is None or not p.kinds or kind in p.kinds]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{p.name} ({' '.join(p.kinds) or 'any kind'})" for p in found)
    raise UsageError(
        "POLICY_AMBIGUOUS", f"expected one policy for {kind or 'the document'}, seen: {names}"
    )


def ask(
    policy: Policy,
    document: bytes,
    request: Request,
    progress: Callable[[str], None] = lambda _: None,
) -> Decision:
    """Return the answer of ``policy``; an error of its own is an answer too."""
    try:
        arguments = binding.bind(policy, request.arguments or {})
        at, limits = request.at, request.limits
        settings = Settings(at, limits, arguments, request.cross_check, request.host)
        raw = request.include_raw
        with Evaluator(jobs=1, progress=progress, include_raw=raw) as evaluator:
            (decision,) = evaluator.evaluate(policy, (document,), settings)
    except AttestError as error:
        if isinstance(error, UsageError):
            raise
        problem = Problem(error.code, error.message, error.hint)
        return Decision(Outcome.ERROR, Engine(policy.engine or "unknown", ""), problem=problem)
    return decision
