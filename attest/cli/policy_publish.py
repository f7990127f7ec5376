"""``attest policy push``, ``sign`` and ``pull``: a policy bundle on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attest.cli import options, places, say
from attest.cli.sign import Signing, require_one_signer, signed, signing_options
from attest.errors import UsageError

if TYPE_CHECKING:
    from attest.author.endpoints import Endpoints
    from attest.model.artifact import Reference
    from attest.model.policy import File

_CLAIMS = {
    "version": ("org.opencontainers.image.version", "1.4.0", "Its version, for attest.lock."),
    "revision": ("org.opencontainers.image.revision", "ID", "The commit that it was made of."),
    "author": ("org.opencontainers.image.authors", "TEXT", "Who wrote it."),
    "created": ("org.opencontainers.image.created", "RFC3339", "When it was made."),
    "expires": ("dev.attest.policy.expires", "RFC3339", "Gates refuse it from then on."),
}


@click.command()
@click.argument("policy_source", metavar="POLICY")
@click.argument("target", metavar="DST")
@click.option("--version", metavar=_CLAIMS["version"][1], help=_CLAIMS["version"][2])
@click.option("--revision", metavar=_CLAIMS["revision"][1], help=_CLAIMS["revision"][2])
@click.option("--author", metavar=_CLAIMS["author"][1], help=_CLAIMS["author"][2])
@click.option("--created", type=options.TIME, metavar="RFC3339", help=_CLAIMS["created"][2])
@click.option("--expires", type=options.TIME, metavar="RFC3339", help=_CLAIMS["expires"][2])
@places.network_option
@options.debug_option
def push(
    policy_source: str, target: str, config: str | None, **claims: str | datetime | None
) -> None:
    """Pack POLICY and push it to oci:HOST/REPOSITORY[:TAG] or oci-layout:DIR[:TAG].

    POLICY is a folder, a .rego, .wasm or .yaml file, a .tar.gz of them, or a bundle in an OCI
    layout, which is copied as it is with its signatures. The same POLICY has the same digest each
    time. Prints the reference by which to pin it.
    """
    from attest.author import publish
    from attest.author.copy import Copier

    where = places.destination(target, "DST")
    given = options.reference(policy_source, "POLICY")
    stated = {name: _text(value) for name, value in claims.items() if value is not None}
    with places.endpoints(config) as ends:
        if given.scheme in {"oci", "oci-layout"}:
            if stated:
                message = f"--{min(stated)}: the bundle is there already and stays as it is"
                raise UsageError("OPTION_CONFLICT", message)
            ready = ends.pinned(given, allow_tag=given.scheme == "oci-layout")
            copier = Copier(
                ends.source(ready), ready, ends.target(where), ends.limits, places.notices()
            )
            digest = copier.copy(where.tag).digest
        else:
            annotations = {_CLAIMS[name][0]: text for name, text in stated.items()}
            made, digest = publish.bundle(_files(policy_source), annotations)
            publish.send(ends.target(where), made, digest, where.tag)
    say.line(replace(where, digest=digest))


@click.command()
@click.argument("target", metavar="REF")
@signing_options
@places.network_option
@options.debug_option
def sign(target: str, signing: Signing, config: str | None) -> None:
    """Sign the manifest that REF names by its digest, and attach the signature to it.

    What is signed is what `cosign sign` signs: cosign verifies it, and the other way round.
    """
    from attest.author import publish

    require_one_signer(signing)
    place = places.place(target, "REF")
    with places.endpoints(config) as ends:
        named = ends.pinned(place, allow_tag=False)
        about = publish.subject(ends.source(named), named, ends.limits)
        said = publish.signing_statement(about)
        made = signed(said, signing, statement=True)
        attached = publish.attach(ends.target(named), about, made)
    say.line(replace(named, tag=None, digest=attached))


@click.command()
@click.argument("source", metavar="REF")
@click.argument("target", metavar="DIR|oci-layout:DIR")
@options.allow_tag_option
@places.network_option
@options.debug_option
def pull(source: str, target: str, allow_tag: bool, config: str | None) -> None:
    """Fetch a policy bundle: its files into a new folder, or all of it into an OCI layout.

    Every byte is compared with its digest; nobody's signature is checked, a gate does that.
    """
    from attest.author.copy import Copier

    with places.endpoints(config) as ends:
        named = ends.pinned(places.place(source, "REF"), allow_tag=allow_tag)
        if target.startswith("oci-layout:"):
            where = places.destination(target, "DIR")
            opened = ends.source(named)
            copier = Copier(opened, named, ends.target(where), ends.limits, places.notices())
            copier.copy(where.tag)
            shown = str(replace(where, digest=named.digest))
        else:
            _unpack(ends, named, Path(target))
            shown = str(named)
    say.line(shown)
    say.notice("attest: not verified: nobody's signature was checked")


def _files(text: str) -> tuple[File, ...]:
    """Return the files of a policy that loads; what does not is not published."""
    from attest import authoring
    from attest.cli import policy_request

    return authoring.load(policy_request.source(text), datetime.now(UTC), offline=True).files


def _unpack(ends: Endpoints, pinned: Reference, folder: Path) -> None:
    from attest.author.unpack import read, write

    write(read(ends.source(pinned), pinned, ends.limits), folder)


def _text(value: str | datetime | None) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
