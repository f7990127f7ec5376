"""attest.yaml -> Plan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from attest.config.baseline import baseline
from attest.config.context import Loading, read_plan
from attest.config.digest import plan_digest
from attest.config.evidence import Evidence, evidence, waivers
from attest.config.network import network
from attest.config.nodes import Node, Scalar, Table, boolean, choice, items, refusal
from attest.config.overrides import Overrides
from attest.config.policies import policies
from attest.config.references import subject
from attest.config.trust import trust
from attest.errors import UsageError
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.report import WeakenedLine
from attest.model.trust import Trust
from attest.model.verdict import Severity
from attest.plan import Plan, PolicySource

MAX_PLAN = 1 << 20
"""A larger attest.yaml is refused."""

MAX_JOBS = 64


def load_plan(path: str, overrides: Overrides) -> Plan:
    """Read the plan at ``path`` and every file that it pins; raise `UsageError` for any fault."""
    from attest.config.compose import compose

    content = read_plan(path, most=MAX_PLAN)
    table = Table(compose(content, path), "gate")
    choice(table.need("apiVersion"), ("attest/v1",))
    choice(table.need("kind"), ("Gate",))
    plan = _plan(path, content, table, overrides)
    expected = overrides.expected_digest
    if expected is not None and plan.digest != expected:
        problem = f"expected {expected}, found {plan.digest}"
        raise UsageError("PLAN_DIGEST_MISMATCH", problem, where=path)
    return plan


def _plan(path: str, content: bytes, table: Table, overrides: Overrides) -> Plan:
    loading = Loading(os.path.dirname(path), allow_tag=overrides.allow_tag)  # noqa: PTH120  # kept as written
    if overrides.locked:
        loading.read_lock()
    moment = _moment(table.get("allow_at"), overrides, loading)
    known = trust(table.get("trust"), loading)
    both = _flag(table.get("cross_check")) or overrides.cross_check
    judges = policies(table.get("policies"), loading, known, cross_check=both)
    proof = evidence(table.get("evidence"), loading, known)
    reached = network(table.get("network"), loading)
    _check_not_empty(table.node, known, judges, proof)
    return Plan(
        subjects=_subjects(table.get("subjects"), overrides.subjects, loading),
        trust=known,
        policies=judges,
        sources=proof.sources,
        accept=proof.accept,
        documents=proof.documents,
        required=proof.required,
        baseline=baseline(table.get("baseline"), loading, known),
        waivers=waivers(table.get("waivers"), loading, known),
        fail_on=_fail_on(table.get("fail_on"), loading),
        at=moment,
        digest=plan_digest(content, loading.files, overrides),
        config=path,
        weakened=tuple(loading.weakened),
        lock=loading.lock,
        root_digests={name: Digest.of(root) for name, root in known.roots.items()},
        offline=overrides.offline,
        jobs=_jobs(overrides.jobs),
        network=reached,
    )


def _moment(allowed: Node | None, overrides: Overrides, loading: Loading) -> datetime:
    permitted, at = _flag(allowed), overrides.at
    if at is not None and not permitted:
        raise UsageError(
            "AT_NOT_ALLOWED", "--at was given, but the plan has no allow_at: true", where="--at"
        )
    moment = overrides.now if at is None else at
    if moment.tzinfo is None:
        raise UsageError("CONFIG_VALUE", f"{moment.isoformat()} has no time zone", where="--at")
    moment = moment.astimezone(UTC)
    if at is not None:
        effect = f"evaluated as of {moment.isoformat()}, not as of the present"
        loading.weakened.append(WeakenedLine("--at", "allow_at", effect))
    return moment


def _subjects(
    node: Node | None, added: Sequence[str], loading: Loading
) -> tuple[Reference | Digest, ...]:
    own = [subject(item, loading) for item in items(node, empty=True)] if node is not None else []
    for index, word in enumerate(added):
        given = Scalar(f"SUBJECT[{index}]", "command line", word, plain=False)
        own.append(subject(given, loading, base=""))
    return tuple(own)


def _check_not_empty(
    node: Node, known: Trust, judges: tuple[PolicySource, ...], proof: Evidence
) -> None:
    if not judges and not proof.required:
        problem = "there is neither a policy nor required evidence"
        raise refusal(node, "NOTHING_REQUIRED", problem)
    if not known.signers and not judges and not proof.documents:
        raise refusal(node, "TRUST_EMPTY", "there is neither a signer nor anything pinned")


def _fail_on(node: Node | None, loading: Loading) -> Severity | None:
    if node is None:
        return None
    found = Severity[choice(node, tuple(one.word for one in Severity)).upper()]
    if found > Severity.INFO:
        loading.weaken(node, "fail_on", f"findings below {found.word} do not block")
    return found


def _jobs(jobs: int) -> int:
    if not 1 <= jobs <= MAX_JOBS:
        problem = f"expected 1 to {MAX_JOBS} jobs, found {jobs}"
        raise UsageError("CONFIG_VALUE", problem, where="--jobs")
    return jobs


def _flag(node: Node | None) -> bool:
    return node is not None and boolean(node)
