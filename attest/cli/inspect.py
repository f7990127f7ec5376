"""``attest inspect``: what a file is and claims, trusting nothing."""

from __future__ import annotations

import json

import click

from attest.cli import options
from attest.errors import UsageError

LIMIT = 64 << 20
"""Bytes of the largest file that is looked into."""


@click.command()
@click.argument("thing")
@click.option("--kind", metavar="KIND", help="Leave with 1 unless it is valid as this kind.")
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)
@options.debug_option
@click.pass_context
def inspect(
    ctx: click.Context,
    thing: str,
    kind: str | None,
    fmt: str,
    debug: bool,  # noqa: ARG001  # read by main
) -> None:
    """Show what THING is and everything it claims.

    Nothing is verified: every line is what the file says of itself. Leaves with 0 when it is
    valid (as KIND), with 1 when it is not.
    """
    from attest.cli.inspect_output import demand, describe, document
    from attest.decode import recognise
    from attest.fetch import Fetcher
    from attest.model.material import Kind

    if kind is not None and kind not in {str(known) for known in Kind}:
        known = ", ".join(sorted(Kind))
        raise UsageError("KIND_UNKNOWN", f"{kind!r} is no kind; known: {known}", where="--kind")
    with Fetcher(offline=True) as fetcher:
        artifact = options.read(fetcher, options.reference(thing, "THING"), LIMIT)
    recognised = recognise(artifact.content)
    valid = recognised.valid and (kind is None or recognised.kind == kind)
    if fmt == "json":
        shown = document(artifact, recognised, valid=valid)
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for line in (*describe(artifact, recognised, kind), *demand(artifact, thing)):
            click.echo(line)
    ctx.exit(0 if valid else 1)
