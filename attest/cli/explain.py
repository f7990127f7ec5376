"""``attest explain``: what a reason code means and what to do about it, offline."""

from __future__ import annotations

import click

from attest.cli import options


@click.command()
@click.argument("code", required=False)
@options.debug_option
def explain(
    code: str | None,
) -> None:
    """Say what CODE means and what to do about it; without CODE, list every code by stage."""
    from attest.report import codes

    text = codes.table() if code is None else codes.explain(code)
    click.echo(text, nl=False)
