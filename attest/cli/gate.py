"""``attest gate``: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attest.cli import options
from attest.cli.groups import Presentation, gathered, presentation_options
from attest.errors import UsageError
from attest.model.frozen import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from attest.config import Overrides
    from attest.evaluate.capabilities import Answers
    from attest.model.report import Report


@frozen
class Request:
    """Which plan to run, and what the command line puts over it."""

    config: str | None
    at: datetime | None
    offline: bool
    jobs: int
    cross_check: bool
    allow_tag: bool
    plan_digest: str | None
    record: str | None
    include_raw_data: bool

    @property
    def path(self) -> str:
        """The plan's file; raise CONFIG_MISSING when none was named."""
        if self.config is None:
            raise UsageError(
                "CONFIG_MISSING",
                "no plan was named; the plan decides whom to trust, so none is looked for",
            )
        return self.config

    def overrides(self, subjects: Sequence[str]) -> Overrides:
        """Return what is put over the plan, as of now."""
        from attest.config import Overrides

        return Overrides(
            now=datetime.now(UTC),
            at=self.at,
            subjects=subjects,
            offline=self.offline,
            jobs=self.jobs,
            cross_check=self.cross_check,
            allow_tag=self.allow_tag,
            expected_digest=options.digest(self.plan_digest, "--plan-digest"),
        )


request_options = gathered(
    "request",
    Request,
    options.config_option,
    options.at_option,
    options.offline_option,
    options.jobs_option,
    options.cross_check_option,
    options.allow_tag_option,
    options.plan_digest_option,
    options.record_option,
    options.include_raw_option,
)


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@request_options
@options.output_option
@presentation_options
@options.quiet_option
@options.progress_option
@options.debug_option
@click.pass_context
def gate(
    ctx: click.Context,
    subjects: tuple[str, ...],
    request: Request,
    outputs: tuple[str, ...],
    presentation: Presentation,
    quiet: bool,
    no_progress: bool,
) -> None:
    """Decide whether the SUBJECTs may be released.

    Reads the plan, verifies the evidence, asks the policies, prints one report and leaves with the
    exit code that the report carries.
    """
    from attest.cli import record
    from attest.cli.outputs import parse_outputs, write_outputs
    from attest.cli.progress import progress_to_stderr
    from attest.config import load_plan
    from attest.evaluate import Evaluator
    from attest.evaluate.capabilities import Answers
    from attest.fetch.call import HttpCalls

    path = request.path
    targets = parse_outputs(outputs)
    folder = record.prepare(request.record)
    tell = progress_to_stderr(quiet=quiet or no_progress)
    answers = Answers(HttpCalls(offline=request.offline).send)
    raw = request.include_raw_data
    with Evaluator(jobs=request.jobs, progress=tell, answers=answers, include_raw=raw) as evaluator:
        evaluator.warm()  # a worker comes up while the plan is read and the pipeline imported
        plan = load_plan(path, request.overrides(subjects))
        from attest.pipeline import run

        report = run(plan, evaluator, tell)
    _record(folder, report, answers)
    write_outputs(report, targets, replace(presentation.options(), include_raw=raw))
    ctx.exit(report.exit_code)


def _record(folder: Path | None, report: Report, answers: Answers) -> None:
    from attest.cli import record
    from attest.report import Options, render

    if folder is None:
        return
    text = render(report, "json", Options(reproducible=True))
    files = {"report.json": text.encode("utf-8", "replace"), record.HOST_CALLS: answers.record()}
    facts = {"command": "gate", "evaluated_at": report.evaluated_at, "plan": report.plan_digest}
    record.write(folder, files, exit_code=report.exit_code, **facts)
