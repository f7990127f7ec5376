"""``attest trust``: the trust root in use, and a newer one when you ask for it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attest.cli import options, say
from attest.errors import FetchError, UsageError

if TYPE_CHECKING:
    from attest.fetch.tuf import Repository
    from attest.model.digest import Digest
    from attest.verify.root import TrustRoot

_DEFAULT = "public-good"
_TARGET = "trusted_root.json"
_ROOT_LIMIT = 4 << 20
_STATE = ".tuf"
_format = click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)


@click.group()
def trust() -> None:
    """Show the trust root in use, or get a newer one through TUF."""


@trust.command()
@click.option(
    "--trusted-root",
    "root",
    metavar="FILE|NAME",
    help="A trusted_root.json, or public-good, staging or github. [default: public-good]",
)
@options.config_option
@_format
@options.debug_option
def show(root: str | None, config: str | None, fmt: str) -> None:
    """Print whom a trust root believes, by which key, and when.

    With -c it is every trust root that the plan names.
    """
    if root is not None and config is not None:
        raise UsageError("OPTION_CONFLICT", "--trusted-root and --config exclude each other")
    roots = _of_plan(config) if config is not None else {root or _DEFAULT: _root(root or _DEFAULT)}
    shown = [_overview(name, content) for name, content in roots.items()]
    if fmt == "json":
        _json({"roots": [one for one, _ in shown]} if config is not None else shown[0][0])
        return
    _lines([line for _, lines in shown for line in ("", *lines)][1:])


def _overview(name: str, content: bytes) -> tuple[dict[str, Any], list[str]]:
    """Return what is shown of one trust root, as a document and as lines."""
    from attest.cli import trust_output
    from attest.report.escape import plain
    from attest.verify.overview import overview
    from attest.verify.root import parse_root

    parsed = parse_root(name, content)
    rows, source = overview(parsed), _source(content)
    told = {"name": name, "digest": str(parsed.digest), "source": source}
    head = [f"Trust root {plain(name)}", f"  {parsed.digest}", f"  {source}", ""]
    return (
        {**told, "rows": trust_output.document(rows)},
        [*head, *trust_output.table(rows, datetime.now(UTC))],
    )


def _root(name: str) -> bytes:
    from attest.verify.builtin import BUILTIN_ROOTS, builtin_root

    return builtin_root(name) if name in BUILTIN_ROOTS else _file(name, "--trusted-root")


def _of_plan(path: str) -> Mapping[str, bytes]:
    from attest.config import Overrides, load_plan

    return load_plan(path, Overrides(now=datetime.now(UTC))).trust.roots


def _source(content: bytes) -> str:
    """Say where a trust root is from: one that came with attest is told by its bytes."""
    from attest.verify.builtin import BUILTIN_ROOTS, builtin_root, origin

    for name in BUILTIN_ROOTS:
        if content == builtin_root(name):
            return origin(name, content)
    return "a file"


@trust.command()
@click.argument("file")
@click.option(
    "--instance",
    default="public-good",
    show_default=True,
    type=click.Choice(["public-good", "staging"]),
    help="Whose TUF repository to ask.",
)
@click.option("--tuf-url", metavar="URL", help="Another TUF repository; needs --tuf-root.")
@click.option("--tuf-root", metavar="FILE", help="That repository's root.json, to begin with.")
@click.option(
    "--state",
    metavar="DIR",
    help="Where its metadata is kept, so that nothing older is believed. [default: FILE.tuf]",
)
@_format
@options.offline_option
@options.debug_option
def update(
    file: str,
    instance: str,
    tuf_url: str | None,
    tuf_root: str | None,
    state: str | None,
    fmt: str,
    offline: bool,
) -> None:
    """Get the current trust root from a TUF repository and write it to FILE.

    It prints the digest to pin in attest.yaml: nothing uses the file before you name it there.
    """
    repository = _repository(instance, tuf_url, tuf_root, offline=offline)
    from attest.fetch.tuf import download

    content = download(repository, _TARGET, state or file + _STATE)
    parsed = _parsed(content, repository.url)
    before = _replace(Path(file), content)
    name = "corp" if tuf_url else instance
    _report(name, file, repository.url, parsed, before, fmt)


def _report(
    name: str, file: str, url: str, parsed: TrustRoot, before: Digest | None, fmt: str
) -> None:
    from attest.cli import trust_output
    from attest.report.escape import plain

    digest, shown = parsed.digest, plain(file)
    if fmt == "json":
        previous = None if before is None else str(before)
        _json({"file": file, "digest": str(digest), "previous": previous, "repository": url})
        return
    what = "unchanged" if before == digest else f"replaced {before}" if before else "new"
    _lines(
        [
            f"{shown}  {digest}",
            f"  from {plain(url)}, {what}",
            f"  pin it: {trust_output.entry(name, shown, digest)}",
        ]
    )


def _repository(instance: str, url: str | None, root: str | None, *, offline: bool) -> Repository:
    if (url is None) != (root is None):
        raise UsageError("OPTION_CONFLICT", "--tuf-url and --tuf-root belong together")
    from attest.verify.builtin import builtin_repository

    place, initial = builtin_repository(instance)
    if url is not None and root is not None:
        place, initial = url, _file(root, "--tuf-root")
    if offline:  # before the import: urllib3 opens a socket to try IPv6
        hint = "Run without --offline, or use a root that comes with attest."
        raise FetchError("OFFLINE", f"{place} needs the network", hint=hint, where=place)
    from attest.fetch.tuf import Repository

    return Repository(place, initial)


def _parsed(content: bytes, url: str) -> TrustRoot:
    from attest.verify.root import parse_root

    try:
        return parse_root("update", content)
    except UsageError as error:
        raise FetchError("TUF_TARGET", error.message, where=url) from None


def _file(path: str, option: str) -> bytes:
    from attest.fetch import Fetcher

    with Fetcher(offline=True) as fetcher:
        return options.read(fetcher, options.reference(path, option), _ROOT_LIMIT).content


def _replace(path: Path, content: bytes) -> Digest | None:
    """Write ``content`` in full or not at all; return the digest of what was there before."""
    from attest.model.digest import Digest

    beside = path.with_name(f".attest-{secrets.token_hex(8)}")
    try:
        before = Digest.of(path.read_bytes()) if path.exists() else None
        if before != Digest.of(content):
            with beside.open("xb") as stream:
                stream.write(content)
                os.fsync(stream.fileno())
            beside.replace(path)
    except OSError as error:
        raise UsageError("OUTPUT_UNWRITABLE", f"{path}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
    return before


def _json(document: dict[str, Any]) -> None:
    say.document(document)


def _lines(lines: list[str]) -> None:
    say.text("\n".join(lines))
