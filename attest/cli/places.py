"""Options and arguments of the commands that write to registries and layouts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attest.cli import options, say
from attest.errors import UsageError
from attest.model.artifact import Reference

if TYPE_CHECKING:
    from attest.author.endpoints import Endpoints
    from attest.model.network import Network

network_option = click.option(
    "-c", "--config", metavar="FILE", help="A plan, for what its `network:` says about hosts."
)


def endpoints(config: str | None, *, offline: bool = False) -> Endpoints:
    """Return what opens registries and layouts, reached as the plan ``config`` says."""
    from attest.author.endpoints import Endpoints

    return Endpoints(_network(config), offline=offline)


def place(text: str, argument: str) -> Reference:
    """Read a registry or layout."""
    found = options.reference(text, argument)
    if found.scheme not in {"oci", "oci-layout"}:
        message = f"expected oci:HOST/REPOSITORY or oci-layout:DIR, seen {text}"
        raise UsageError("SCHEME_UNSUPPORTED", message, where=argument)
    return found


def destination(text: str, argument: str) -> Reference:
    """Read where something is to be written, which is not named by a digest."""
    found = place(text, argument)
    if found.digest is not None:
        message = f"{text} names content that is there already"
        hint = "Name where it goes without a digest: oci:HOST/REPOSITORY[:TAG] or oci-layout:DIR."
        raise UsageError("REFERENCE_MALFORMED", message, hint=hint, where=argument)
    return found


def notices() -> Callable[[str], None]:
    """Return what prints notices on stderr."""
    return lambda message: say.notice(f"attest: {message.removeprefix('! ')}")


def _network(config: str | None) -> Network | None:
    if config is None:
        return None
    from attest.config import Overrides, load_plan

    overrides = Overrides(now=datetime.now(UTC), allow_tag=True)
    return load_plan(config, overrides).network
