"""Judging: every policy is asked about every document that it, or the plan, asks for."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from functools import partial

from attest.aggregate import arguments, rollup, select
from attest.aggregate.baseline import Baseline, Known, PolicyKey
from attest.aggregate.discover import discover
from attest.aggregate.document import document
from attest.aggregate.lines import Capacity, policy_line
from attest.aggregate.types import Judgement, Piece, Target, Task, problem_of
from attest.aggregate.waivers import Waiver
from attest.errors import AttestError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.capabilities import Answers, PolicyHost
from attest.model.frozen import frozen
from attest.model.policy import Policy, PolicyBundle
from attest.model.report import PolicyLine
from attest.model.verdict import Decision, Engine, Outcome
from attest.plan import Plan, PolicySource


@frozen
class Case:
    """What is to be judged: the plan, its targets, the evidence, and what excuses findings."""

    plan: Plan
    targets: tuple[Target, ...]
    pieces: tuple[Piece, ...]
    waivers: tuple[Waiver, ...]
    baseline: Baseline | None = None


@frozen
class Judged:
    """What one bundle's policies said, and the report's lines about them."""

    lines: tuple[PolicyLine, ...]
    results: tuple[rollup.Result, ...]


@frozen
class Asked:
    """One policy that is asked, as the plan has it, and what answers its host calls."""

    source: PolicySource
    policy: Policy
    policy_id: str
    host: PolicyHost


def prepare(
    evaluator: Evaluator, plan: Plan, source: PolicySource, policies: Iterable[Policy]
) -> None:
    """Let the policies be read ahead; what is wrong with them is said when they are judged."""
    for policy in policies:
        with contextlib.suppress(AttestError):
            evaluator.prepare(policy, _settings(plan, source, policy, PolicyHost(source.grants)))


def judge(
    evaluator: Evaluator,
    case: Case,
    source: PolicySource,
    bundle: PolicyBundle,
    taken: frozenset[str],
) -> Judged:
    """Ask every policy of ``bundle`` about every target; ``taken`` are the ids already given."""
    arguments.refuse_unknown(bundle.policies, source.arguments, source.where)
    lines: list[PolicyLine] = []
    answered: list[tuple[Policy, str, list[Judgement]]] = []
    for policy in bundle.policies:
        policy_id = _unique(policy.name, taken | {line.id for line in lines})
        host = _host(source, policy, evaluator.answers, case)
        engine, judgements = _ask(evaluator, case, Asked(source, policy, policy_id, host))
        capacity = Capacity(source.grants, host.used)
        lines.append(policy_line(policy_id, policy, bundle, engine, capacity))
        answered.append((policy, policy_id, judgements))
    results: list[rollup.Result] = []
    for policy, policy_id, judgements in answered:
        beside = [
            judgement
            for other, other_id, theirs in answered
            if other_id != policy_id and other.declared == policy.declared is not None
            for judgement in theirs
        ]
        for target in case.targets:
            mine = [j for j in judgements if j.task.target == target]
            known = _known(case, PolicyKey(policy_id, policy.name, str(policy.digest)), target)
            excuses = rollup.Excuses(case.waivers, known)
            settled = rollup.settle(mine, source, case.plan.fail_on, excuses, beside)
            results += settled
    return Judged(tuple(lines), tuple(results))


def _known(case: Case, policy: PolicyKey, target: Target) -> Known | None:
    return None if case.baseline is None else case.baseline.known(policy, target)


def _unique(name: str, taken: frozenset[str]) -> str:
    """Name a policy by its name, and the second of that name by a number besides."""
    numbered = (f"{name}~{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def _host(source: PolicySource, policy: Policy, answers: Answers, case: Case) -> PolicyHost:
    return PolicyHost(
        source.grants,
        answers,
        declared=policy.capabilities,
        seconds=source.limits.timeout,
        discover=partial(discover, targets=case.targets, pieces=case.pieces),
    )


def _ask(evaluator: Evaluator, case: Case, asked: Asked) -> tuple[Engine, list[Judgement]]:
    source, policy, policy_id = asked.source, asked.policy, asked.policy_id
    tasks: list[Task] = []
    unasked: list[Task] = []
    for target in case.targets:
        found = select.tasks(policy, source, target, case.pieces)
        tasks += found
        if not found:
            unasked.append(Task(target, (), select.targeted(policy, source)))
    try:
        engine = evaluator.describe(policy)
        settings = _settings(case.plan, source, policy, asked.host)
        decisions = _decide(evaluator, policy, tasks, settings)
    except AttestError as error:
        engine = Engine(policy.engine or "unknown", "")
        broken = Decision(Outcome.ERROR, engine, problem=problem_of(error))
        return engine, [Judgement(policy_id, task, broken) for task in (*tasks, *unasked)]
    empty = Decision(Outcome.SKIPPED, engine, skip_reasons=("no accepted evidence reached it",))
    judgements = [Judgement(policy_id, t, d) for t, d in zip(tasks, decisions, strict=True)]
    return engine, judgements + [Judgement(policy_id, task, empty) for task in unasked]


def _settings(plan: Plan, source: PolicySource, policy: Policy, host: PolicyHost) -> Settings:
    bound = arguments.bind(policy, source.arguments)
    return Settings(plan.at, source.limits, bound, source.cross_check, host)


def _decide(
    evaluator: Evaluator, policy: Policy, tasks: list[Task], settings: Settings
) -> list[Decision]:
    """Ask once for each distinct document, however many targets it is about."""
    documents = tuple(dict.fromkeys(map(document, tasks)))
    answers = evaluator.evaluate(policy, documents, settings)
    answer_to = dict(zip(documents, answers, strict=True))
    return [answer_to[document(task)] for task in tasks]
