"""What the terminal shows, and which code the process leaves with, when a command raises."""

from __future__ import annotations

import contextlib

import click

from attest.cli import progress
from attest.cli.say import one_line
from attest.cli.streams import give_up_stdout
from attest.errors import AttestError
from attest.reasons import REASONS


def exit_code_of(error: BaseException, *, debug: bool) -> int:
    """Print ``error`` for a person on stderr and return its exit code.

    A traceback is printed only with ``--debug``, and otherwise only for a bug does the message
    name the exception.
    """
    if debug and not isinstance(error, click.exceptions.Exit):
        import traceback

        traceback.print_exception(error)
    match error:
        case AttestError():
            return _say(error.code, error.message, error.hint, error.where)
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            return _usage(error)
        case KeyboardInterrupt() | click.Abort():
            return _say("INTERRUPTED", "interrupted")
        case OSError():
            give_up_stdout()
            return _say("OUTPUT_FAILED", str(error))
        case _:
            return _say("INTERNAL_ERROR", f"{type(error).__name__}: {error}")


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"See `{context.command_path} --help`." if context else ""
    return _say("OPTION_INVALID", error.format_message(), hint)


def _say(code: str, message: str, hint: str = "", where: str = "") -> int:
    """Print a refusal and return its exit code; a closed stderr loses the words, not the code."""
    place = f"{where}: " if where and where not in message else ""
    with contextlib.suppress(OSError):
        progress.clear()
        click.echo(f"error: {one_line(place + message)} [{code}]", err=True)
        click.echo(f" hint: {one_line(hint or REASONS[code].cure)}", err=True)
    return REASONS[code].exit_code
