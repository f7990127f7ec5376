"""``attest gate``: the main job."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from attest.cli import options
from attest.errors import UsageError


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@options.config_option
@options.output_option
@options.at_option
@options.offline_option
@options.jobs_option
@options.cross_check_option
@options.plan_digest_option
@options.reproducible_option
@options.color_option
@options.verbose_option
@options.quiet_option
@options.progress_option
@options.debug_option
@click.pass_context
def gate(
    ctx: click.Context,
    subjects: tuple[str, ...],
    config: str | None,
    outputs: tuple[str, ...],
    at: datetime | None,
    offline: bool,
    jobs: int,
    cross_check: bool,
    plan_digest: str | None,
    reproducible: bool,
    color: str,
    verbose: bool,
    quiet: bool,
    no_progress: bool,
    debug: bool,  # noqa: ARG001  # read by main
) -> None:
    """Decide whether the SUBJECTs may be released.

    Reads the plan, verifies the evidence, asks the policies, prints one report and leaves with the
    exit code that the report carries.
    """
    from attest.cli.outputs import parse_outputs, write_outputs
    from attest.cli.progress import progress_to_stderr
    from attest.config import load_plan
    from attest.evaluate import Evaluator
    from attest.report import Options

    if config is None:
        raise UsageError(
            "CONFIG_MISSING",
            "no plan was named; the plan decides whom to trust, so none is looked for",
        )
    targets = parse_outputs(outputs)
    tell = progress_to_stderr(quiet=quiet or no_progress)
    with Evaluator(jobs=jobs, progress=tell) as evaluator:
        evaluator.warm()  # a worker comes up while the plan is read and the pipeline imported
        plan = load_plan(
            config,
            subjects=subjects,
            at=at,
            now=datetime.now(UTC),
            offline=offline,
            jobs=jobs,
            cross_check=cross_check,
            expected_digest=options.digest(plan_digest, "--plan-digest"),
        )
        from attest.pipeline import run

        report = run(plan, evaluator, tell)
    shown = Options(
        color=options.wants_color(color, sys.stdout),
        width=options.terminal_width(),
        verbose=verbose,
        reproducible=reproducible,
    )
    write_outputs(report, targets, shown)
    ctx.exit(report.exit_code)
