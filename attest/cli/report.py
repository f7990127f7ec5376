"""``attest report``: what can be done with a stored report."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from attest.cli import options
from attest.cli.groups import Presentation, presentation_options


@click.group()
def report() -> None:
    """Work with a stored JSON report."""


@report.command("render")
@click.argument("path", metavar="REPORT.json")
@options.output_option
@presentation_options
@options.debug_option
def render(path: str, outputs: tuple[str, ...], presentation: Presentation) -> None:
    """Render REPORT.json (``-`` is standard input) in other formats, without evaluating.

    Exits 0 when it was rendered, whatever the verdict, and 2 otherwise: a report that contradicts
    itself is refused. Formats: text, json, yaml, sarif, markdown, junit, github, gitlab, html, csv,
    ndjson.
    """
    from attest.cli.outputs import parse_outputs, write_outputs
    from attest.report.check import check
    from attest.report.json import from_json

    targets = parse_outputs(outputs)
    stored = from_json(_read(path))
    check(stored)
    write_outputs(stored, targets, presentation.options())


def _read(path: str) -> bytes:
    """Return the bytes of the report, or one more than its bound allows."""
    from attest.errors import UsageError
    from attest.report.json import MAX_BYTES

    try:
        if path == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError("REPORT_UNREADABLE", f"{path}: {error}", where=path) from None
