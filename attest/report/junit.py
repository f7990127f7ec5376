"""JUnit XML: one suite for each artifact, one case for each thing that was decided about it."""

from __future__ import annotations

from collections.abc import Iterator

from attest.model.frozen import frozen
from attest.model.report import Report
from attest.model.verdicts import exit_code_of
from attest.report import escape
from attest.report.issues import Issue, Level, issues, weakenings
from attest.report.options import Options

_RUN = "run"


@frozen
class _Case:
    suite: str
    group: str
    name: str
    element: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""
    seconds: float | None = None


def render(report: Report, options: Options) -> str:
    """Return one ``testsuites`` document.

    Findings and unmet requirements are failures; refusals and errors are errors; skips, waived
    findings and what does not block are skipped cases with the reason.
    """
    cases = [*_passed(report, options), *map(_from_issue, issues(report))]
    cases += map(_weakened, weakenings(report))
    suites: dict[str, list[_Case]] = {subject.name: [] for subject in report.subjects}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites {_attributes(name='attest', **_counts(cases))}>")
    for name, members in suites.items():
        counts = _counts(members)
        about = _attributes(name=name or _RUN, **counts, timestamp=report.evaluated_at.rstrip("Z"))
        lines.append(f"  <testsuite {about}>")
        lines.extend(line for case in members for line in _lines(case))
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return escape.hash_safe("\n".join(lines) + "\n", bracket="&#91;")


def _passed(report: Report, options: Options) -> Iterator[_Case]:
    names = {policy.id: policy.name for policy in report.policies}
    for result in report.results:
        if result.outcome == "passed":
            policy = names.get(result.policy or "", result.policy or _RUN)
            seconds = None if options.reproducible else result.usage.duration_ms / 1000
            material = result.material or "no material"
            yield _Case(result.subject or _RUN, "policy", f"{policy}: {material}", seconds=seconds)
    for line in report.requirements:
        if line.met:
            yield _Case(line.subject, "requirement", line.requirement)


def _from_issue(issue: Issue) -> _Case:
    element = "failure" if issue.is_finding else "error"
    if issue.excused or issue.level is Level.NOTE:
        element = "skipped"
    elif exit_code_of(issue.rule) in {1, 3}:
        element = "failure"
    parts = [issue.message, issue.location, issue.hint and f"fix: {issue.hint}"]
    return _Case(
        suite=issue.subject or _RUN,
        group="finding" if issue.is_finding else "gate",
        name=f"{issue.rule}: {issue.place}",
        element=element,
        kind=issue.rule,
        message=issue.excused or issue.message,
        text="\n".join(part for part in parts if part),
    )


def _weakened(issue: Issue) -> _Case:
    return _Case(_RUN, "weakened", issue.place, "skipped", "weakened", issue.message)


def _counts(cases: list[_Case]) -> dict[str, str]:
    elements = [case.element for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
    }


def _lines(case: _Case) -> Iterator[str]:
    about = {"classname": f"attest.{case.group}", "name": case.name}
    if case.seconds is not None:
        about["time"] = f"{case.seconds:.3f}"
    if not case.element:
        yield f"    <testcase {_attributes(**about)}/>"
        return
    yield f"    <testcase {_attributes(**about)}>"
    if case.element == "skipped":
        yield f"      <skipped {_attributes(message=case.message)}/>"
    else:
        why = _attributes(message=case.message, type=case.kind)
        text = escape.xml("\n".join(escape.paragraphs(case.text)))
        yield f"      <{case.element} {why}>{text}</{case.element}>"
    yield "    </testcase>"


def _attributes(**values: str) -> str:
    return " ".join(f'{name}="{escape.xml(escape.plain(value))}"' for name, value in values.items())
