"""Whether a report follows from what it lists.

A stored report is a file that anybody could have edited. Rendering one whose verdict does not
follow would lend it our voice, so such a report is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from attest.errors import UsageError
from attest.model.report import EvidenceLine, Report, RequirementLine, ResultLine, SubjectLine
from attest.model.verdicts import better, exit_code_of, summarize, verdict_of, worst
from attest.reasons import REASONS


def check(report: Report) -> None:
    """Raise ``UsageError`` REPORT_CONTRADICTS on the first thing that does not follow.

    A reason code that this version does not know is REPORT_MALFORMED: nothing can be said about it.
    """
    for code in _codes(report):
        if code not in REASONS:
            raise UsageError(
                "REPORT_MALFORMED",
                f"reason code {code[:60]!r} is not known to this version of attest",
                hint="Render it with the version that wrote it; the report names it.",
            )
    for message in contradictions(report):
        raise UsageError("REPORT_CONTRADICTS", message)


def contradictions(report: Report) -> Iterator[str]:
    """Yield, as one sentence each, what in ``report`` does not follow from the rest of it."""
    yield from _heading("the run", report)
    yield from _subjects(report)
    for index, piece in enumerate(report.evidence):
        yield from _evidence(f"evidence[{index}]", piece)
    relaxed = {line.option for line in report.weakened}
    for index, result in enumerate(report.results):
        yield from _result(f"results[{index}]", result)
        yield from _relaxed(f"results[{index}]", result, relaxed)
    for index, line in enumerate(report.requirements):
        yield from _requirement(f"requirements[{index}]", line)
    yield from _skips(report)
    yield from _references(report)
    yield from _excuses(report)
    yield from _bounds(report)
    counted = summarize(report.results, report.evidence)
    if report.summary != counted:
        yield f"summary: counted {counted}, found {report.summary}"


def _codes(report: Report) -> Iterator[str]:
    yield report.reason.code
    yield from (subject.reason.code for subject in report.subjects)
    yield from (result.code for result in report.results)
    yield from (line.reason.code for line in report.requirements if line.reason is not None)
    yield from (line.trust.code for line in report.evidence if line.trust.status == "refused")


def _heading(where: str, line: Report | SubjectLine) -> Iterator[str]:
    expected = exit_code_of(line.reason.code)
    if line.exit_code != expected:
        yield f"{where}: {line.reason.code} is exit code {expected}, found {line.exit_code}"
    verdict = verdict_of(expected)
    if line.verdict != verdict:
        yield f"{where}: exit code {expected} is verdict {verdict}, found {line.verdict[:20]!r}"


def _subjects(report: Report) -> Iterator[str]:
    seen: set[str] = set()
    for index, subject in enumerate(report.subjects):
        yield from _heading(f"subjects[{index}]", subject)
        if subject.name in seen:
            yield f"subjects[{index}]: {subject.name[:60]!r} is listed twice"
        seen.add(subject.name)
    if report.exit_code == 0 and not report.subjects:
        yield "the run: passed without a subject"


def _evidence(where: str, line: EvidenceLine) -> Iterator[str]:
    code = line.trust.code
    if line.trust.status not in {"verified", "pinned", "refused"}:
        yield f"{where}: its trust is {line.trust.status[:20]!r}"
    if line.blocks and line.trust.status != "refused":
        yield f"{where}: blocks, but is {line.trust.status}"
    elif line.blocks and exit_code_of(code) == 0:
        yield f"{where}: blocks, with code {code}"


def _result(where: str, result: ResultLine) -> Iterator[str]:
    outcome, code = result.outcome, result.code
    harmless = exit_code_of(code) == 0
    said_no = outcome in {"failed", "error"}
    if outcome == "passed" and not harmless:
        yield f"{where}: passed with code {code}"
    if outcome == "skipped" and harmless:
        yield f"{where}: skipped with code {code}"
    if said_no and harmless and result.enforced:
        yield f"{where}: {outcome} and enforced, with code {code}"
    if result.blocks and (not result.enforced or outcome == "passed" or harmless):
        yield f"{where}: blocks, but {outcome} with code {code}, enforced: {result.enforced}"
    if said_no and result.enforced and not result.blocks:
        yield f"{where}: {outcome} and enforced, but does not block"
    if (outcome == "error") != (result.error is not None):
        yield f"{where}: `error` is set exactly when the outcome is error"
    elif result.error is not None and result.error.code != code:
        yield f"{where}: code {code}, but error.code {result.error.code[:60]!r}"


def _relaxed(where: str, result: ResultLine, relaxed: set[str]) -> Iterator[str]:
    """What does not count although it could is excused, or the option that says so is listed."""
    if not result.enforced and "enforce" not in relaxed:
        yield f"{where}: not enforced, but no `enforce` is listed as weakening"
    if result.outcome != "passed":
        return
    excuses = ((f.suppressed, f.waived_by, f.known_by) for f in result.findings)
    left = [f for f, why in zip(result.findings, excuses, strict=True) if not any(why)]
    if left and (result.code == "PASSED" or "fail_on" not in relaxed):
        yield f"{where}: passed with {result.code}, but nothing excuses {left[0].message[:60]!r}"
    elif any(finding.severity is None for finding in left):
        yield f"{where}: passed, but a finding without a severity blocks (rule 8)"


def _skips(report: Report) -> Iterator[str]:
    """Rule 5: a skip may stand back where something else was decided, or given material."""
    if any(line.option == "on_skip" for line in report.weakened):
        return
    judged = [one for one in report.results if one.material is not None]
    given = {one.subject for one in judged}
    decided = {one.subject for one in judged if one.outcome != "skipped"}
    for index, skip in enumerate(report.results):
        if skip.outcome != "skipped" or skip.blocks or not skip.enforced:
            continue
        if skip.subject not in (given if skip.material is None else decided):
            yield f"results[{index}]: a skip that does not block, with nothing decided instead"


def _requirement(where: str, line: RequirementLine) -> Iterator[str]:
    if line.met and (line.reason is not None or not line.by):
        yield f"{where}: met, but by nothing or with a reason against it"
    if not line.met and (line.reason is None or exit_code_of(line.reason.code) == 0):
        yield f"{where}: not met, without a reason that says so"


def _excuses(report: Report) -> Iterator[str]:
    """Nothing is excused without the excuse, nor is one used without its weakening (rule 13)."""
    waivers = {line.id for line in report.waivers}
    baselines = {line.id for line in report.baselines}
    for index, result in enumerate(report.results):
        waived = {f.waived_by for f in result.findings} - {None}
        known = {f.known_by for f in result.findings} - {None}
        if not waived <= waivers:
            yield f"results[{index}]: waived by a waiver that is not listed"
        if not known <= baselines:
            yield f"results[{index}]: known by a baseline that is not listed"
        if result.code == "WAIVED" and not waived:
            yield f"results[{index}]: WAIVED, but no finding is waived"
        if result.code == "BASELINED" and not known:
            yield f"results[{index}]: BASELINED, but no finding is known"
    told = {(line.option, line.where) for line in report.weakened}
    for option, names in (("waiver", waivers), ("baseline", baselines)):
        for name in sorted(names):
            if (option, name) not in told:
                yield f"weakened: {option} {name[:60]!r} is not listed (rule 13)"


def _references(report: Report) -> Iterator[str]:
    subjects = {subject.name for subject in report.subjects}
    believed = {
        (line.id, name)
        for line in report.evidence
        if line.trust.status != "refused"
        for name in line.relates_to
    }
    policies = {policy.id for policy in report.policies}
    for index, result in enumerate(report.results):
        if result.subject is None:
            continue
        if result.subject not in subjects:
            yield f"results[{index}]: subject {result.subject[:60]!r} is not listed"
        if result.outcome == "passed" and result.policy not in policies:
            yield f"results[{index}]: passed by a policy that is not listed"
        if result.outcome == "passed" and not _judged(result, believed):
            yield f"results[{index}]: passed on what is no evidence about the subject"
    for index, line in enumerate(report.requirements):
        if line.subject not in subjects:
            yield f"requirements[{index}]: subject {line.subject[:60]!r} is not listed"
        for piece in line.by:
            if (piece, line.subject) not in believed:
                yield f"requirements[{index}]: {piece[:60]!r} is no evidence about the subject"


def _judged(result: ResultLine, believed: set[tuple[str, str]]) -> bool:
    """Tell whether the material is believed; of several (``inputs: all``), one of them.

    They are joined by commas, which a name may hold as well.
    """
    if (result.material, result.subject) in believed:
        return True
    listed = f",{result.material},"
    return any(f",{piece}," in listed for piece, name in believed if name == result.subject)


def _bounds(report: Report) -> Iterator[str]:
    """No verdict is better than what was found; and a pass rests on something that said yes."""
    found, yes = _found(report), _said_yes(report)
    general = found.get(None, [])
    for subject in report.subjects:
        least = worst([*found.get(subject.name, []), *general])
        if better(subject.exit_code, least):
            yield f"subject {subject.name[:60]!r}: {subject.exit_code}, but something is {least}"
        if subject.exit_code == 0 and subject.name not in yes:
            yield f"subject {subject.name[:60]!r}: passed, but nothing said yes (rule 6)"
    least = worst([*(subject.exit_code for subject in report.subjects), *general])
    if better(report.exit_code, least):
        yield f"the run: exit code {report.exit_code}, but something in it is {least}"


def _found(report: Report) -> dict[str | None, list[int]]:
    """Return, by subject, the exit codes that count; under ``None`` those that count for all."""
    found: dict[str | None, list[int]] = {}
    for piece in report.evidence:
        if piece.blocks:
            found.setdefault(None, []).append(exit_code_of(piece.trust.code))
    for result in report.results:
        if result.blocks:
            found.setdefault(result.subject, []).append(exit_code_of(result.code))
    for line in report.requirements:
        if line.reason is not None:
            found.setdefault(line.subject, []).append(exit_code_of(line.reason.code))
    return found


def _said_yes(report: Report) -> set[str | None]:
    """Return the subjects for which an enforced policy passed or a requirement was met."""
    passed = {r.subject for r in report.results if r.enforced and r.outcome == "passed"}
    return passed | {line.subject for line in report.requirements if line.met}
