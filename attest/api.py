"""The Python interface: what the commands do, as functions.

Heavy imports happen inside, so that ``import attest`` costs little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attest.errors import AttestError
    from attest.model.capability import Capabilities
    from attest.model.digest import Digest
    from attest.model.limits import Limits
    from attest.model.policy import Arguments, PolicyBundle
    from attest.model.report import Report
    from attest.model.trust import Trust, Verified
    from attest.model.verdict import Decision
    from attest.plan import Plan


def load_plan(path: str, **overrides: Any) -> Plan:
    """Read ``attest.yaml`` into a plan.

    ``overrides`` are those of `attest.config.Overrides`: ``subjects``, ``at``, ``offline``,
    ``jobs``, ``cross_check`` … Raises `attest.errors.UsageError` (exit 2) with the path of the key.
    """
    from attest import config

    settings: dict[str, Any] = {"now": datetime.now(UTC), **overrides}  # noqa: TID251  # an edge, like the commands
    return config.load_plan(path, config.Overrides(**settings))


def run(plan: Plan) -> Report:
    """Decide what ``plan`` asks, and return the report; its ``exit_code`` is the gate's."""
    from attest import pipeline
    from attest.evaluate import Evaluator
    from attest.evaluate.capabilities import Answers
    from attest.fetch.call import HttpCalls

    answers = Answers(HttpCalls(offline=plan.offline).send)
    with Evaluator(jobs=plan.jobs, answers=answers) as evaluator:
        return pipeline.run(plan, evaluator)


def verify_bundle(
    bundle: bytes, subject: Digest | bytes, trust: Trust, *, at: datetime | None = None
) -> Verified:
    """Return what is proven about a Sigstore bundle that is about ``subject``.

    Raises `attest.errors.VerificationError` (code, message, hint). ``at`` is the time beyond which
    nothing proven may lie; now when absent.
    """
    from attest import verification

    moment = at or datetime.now(UTC)  # noqa: TID251  # an edge, like the commands
    return verification.verify_bundle(bundle, subject, trust, at=moment)


def verify_bundles(
    bundles: Iterable[bytes], subject: Digest | bytes, trust: Trust, *, at: datetime | None = None
) -> tuple[Verified | AttestError, ...]:
    """Return what is proven about each of ``bundles``, in order; a refusal stops no other.

    Keys, roots and patterns of ``trust`` are parsed once. Raises `attest.errors.UsageError` for
    those alone; every other refusal is returned in its place.
    """
    from attest import verification

    moment = at or datetime.now(UTC)  # noqa: TID251  # an edge, like the commands
    return verification.verify_bundles(bundles, subject, trust, at=moment)


def evaluate(  # noqa: PLR0913  # its arguments are the public interface
    policy: bytes | PolicyBundle,
    material: bytes,
    *,
    kind: str | None = None,
    engine: str | None = None,
    arguments: Arguments | None = None,
    entrypoint: str | None = None,
    data: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
    grants: Capabilities | None = None,
    at: datetime | None = None,
    cross_check: bool = False,
) -> Decision:
    """Ask one policy about one document; nothing is verified.

    Nothing is fetched but what ``grants`` (`attest.model.capability`) let the policy ask for.

    ``policy`` is Rego text, a Wasm module, or a loaded bundle, of which ``kind`` picks the policy.
    Never raises for what the policy does: the answer's outcome is then ERROR, with its problem.
    """
    from attest import authoring
    from attest.evaluate.capabilities import Answers, PolicyHost
    from attest.fetch.call import HttpCalls
    from attest.model.capability import Capabilities
    from attest.model.limits import Limits
    from attest.model.policy import File

    chosen = authoring.one_policy(policy, kind)
    chosen = replace(
        chosen,
        engine=engine or chosen.engine,
        entrypoint=entrypoint or chosen.entrypoint,
        data=chosen.data + tuple(File(path, text) for path, text in (data or {}).items()),
    )
    limits = limits or Limits()
    answers = Answers(HttpCalls(offline=False).send)
    granted, declared = grants or Capabilities(), chosen.capabilities
    request = authoring.Request(
        at=at or datetime.now(UTC),  # noqa: TID251  # an edge, like the commands
        limits=limits,
        arguments=arguments or {},
        cross_check=cross_check,
        host=PolicyHost(granted, answers, declared=declared, seconds=limits.timeout),
    )
    return authoring.ask(chosen, material, request)
