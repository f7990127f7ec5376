"""``attest verify``: signatures and attestations about one subject, no policy."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attest.cli import options, say
from attest.cli.verify_expect import Expected, expected_options
from attest.cli.verify_options import (
    Demanded,
    Given,
    Wanted,
    demanded_options,
    given_options,
    wanted_options,
)
from attest.errors import AttestError, VerificationError

if TYPE_CHECKING:
    from attest.cli.verify_items import Found
    from attest.cli.verify_output import Shown
    from attest.fetch import Fetcher, Store
    from attest.verification import Conditions
    from attest.verify import Verifier


@click.command()
@click.argument("subject")
@given_options
@wanted_options
@demanded_options
@expected_options
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)
@options.allow_tag_option
@options.offline_option
@options.jobs_option
@options.color_option
@options.verbose_option
@options.debug_option
@click.pass_context
def verify(
    ctx: click.Context,
    subject: str,
    given: Given,
    wanted: Wanted,
    demanded: Demanded,
    expected: Expected,
    fmt: str,
    allow_tag: bool,
    offline: bool,
    jobs: int,
    color: str,
    verbose: bool,
) -> None:
    """Verify signatures and attestations about SUBJECT.

    SUBJECT is a file, `sha256:HEX`, or an artifact in a registry or layout; what is attached to it
    there is verified when no file is named. What an attestation says is shown, not judged, except
    for what the options --slsa-…, --github-…, --vsa-… and --svr-… expect.
    """
    from attest.cli import verify_output

    options_given = (given, wanted, demanded, expected)
    shown = _checked(subject, *options_given, allow_tag=allow_tag, offline=offline, jobs=jobs)
    color_on = options.wants_color(color, sys.stdout)
    text = verify_output.render(shown, fmt, color=color_on, verbose=verbose)
    say.text(text, nl=False, color=color_on)
    ctx.exit(shown.exit_code)


def _checked(
    subject: str,
    given: Given,
    wanted: Wanted,
    demanded: Demanded,
    expected: Expected,
    *,
    allow_tag: bool,
    offline: bool,
    jobs: int,
) -> Shown:
    from attest.cli import verify_expect, verify_items, verify_output, verify_trust
    from attest.fetch import Fetcher
    from attest.model.digest import NAMES
    from attest.verify import Verifier

    now = datetime.now(UTC)
    stated = verify_expect.expectation(expected)
    named = NAMES if stated.summary is not None else ()
    if not wanted.names_signer:
        npm = demanded.npm_package is not None
        stated = verify_expect.with_trusted_builders(stated, npm=npm)
    with Fetcher(offline=offline, store=_store(subject)) as fetcher:
        subject, loosened = _resolved(fetcher, subject) if allow_tag else (subject, ())
        trust = verify_trust.trust(fetcher, wanted, demanded, stated)
        verifier = Verifier(trust, now)
        shown = verify_output.Shown(
            subject=subject,
            trust_root={name: str(verifier.root_digest(name)) for name in trust.roots},
            weakened=(*wanted.weakened, *loosened, *verify_expect.weakly_named(subject, named)),
        )
        conditions = verify_trust.conditions(wanted, demanded, stated, expected.key_id, now)
        try:
            found = verify_items.find(fetcher, subject, given, named)
        except VerificationError as error:
            return shown.refused(error)
    return _decided(shown, found, verifier, conditions, demanded, jobs)


def _resolved(fetcher: Fetcher, subject: str) -> tuple[str, tuple[str, ...]]:
    """Return a subject that a tag names by its digest of now, and the option that allowed it."""
    from attest.model.artifact import Reference

    try:
        place = Reference.parse(subject)
    except ValueError:
        return subject, ()  # refused where it is read
    if place.tag is None or place.digest is not None:
        return subject, ()
    return str(replace(place, digest=fetcher.resolve(place))), ("--allow-tag",)


def _store(subject: str) -> Store | None:
    """Return what keeps fetched content; for a file there is none, nor the time to import it."""
    if not subject.startswith("oci:"):
        return None
    from attest.fetch import Store

    return Store()


def _decided(
    shown: Shown,
    found: Found,
    verifier: Verifier,
    conditions: Conditions,
    demanded: Demanded,
    jobs: int,
) -> Shown:
    from attest.cli import verify_share
    from attest.verification import check_all, decide

    many = verify_share.spread(found.items, jobs)
    checked = check_all(found.items, found.subject, verifier, conditions, spread=many)
    outcomes = (*checked, *found.unread)
    refusal: AttestError | None
    if demanded.npm_package is not None:
        from attest.cli.verify_trust import npm_refusal

        refusal = npm_refusal(outcomes, demanded)
    else:
        refusal = decide(outcomes, every=demanded.every)
    return shown.decided(outcomes, refusal)
