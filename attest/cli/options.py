"""Options that several commands share, each defined once."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import IO

import click

from attest.errors import FetchError, UsageError
from attest.fetch import Fetcher
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest


class _Time(click.ParamType[datetime]):
    name = "rfc3339"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time like 2026-01-02T03:04:05Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no time zone; write 2026-01-02T03:04:05Z", param, ctx)
        return moment.astimezone(UTC)


TIME = _Time()

config_option = click.option(
    "-c", "--config", "config", metavar="FILE", help="The plan: an attest.yaml."
)
output_option = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[=PATH]",
    envvar="ATTEST_OUTPUT",
    help="Write the report in a format, to a file or to stdout. Repeatable.",
)
at_option = click.option(
    "--at", type=TIME, metavar="RFC3339", help="Evaluate as of this time (the plan must allow it)."
)
offline_option = click.option("--offline", is_flag=True, help="Open no socket.")
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    envvar="ATTEST_JOBS",
    metavar="N",
    help="Processes at a time, for policies or for many bundles.",
)
cross_check_option = click.option(
    "--cross-check", is_flag=True, help="Ask a second engine too; a different answer is an error."
)
allow_tag_option = click.option(
    "--allow-tag",
    is_flag=True,
    help="Take a tag that attest.lock does not have for what it points to now.",
)
color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    envvar="ATTEST_COLOR",
    help="Colour in text output.",
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, envvar="ATTEST_VERBOSE", help="Show every step."
)
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, envvar="ATTEST_QUIET", help="Print no progress."
)
progress_option = click.option(
    "--no-progress", is_flag=True, envvar="ATTEST_NO_PROGRESS", help="Show no progress."
)
debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show a traceback for any error."
)
"""Read by `attest.cli.main` from the words of the command line, so no command receives it."""
plan_digest_option = click.option(
    "--plan-digest", metavar="sha256:HEX", help="Refuse to run any other plan."
)
include_raw_option = click.option(
    "--include-raw-data", is_flag=True, help="Show what engines were given and what they answered."
)
record_option = click.option(
    "--record", metavar="DIR", help="Write what is needed to come to the same answer again."
)
reproducible_option = click.option(
    "--reproducible", is_flag=True, help="Leave out of the report what differs from run to run."
)


def digest(text: str | None, option: str) -> Digest | None:
    """Read the digest that an option carries; raise DIGEST_INVALID when it is malformed."""
    if text is None:
        return None
    try:
        return Digest.parse(text)
    except ValueError as error:
        raise UsageError("DIGEST_INVALID", str(error), where=option) from None


def reference(text: str, argument: str) -> Reference:
    """Read the place that an argument names; raise REFERENCE_MALFORMED when it is none."""
    try:
        return Reference.parse(text)
    except ValueError as error:
        raise UsageError("REFERENCE_MALFORMED", str(error), where=argument) from None


def read(fetcher: Fetcher, place: Reference, limit: int) -> Artifact:
    """Read a file of at most ``limit`` bytes; a larger one is a mistake of the request."""
    try:
        return fetcher.file(place, limit=limit)
    except FetchError as error:
        if error.code != "FILE_TOO_LARGE":
            raise
        raise UsageError("INPUT_TOO_LARGE", error.message, where=error.where) from None


def wants_color(choice: str, stream: IO[str]) -> bool:
    """Tell whether to colour ``stream``: NO_COLOR is honoured (no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Return the width to lay text out in, between 60 and 120 columns."""
    import shutil  # with what it imports, as costly as the rest of this file

    return max(60, min(120, shutil.get_terminal_size((80, 24)).columns))
