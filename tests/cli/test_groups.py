"""Groups of options: declared in order, passed as one value."""

from __future__ import annotations

from dataclasses import dataclass

import click
from click.testing import CliRunner

from attest.cli.groups import Presentation, gathered


@dataclass(frozen=True)
class Pair:
    """Two options."""

    left: str | None
    right: bool


pair_options = gathered(
    "pair",
    Pair,
    click.option("--left", help="First."),
    click.option("--right", is_flag=True, help="Second."),
)


@click.command()
@click.argument("word")
@pair_options
@click.option("--last", is_flag=True, help="Third.")
def command(word: str, pair: Pair, *, last: bool) -> None:
    """Print what was received."""
    click.echo(repr((word, pair, last)))


def test_a_group_is_one_value() -> None:
    given = CliRunner().invoke(command, ["w", "--left", "x", "--right", "--last"])
    assert given.output == "('w', Pair(left='x', right=True), True)\n"
    assert (
        CliRunner().invoke(command, ["w"]).output == "('w', Pair(left=None, right=False), False)\n"
    )


def test_the_options_are_listed_where_the_group_stands() -> None:
    text = CliRunner().invoke(command, ["--help"]).output
    assert text.index("First.") < text.index("Second.") < text.index("Third.")
    assert "Print what was received." in text


def test_a_presentation_becomes_options_of_the_renderers() -> None:
    shown = Presentation(color="always", verbose=True, reproducible=True).options()
    assert (shown.color, shown.verbose, shown.reproducible) == (True, True, True)
    assert not Presentation(color="never", verbose=False, reproducible=False).options().color
    assert 60 <= shown.width <= 120
