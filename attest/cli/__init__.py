"""The command line: parse, run, write, exit. No decision is made here.

Commands are imported when they are called, so that ``attest --help`` stays fast.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence

import click

from attest.cli.failure import exit_code_of
from attest.cli.help import refuse_stray_help
from attest.cli.leave import leave
from attest.cli.streams import stand_in_for_closed
from attest.version import __version__

COMMANDS = {
    "gate": "Decide whether an artifact may be released: the whole pipeline, one report.",
    "verify": "Verify signatures and attestations about one subject, without policy.",
    "inspect": "Show what a file is and everything it claims, trusting nothing.",
    "policy": "Evaluate, publish and fetch policies.",
    "copy": "Copy an artifact with its signatures and referrers between registries and layouts.",
    "lock": "Write what the tags of a plan point to into attest.lock, or check that.",
    "store": "Look at, check and shrink the local store of fetched content.",
    "report": "Render a stored JSON report in another format.",
    "trust": "Show the trust root in use, or get a newer one through TUF.",
    "sign": "Sign a file or an in-toto statement into a Sigstore bundle.",
    "demo": "Run the built-in demo gate, or break one byte of it and see the refusal.",
    "explain": "Say what a reason code means and what to do about it.",
    "config": "Check and explain an attest.yaml.",
}
"""Command names and their one-line help; each lives in the module of its name."""


_GC = 100_000
"""Objects between two searches for cycles: importing makes many objects, and no cycle to free."""


class _LazyGroup(click.Group):
    """A group whose commands are modules of this package, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"attest.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="attest")
def cli() -> None:
    """Decide on signed evidence whether an artifact may be released."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (README, "Exit codes").

    Without ``arguments`` it runs those of the process, and ends the process.
    Click's own ``main`` is not used: it takes commands from the environment (shell completion) and
    ends a run whose reader has gone in its own way.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    stand_in_for_closed()
    if arguments is None:
        gc.set_threshold(_GC)
    code = 0
    try:
        refuse_stray_help(words)
        with cli.make_context("attest", words.copy()) as context:
            cli.invoke(context)
    except BaseException as error:  # noqa: BLE001  # the last trap: nothing leaves as a traceback
        code = exit_code_of(error, debug="--debug" in words)
    if arguments is None:
        leave(code)
    sys.exit(code)
