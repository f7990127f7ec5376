"""What commands print: text of strangers in it steers neither a terminal nor a CI runner."""

from __future__ import annotations

import json
from typing import Any

import click

from attest.report.escape import hash_safe, json_text, log_safe


def text(lines: str, *, color: bool | None = None, nl: bool = True) -> None:
    """Print lines that were made visible already (`escape.plain`), and a line break after them."""
    click.echo(log_safe(lines), color=color, nl=nl)


def document(value: Any) -> None:
    """Print JSON."""
    click.echo(json_text(json.dumps(value, indent=2, ensure_ascii=False)))


def line(words: object) -> None:
    """Print one line of output, whatever stands in it."""
    text(one_line(str(words)))


def notice(words: str) -> None:
    """Print one line on stderr, which is no part of the output."""
    click.echo(log_safe(one_line(words)), err=True)


def one_line(words: str) -> str:
    """Return a message for stderr: nothing in it writes an escape or a second line."""
    return hash_safe("".join(c if c.isprintable() else " " for c in words))
