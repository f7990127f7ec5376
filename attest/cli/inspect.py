"""``attest inspect``: what a file is and claims, trusting nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from attest.cli import options, say
from attest.errors import UsageError
from attest.model.artifact import Reference

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
) -> None:
    """Show what THING is and everything it claims: a file, or a policy bundle by reference.

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
    reference = options.reference(thing, "THING")
    if kind is None and reference.scheme != "file":
        ctx.exit(0 if _bundle(reference, fmt) else 1)
    with Fetcher(offline=True) as fetcher:
        artifact = options.read(fetcher, reference, LIMIT)
    recognised = recognise(artifact.content)
    valid = recognised.valid and (kind is None or recognised.kind == kind)
    if fmt == "json":
        say.document(document(artifact, recognised, valid=valid))
    else:
        for line in (*describe(artifact, recognised, kind), *demand(artifact, thing)):
            say.text(line)
    ctx.exit(0 if valid else 1)


def _bundle(reference: Reference, fmt: str) -> bool:
    from attest.cli import inspect_bundle

    shown = inspect_bundle.document(reference, datetime.now(UTC))
    if fmt == "json":
        say.document(shown)
    else:
        for line in inspect_bundle.describe(shown):
            say.text(line)
    return bool(shown["valid"])
