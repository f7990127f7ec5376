"""``attest demo``: the built-in release, gated offline in a temporary folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import click

from attest.cli import demo_break, options


@click.command()
@click.option(
    "--break",
    "broken",
    type=click.Choice(list(demo_break.BREAKS)),
    help="Break this part first, and see the refusal.",
)
@options.output_option
@options.color_option
@options.verbose_option
@options.debug_option
@click.pass_context
def demo(
    ctx: click.Context,
    broken: str | None,
    outputs: tuple[str, ...],
    color: str,
    verbose: bool,
) -> None:
    """Gate the built-in example release, as it is or broken in one place.

    Nothing is fetched, and nothing is left behind.
    """
    from attest.cli.outputs import parse_outputs, write_outputs
    from attest.cli.progress import progress_to_stderr
    from attest.config import Overrides, load_plan
    from attest.evaluate import Evaluator
    from attest.report import Options

    targets = parse_outputs(outputs)
    with tempfile.TemporaryDirectory(prefix="attest-demo-") as folder:
        release = Path(folder) / "release"
        with resources.as_file(_example()) as example:
            shutil.copytree(example, release)
        if broken is not None:
            click.echo(f"attest demo: {demo_break.BREAKS[broken](release)}", err=True)
        tell = progress_to_stderr(quiet=False)
        plan_file = str(release / "attest.yaml")
        with Evaluator(progress=tell) as evaluator:
            evaluator.warm()  # a worker comes up while the plan is read and the pipeline imported
            plan = load_plan(plan_file, Overrides(now=datetime.now(UTC), offline=True))
            from attest.pipeline import run

            report = run(plan, evaluator, tell)
        shown = Options(
            color=options.wants_color(color, sys.stdout),
            width=options.terminal_width(),
            verbose=verbose,
            reproducible=False,
        )
        write_outputs(report, targets, shown)
    ctx.exit(report.exit_code)


def _example() -> resources.abc.Traversable:
    """Return the demo inside the wheel, or, in a checkout, where it is made."""
    package = resources.files("attest")
    inside = package / "data" / "demo"
    if inside.is_dir():
        return inside
    with resources.as_file(package) as folder:
        return folder.parent / "fixtures" / "demo"
