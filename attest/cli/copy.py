"""``attest copy``: an artifact with its signatures and referrers."""

from __future__ import annotations

from dataclasses import replace

import click

from attest.cli import options, places, say


@click.command()
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@options.allow_tag_option
@places.network_option
@options.offline_option
@options.debug_option
def copy(source: str, target: str, allow_tag: bool, config: str | None, offline: bool) -> None:
    """Copy an artifact and all that is attached to it between registries and layouts.

    SRC is oci:HOST/REPOSITORY@sha256:HEX or oci-layout:DIR@sha256:HEX, DST the same without a
    digest, with or without a tag. Digests are checked on both sides; nothing is trusted by that.
    """
    from attest.author.copy import Copier

    where = places.destination(target, "DST")
    with places.endpoints(config, offline=offline) as ends:
        pinned = ends.pinned(places.place(source, "SRC"), allow_tag=allow_tag)
        opened = ends.source(pinned)
        copier = Copier(opened, pinned, ends.target(where), ends.limits, places.notices())
        copied = copier.copy(where.tag)
    say.line(replace(where, digest=copied.digest))
    say.notice(f"{_count(copied.manifests, 'manifest')}, {_count(copied.blobs, 'blob')}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
