"""``attest config``: whether a plan is sound, and what it says in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from attest.cli import say
from attest.cli.options import config_option, debug_option
from attest.config import Overrides, load_plan
from attest.config.explain import explain as plain_words
from attest.errors import UsageError
from attest.plan import Plan


@click.group()
def config() -> None:
    """Check and explain an attest.yaml."""


@config.command()
@config_option
@debug_option
def check(config: str | None) -> None:
    """Read a plan and every file that it pins; print its digest, or what is wrong with it.

    The digest is what ``--plan-digest`` takes, for a gate without --at, --cross-check, --allow-tag.
    """
    say.line(f"ok {_load(config).digest}")


@config.command()
@config_option
@debug_option
def explain(config: str | None) -> None:
    """Say in plain words who is trusted, what is required and what is weakened."""
    for one_line in plain_words(_load(config)):
        say.line(one_line)


def _load(path: str | None) -> Plan:
    if path is None:
        raise UsageError("CONFIG_MISSING", "no plan was named")
    return load_plan(path, Overrides(now=datetime.now(UTC)))
