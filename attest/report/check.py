"""Whether a report follows from what it lists.

A stored report is a file that anybody could have edited. Rendering one whose verdict does not
follow would lend it our voice, so such a report is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attest.errors import UsageError
from attest.model.report import Report, RequirementLine, ResultLine, SubjectLine, Summary
from attest.reasons import REASONS
from attest.report.words import badness, better

VERDICTS = {0: "passed", 1: "failed", 3: "failed", 4: "failed"}
"""The verdict of each exit code; of every other it is ``error`` (INTERFACE, "Exit codes")."""


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
    for index, result in enumerate(report.results):
        yield from _result(f"results[{index}]", result)
    for index, line in enumerate(report.requirements):
        yield from _requirement(f"requirements[{index}]", line)
    yield from _references(report)
    yield from _bounds(report)
    if report.summary != summarize(report):
        yield f"summary: counted {summarize(report)}, found {report.summary}"


def summarize(report: Report) -> Summary:
    """Count results by outcome, waived findings, and refused evidence."""
    outcomes = [result.outcome for result in report.results]
    return Summary(
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        skipped=outcomes.count("skipped"),
        errors=outcomes.count("error"),
        waived=sum(f.waived_by is not None for r in report.results for f in r.findings),
        refused=sum(line.trust.status == "refused" for line in report.evidence),
    )


def worst(codes: Iterable[int]) -> int:
    """Return the worst of some exit codes, 0 for none."""
    return min(codes, key=badness, default=0)


def _codes(report: Report) -> Iterator[str]:
    yield report.reason.code
    yield from (subject.reason.code for subject in report.subjects)
    yield from (result.code for result in report.results)
    yield from (line.reason.code for line in report.requirements if line.reason is not None)
    yield from (line.trust.code for line in report.evidence if line.trust.status == "refused")


def _heading(where: str, line: Report | SubjectLine) -> Iterator[str]:
    expected = REASONS[line.reason.code].exit_code
    if line.exit_code != expected:
        yield f"{where}: {line.reason.code} is exit code {expected}, found {line.exit_code}"
    verdict = VERDICTS.get(expected, "error")
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


def _result(where: str, result: ResultLine) -> Iterator[str]:
    exit_code = REASONS[result.code].exit_code
    harmless = exit_code == 0
    if result.outcome == "passed" and not harmless:
        yield f"{where}: passed with code {result.code}"
    if result.outcome == "skipped" and harmless:
        yield f"{where}: skipped with code {result.code}"
    if result.outcome in {"failed", "error"} and harmless and result.enforced:
        yield f"{where}: {result.outcome} and enforced, with code {result.code}"
    if (result.outcome == "error") != (result.error is not None):
        yield f"{where}: `error` is set exactly when the outcome is error"
    elif result.error is not None and result.error.code != result.code:
        yield f"{where}: code {result.code}, but error.code {result.error.code[:60]!r}"


def _requirement(where: str, line: RequirementLine) -> Iterator[str]:
    if line.met and (line.reason is not None or not line.by):
        yield f"{where}: met, but by nothing or with a reason against it"
    if not line.met and (line.reason is None or REASONS[line.reason.code].exit_code == 0):
        yield f"{where}: not met, without a reason that says so"


def _references(report: Report) -> Iterator[str]:
    subjects = {subject.name for subject in report.subjects}
    waivers = {waiver.id for waiver in report.waivers}
    for index, result in enumerate(report.results):
        if result.subject is not None and result.subject not in subjects:
            yield f"results[{index}]: subject {result.subject[:60]!r} is not listed"
        if any(f.waived_by is not None and f.waived_by not in waivers for f in result.findings):
            yield f"results[{index}]: waived by a waiver that is not listed"
        if result.code == "WAIVED" and all(f.waived_by is None for f in result.findings):
            yield f"results[{index}]: WAIVED, but no finding is waived"
    for index, line in enumerate(report.requirements):
        if line.subject not in subjects:
            yield f"requirements[{index}]: subject {line.subject[:60]!r} is not listed"


def _bounds(report: Report) -> Iterator[str]:
    """No verdict is better than what was found; and a pass rests on something that said yes."""
    found, yes = _found(report)
    for subject in report.subjects:
        least = worst(found.get(subject.name, []))
        if better(subject.exit_code, least):
            yield f"subject {subject.name[:60]!r}: {subject.exit_code}, but something is {least}"
        if subject.exit_code == 0 and subject.name not in yes:
            yield f"subject {subject.name[:60]!r}: passed, but nothing said yes (rule 6)"
    least = worst([*(subject.exit_code for subject in report.subjects), *found.get(None, [])])
    if better(report.exit_code, least):
        yield f"the run: exit code {report.exit_code}, but something in it is {least}"


def _found(report: Report) -> tuple[dict[str | None, list[int]], set[str | None]]:
    """Return, by subject, the exit codes that count; and the subjects for which something passed.

    Skips do not count here: whether one blocks is up to the plan's ``on_skip``.
    """
    found: dict[str | None, list[int]] = {}
    yes: set[str | None] = set()
    for result in report.results:
        if result.enforced and result.outcome in {"failed", "error"}:
            found.setdefault(result.subject, []).append(REASONS[result.code].exit_code)
        if result.enforced and result.outcome == "passed":
            yes.add(result.subject)
    for line in report.requirements:
        if line.reason is not None:
            found.setdefault(line.subject, []).append(REASONS[line.reason.code].exit_code)
        elif line.met:
            yes.add(line.subject)
    return found, yes
