"""What the terminal shows, and which code the process leaves with, when a command raises."""

from __future__ import annotations

import sys
import traceback

import click

from attest.errors import AttestError
from attest.reasons import REASONS


def exit_code_of(error: BaseException, *, debug: bool) -> int:
    """Print ``error`` for a person on stderr and return its exit code.

    A traceback is printed only with ``--debug``, and otherwise only for a bug does the message
    name the exception.
    """
    if debug and not isinstance(error, SystemExit | click.exceptions.Exit):
        traceback.print_exception(error)
    match error:
        case AttestError():
            _say(error.code, error.message, error.hint, error.where)
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            error.show()
            return 2
        case KeyboardInterrupt() | click.Abort():
            _say("INTERRUPTED", "interrupted", REASONS["INTERRUPTED"].cure)
            return REASONS["INTERRUPTED"].exit_code
        case BrokenPipeError():
            sys.stderr.close()
            return REASONS["OUTPUT_FAILED"].exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case _:
            reason = REASONS["INTERNAL_ERROR"]
            _say("INTERNAL_ERROR", f"{type(error).__name__}: {error}", reason.cure)
            return reason.exit_code


def _say(code: str, message: str, hint: str, where: str = "") -> None:
    place = f"{where}: " if where and where not in message else ""
    click.echo(f"error: {place}{_one_line(message)} [{code}]", err=True)
    if hint:
        click.echo(f" hint: {_one_line(hint)}", err=True)


def _one_line(text: str) -> str:
    """Keep evidence and file names from writing terminal escapes or a second line."""
    return "".join(c if c.isprintable() else " " for c in text)
