"""The report for a person at a terminal: the verdict first, then why, then how it was reached."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from attest.model.report import Report, SubjectLine
from attest.model.verdicts import rank
from attest.report import words
from attest.report.options import Options
from attest.report.text import evidence, judged
from attest.report.text.page import Page, Span

_MIN_WIDTH = 40
_MAX_SUBJECTS = 50


def render(report: Report, options: Options) -> str:
    """Return the page, at most ``options.width`` columns wide."""
    page = Page(max(options.width, _MIN_WIDTH), options.color)
    _headline(page, report)
    evidence.section(page, report, options)
    judged.policies(page, report, options)
    judged.findings(page, report, options)
    judged.requirements(page, report)
    judged.waivers(page, report)
    judged.baselines(page, report)
    _weakened(page, report)
    _footer(page, report, options)
    return page.text()


def _headline(page: Page, report: Report) -> None:
    subjects = report.subjects
    if len(subjects) == 1:
        _subject(page, subjects[0], report.exit_code, weakened=bool(report.weakened))
    else:
        style = words.style(report.exit_code)
        count = sum(subject.exit_code == 0 for subject in subjects)
        what = f"{count} of {len(subjects)} artifacts may be released"
        word = Span(words.word(report.exit_code), style)
        weak = Span("weakened" if report.weakened else "", "warn")
        page.put(word, Span(what, "bold"), weak, mark=words.mark(report.exit_code), style=style)
        for subject in islice(_worst_first(subjects), _MAX_SUBJECTS):
            _subject(page, subject, subject.exit_code, indent=2)
            if subject.exit_code != 0 and subject.reason != report.reason:
                _reason(page, subject.reason.code, subject.reason.message, "", 4)
        if len(subjects) > _MAX_SUBJECTS:
            page.put(f"… and {len(subjects) - _MAX_SUBJECTS} more", indent=4)
    if report.exit_code != 0:
        page.blank()
        _reason(page, report.reason.code, report.reason.message, report.reason.hint, 2)


def _subject(
    page: Page, subject: SubjectLine, exit_code: int, indent: int = 0, *, weakened: bool = False
) -> None:
    style = words.style(exit_code)
    digests = [words.short(f"{name}:{value}") for name, value in sorted(subject.digest.items())]
    page.put(
        Span(words.word(exit_code), style),
        Span(subject.name, "bold"),
        Span(" ".join(digests[:1]), "dim"),
        Span("weakened" if weakened else "", "warn"),
        indent=indent,
        mark=words.mark(exit_code),
        style=style,
    )


def _reason(page: Page, code: str, message: str, hint: str, indent: int) -> None:
    page.reason(code, message, indent, "bold")
    page.hint(hint, indent)


def _worst_first(subjects: Sequence[SubjectLine]) -> list[SubjectLine]:
    return sorted(subjects, key=lambda subject: rank(subject.exit_code))


def _weakened(page: Page, report: Report) -> None:
    if not report.weakened:
        return
    page.title("Weakened")
    for line in report.weakened:
        page.put(Span(line.option, "warn"), line.effect, indent=2, mark="! ", style="warn")
        page.pair("set by", line.where)


def _footer(page: Page, report: Report, options: Options) -> None:
    page.blank()
    page.put(Span(words.counts(report), "dim"))
    made = f"attest {report.attest_version} · {report.evaluated_at} · {report.plan_config}"
    page.put(Span(made, "dim"))
    if options.verbose:
        page.put(Span(f"plan {report.plan_digest}", "dim"))
    style, plan = words.style(report.exit_code), words.short(report.plan_digest)
    page.put(Span(f"exit {report.exit_code}", style), Span(f"plan {plan}", "dim"))
