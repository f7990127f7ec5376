"""Progress on stderr: one line, rewritten, on a terminal only; long waits are said in any case."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from attest.cli.say import notice, one_line

NOTICE = "! "
"""A message that starts so is worth a line of its own, even where stderr is no terminal: the first
compilation of an engine, a jail that this system lacks."""


def progress_to_stderr(*, quiet: bool) -> Callable[[str], None]:
    """Return a reporter of steps; with ``quiet`` it says nothing."""
    if quiet:
        return lambda _: None

    def report(message: str) -> None:
        if message.startswith(NOTICE):
            notice(f"attest: {message.removeprefix(NOTICE)}")
        elif sys.stderr.isatty():
            click.echo(f"\r\x1b[K{one_line(message[:70])}…\r", err=True, nl=False)

    return report


def clear() -> None:
    """Wipe the line of progress before something else is written to the terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
