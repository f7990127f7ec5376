"""``attest verify``: one bundle, one subject, no policy."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attest.cli import options
from attest.cli.verify_options import Wanted, wanted_options
from attest.errors import AttestError, UsageError

if TYPE_CHECKING:
    from attest.cli.verify_output import Shown


@click.command()
@click.argument("subject")
@click.option("--bundle", required=True, metavar="FILE", help="The Sigstore bundle.")
@wanted_options
@click.option("--predicate-type", metavar="URI", help="The predicate type to demand.")
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)
@options.color_option
@options.verbose_option
@options.debug_option
@click.pass_context
def verify(
    ctx: click.Context,
    subject: str,
    bundle: str,
    wanted: Wanted,
    predicate_type: str | None,
    fmt: str,
    color: str,
    verbose: bool,
) -> None:
    """Verify one signature or attestation bundle about SUBJECT.

    SUBJECT is a file or `sha256:HEX`. What the attestation says is shown, not judged.
    """
    from attest.cli import verify_output

    shown = _checked(subject, bundle, wanted, predicate_type)
    color_on = options.wants_color(color, sys.stdout)
    text = verify_output.render(shown, fmt, color=color_on, verbose=verbose)
    click.echo(text, nl=False, color=color_on)
    ctx.exit(shown.exit_code)


def _checked(subject: str, bundle: str, wanted: Wanted, predicate_type: str | None) -> Shown:
    from attest.cli import verify_output, verify_trust
    from attest.fetch import Fetcher
    from attest.verification import check
    from attest.verify import Verifier

    with Fetcher(offline=True) as fetcher:
        trust = verify_trust.trust(fetcher, wanted)
        messages = verify_trust.subject(fetcher, subject)
        artifact = verify_trust.bundle(fetcher, bundle)
    verifier = Verifier(trust, datetime.now(UTC))
    shown = verify_output.Shown(
        subject=subject,
        trust_root={name: str(verifier.root_digest(name)) for name in trust.roots},
        weakened=wanted.weakened,
    )
    try:
        checked = check(artifact, messages, verifier)
        verify_trust.demand_predicate(checked.statement, predicate_type)
    except UsageError:
        raise
    except AttestError as error:
        return shown.refused(error)
    return shown.accepted(checked)
