"""The options of ``attest policy eval``, as given."""

from __future__ import annotations

from datetime import datetime

import click

from attest.cli import options
from attest.cli.groups import gathered
from attest.model.frozen import frozen


@frozen
class Adjustments:
    """What the command line says over what the policy says."""

    engine: str | None
    entrypoint: str | None
    v0_compatible: bool
    data: tuple[str, ...]


@frozen
class Question:
    """How the policy is asked: the arguments, the limits, the time."""

    inputs: tuple[str, ...]
    timeout: str | None
    memory: str | None
    fuel: int | None
    at: datetime | None
    cross_check: bool


adjustment_options = gathered(
    "adjustments",
    Adjustments,
    click.option(
        "--engine", metavar="NAME", help="Refuse the policy unless it is for this engine."
    ),
    click.option("--entrypoint", metavar="PKG/RULE", help="Ask this rule alone."),
    click.option("--v0-compatible", is_flag=True, help="Read Rego in version 0."),
    click.option("--data", "data", multiple=True, metavar="FILE", help="A data document."),
)

question_options = gathered(
    "question",
    Question,
    click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An argument."),
    click.option("--timeout", metavar="10s", help="Wall-clock limit."),
    click.option("--memory", metavar="128MiB", help="Memory limit."),
    click.option("--fuel", type=click.IntRange(1), metavar="N", help="Instruction limit."),
    options.at_option,
    options.cross_check_option,
)
