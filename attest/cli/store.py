"""``attest store``: what was fetched and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attest.cli import say
from attest.cli.options import debug_option
from attest.errors import FetchError, UsageError

if TYPE_CHECKING:
    from attest.fetch.store import Store

_CORRUPT = 5
_MOST = 1 << 40


@click.group()
def store() -> None:
    """Look at, check and shrink the local store of fetched content.

    It saves time and makes --offline possible; it is never believed: all content is hashed again.
    """


@store.command("ls")
@debug_option
def list_all() -> None:
    """List what is there, the longest unused first."""
    entries = _store().entries()
    for each in entries:
        say.line(f"{each}  {each.size}")
    say.notice(f"{len(entries)} files, {sum(each.size for each in entries):,} bytes")


@store.command()
@debug_option
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Hash everything again; drop and name what is not what its name says, and leave with 5."""
    from attest.fetch.store import LISTS
    from attest.model.digest import Digest

    kept, corrupt = _store(), 0
    entries = kept.entries()
    for each in entries:
        if each.kind == LISTS:
            continue  # hints: nothing to compare them with, and nothing believes them
        try:
            kept.get(Digest.parse(str(each)), limit=_MOST)
        except FetchError as error:
            say.line(f"{error.code}: {error.message}")
        except ValueError:
            kept.drop(each)
            say.line(f"STORE_CORRUPT: {each} is no digest; the file was dropped")
        else:
            continue
        corrupt += 1
    say.notice(f"{len(entries)} files, {corrupt} corrupt")
    ctx.exit(_CORRUPT if corrupt else 0)


@store.command()
@click.option("--keep", metavar="SIZE", default="1GiB", show_default=True, help="What may stay.")
@debug_option
def gc(keep: str) -> None:
    """Drop the longest unused until no more than --keep stays."""
    from attest.config.units import parse_size

    try:
        limit = parse_size(keep)
    except ValueError as error:
        raise UsageError("SIZE_INVALID", str(error), where="--keep") from None
    dropped = _store().collect(limit)
    freed = sum(each.size for each in dropped)
    say.notice(f"{len(dropped)} files dropped, {freed:,} bytes")


def _store() -> Store:
    from attest.fetch.store import Store

    return Store(_refuse)


def _refuse(message: str) -> None:
    """Here the store is what was asked for: without it there is nothing to go on with."""
    raise FetchError("STORE_UNUSABLE", message.removeprefix("! "))
