"""``attest lock``: tags to digests, once, reviewed and committed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from attest.cli import options, say
from attest.cli.places import notices
from attest.errors import UsageError
from attest.model.lock import FILE, Lock


@click.command()
@options.config_option
@click.option("--check", is_flag=True, help="Write nothing; fail when a tag has moved.")
@options.offline_option
@options.debug_option
def lock(config: str | None, check: bool, offline: bool) -> None:
    """Write attest.lock beside the plan: what each of its tags points to.

    Policies are verified before they are locked, and a lower version than the locked one is
    refused. A gate takes tags from the lock alone, and never writes it.
    """
    from attest import locking
    from attest.config import Overrides, load_plan
    from attest.fetch import Fetcher, Store

    if config is None:
        raise UsageError("CONFIG_MISSING", "no plan was named")
    now = datetime.now(UTC)
    known = load_plan(config, Overrides(now=now, allow_tag=True)).lock
    plan = load_plan(config, Overrides(now=now, allow_tag=True, locked=False))
    with Fetcher(offline=offline, store=Store(notices()), network=plan.network) as fetcher:
        if check:
            locking.check(fetcher, plan, known)
            say.line(f"ok {_count(known)}")
            return
        made = locking.lock(fetcher, plan, known)
    _write(Path(config).parent / FILE, made)
    for name, one in sorted(made.references.items()):
        say.line(f"{name}  {one.digest}{f'  {one.version}' if one.version else ''}")


def _count(known: Lock | None) -> str:
    held = 0 if known is None else len(known.references)
    return f"{held} tag{'' if held == 1 else 's'}"


def _write(path: Path, made: Lock) -> None:
    from attest.cli.outputs import write_file

    write_file(path, made.text())
