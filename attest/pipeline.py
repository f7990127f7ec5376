"""The pipeline, end to end. This is the file to read first.

    Plan -> targets, evidence, policies -> judgements -> Report

Data flows one way. Each arrow is one function of `attest.steps` (fetch, verify and read one noun)
or of `attest.aggregate` (what the answers mean together). Leaves raise; only here does a failure
become the problem of one item instead of the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable

from attest.aggregate.report import Broken, Findings, report
from attest.aggregate.requirements import fulfil
from attest.aggregate.rollup import Result
from attest.aggregate.types import Piece, Target, problem_of
from attest.aggregate.waivers import Waiver
from attest.aggregate.witnesses import Witnesses, witnesses
from attest.errors import AttestError
from attest.evaluate import Evaluator
from attest.fetch import Fetcher, user_store
from attest.model.policy import PolicyBundle
from attest.model.report import PolicyLine, Report, WeakenedLine
from attest.plan import AcceptRule, EvidenceSource, Plan, PolicySource, Selector
from attest.steps import baseline, documents, evidence, judge, policies, subjects, tags, waivers
from attest.verify import Verifier

Progress = Callable[[str], None]

_NO_SECCOMP = WeakenedLine(
    "no seccomp", "system", "policies are held by WebAssembly and resource limits alone"
)


def run(plan: Plan, evaluator: Evaluator, progress: Progress = lambda _: None) -> Report:
    """Decide what ``plan`` asks; ``evaluator`` runs the policies.

    Raises `AttestError` only for a request that cannot be carried out as asked (exit 2) and for a
    source that cannot be read at all; everything else is in the report.
    """
    verifier = Verifier(plan.trust, plan.at)
    with Fetcher(offline=plan.offline, store=user_store(progress), network=plan.network) as fetcher:
        plan = tags.resolve(fetcher, plan)
        progress("digesting subjects")
        targets = subjects.identify(fetcher, plan.subjects)
        progress("verifying policies")
        bundles = _bundles(plan, fetcher, verifier)
        _prepare(plan, bundles, evaluator)
        progress("verifying evidence")
        pieces = _evidence(plan, fetcher, verifier, targets)
        others = witnesses(plan, pieces)
        accepted_waivers, waiver_pieces = _waivers(plan, fetcher, verifier, targets, others)
        known = baseline.read(fetcher, verifier, plan, baseline.Run(targets, bundles, others))
        case = judge.Case(plan, targets, pieces, accepted_waivers, known.baseline)
        lines, results, broken = _policies(case, bundles, evaluator, progress)
    fulfilments = tuple(
        fulfil(requirement, target, pieces, plan.at, plan.accept)
        for target in targets
        for requirement in plan.required
    )
    found = Findings(
        targets,
        (*pieces, *waiver_pieces),
        lines,
        broken,
        results,
        fulfilments,
        accepted_waivers,
        known,
        () if evaluator.jailed else (_NO_SECCOMP,),
    )
    return report(plan, found)


def _evidence(
    plan: Plan, fetcher: Fetcher, verifier: Verifier, targets: tuple[Target, ...]
) -> tuple[Piece, ...]:
    named = tuple(documents.read(fetcher, verifier, d, targets) for d in plan.documents)
    digests = frozenset(piece.artifact.digest for piece in named)
    known = frozenset(digest for target in targets for digest in target.digests)
    names = {digest: target.name for target in targets for digest in target.digests}
    context = evidence.Context(verifier, plan.accept, known, digests, plan.subjects, names)
    return (*named, *evidence.gather(fetcher, context, plan.sources))


def _waivers(
    plan: Plan,
    fetcher: Fetcher,
    verifier: Verifier,
    targets: tuple[Target, ...],
    others: Witnesses,
) -> tuple[tuple[Waiver, ...], tuple[Piece, ...]]:
    if not plan.waivers.sources:
        return (), ()
    known = frozenset(digest for target in targets for digest in target.digests)
    rule = AcceptRule(Selector(), plan.waivers.signed_by)
    context = evidence.Context(verifier, (rule,), known, frozenset())
    sources = tuple(EvidenceSource(source) for source in plan.waivers.sources)
    return waivers.settle(plan, evidence.gather(fetcher, context, sources), others)


def _bundles(plan: Plan, fetcher: Fetcher, verifier: Verifier) -> tuple[PolicyBundle | Broken, ...]:
    """Load each policy source; one that fails is reported and the others go on."""
    bundles: list[PolicyBundle | Broken] = []
    for source in plan.policies:
        try:
            bundles.append(policies.load(fetcher, verifier, source, at=plan.at))
        except AttestError as error:
            bundles.append(_broken(source, error))
    return tuple(bundles)


def _prepare(plan: Plan, bundles: tuple[PolicyBundle | Broken, ...], evaluator: Evaluator) -> None:
    """Let the policies be read while the evidence is verified."""
    for source, bundle in zip(plan.policies, bundles, strict=True):
        if isinstance(bundle, PolicyBundle):
            judge.prepare(evaluator, plan, source, bundle.policies)


def _policies(
    case: judge.Case,
    bundles: tuple[PolicyBundle | Broken, ...],
    evaluator: Evaluator,
    progress: Progress,
) -> tuple[tuple[PolicyLine, ...], tuple[Result, ...], tuple[Broken, ...]]:
    """Ask each policy bundle; one that cannot be asked is reported and the others go on."""
    lines: list[PolicyLine] = []
    results: list[Result] = []
    broken: list[Broken] = []
    for source, bundle in zip(case.plan.policies, bundles, strict=True):
        progress(f"policy {source.source}")
        if isinstance(bundle, Broken):
            broken.append(bundle)
            continue
        try:
            taken = frozenset(line.id for line in lines)
            judged = judge.judge(evaluator, case, source, bundle, taken)
        except AttestError as error:
            broken.append(_broken(source, error))
            continue
        lines += judged.lines
        results += judged.results
    return tuple(lines), tuple(results), tuple(broken)


def _broken(source: PolicySource, error: AttestError) -> Broken:
    return Broken(str(source.source), problem_of(error), source.enforce)
