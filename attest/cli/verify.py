"""``attest verify``: one bundle, one subject, no policy."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from click.core import ParameterSource

from attest.cli import options
from attest.errors import AttestError, UsageError


@click.command()
@click.argument("subject")
@click.option("--bundle", required=True, metavar="FILE", help="The Sigstore bundle.")
@click.option("--key", "keys", multiple=True, metavar="PEM", help="A public key that may sign.")
@click.option(
    "--trusted-root",
    default="public-good",
    show_default=True,
    metavar="FILE|NAME",
    help="trusted_root.json, or public-good, staging, github.",
)
@click.option("--certificate-identity", "identity", metavar="TEXT", help="The exact identity.")
@click.option("--certificate-identity-regexp", "identity_pattern", metavar="RE")
@click.option("--certificate-oidc-issuer", "issuer", metavar="URL", help="The exact issuer.")
@click.option("--certificate-oidc-issuer-regexp", "issuer_pattern", metavar="RE")
@click.option(
    "--claim", "claims", multiple=True, metavar="NAME=VALUE", help="A certificate claim to demand."
)
@click.option("--predicate-type", metavar="URI", help="The predicate type to demand.")
@click.option("--insecure-ignore-tlog", is_flag=True, help="Do not demand a log entry.")
@click.option("--insecure-ignore-sct", is_flag=True, help="Do not demand an SCT.")
@click.option("--require-timestamp", is_flag=True, help="Demand an RFC 3161 or log time.")
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
    keys: tuple[str, ...],
    trusted_root: str,
    identity: str | None,
    identity_pattern: str | None,
    issuer: str | None,
    issuer_pattern: str | None,
    claims: tuple[str, ...],
    predicate_type: str | None,
    insecure_ignore_tlog: bool,
    insecure_ignore_sct: bool,
    require_timestamp: bool,
    fmt: str,
    color: str,
    verbose: bool,
    debug: bool,  # noqa: ARG001  # read by main
) -> None:
    """Verify one signature or attestation bundle about SUBJECT.

    SUBJECT is a file or `sha256:HEX`. What the attestation says is shown, not judged.
    """
    from attest.cli import verify_output, verify_trust
    from attest.fetch import Fetcher
    from attest.verification import check
    from attest.verify import Verifier

    wanted = verify_trust.Wanted(
        keys=keys,
        root=trusted_root,
        root_given=ctx.get_parameter_source("trusted_root") is not ParameterSource.DEFAULT,
        identity=verify_trust.match("certificate-identity", identity, identity_pattern),
        issuer=verify_trust.match("certificate-oidc-issuer", issuer, issuer_pattern),
        claims=claims,
        ignore_tlog=insecure_ignore_tlog,
        ignore_sct=insecure_ignore_sct,
        require_timestamp=require_timestamp,
    )
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
    except AttestError as error:
        if isinstance(error, UsageError):
            raise
        shown = shown.refused(error)
    else:
        shown = shown.accepted(checked)
    color_on = options.wants_color(color, sys.stdout)
    text = verify_output.render(shown, fmt, color=color_on, verbose=verbose)
    click.echo(text, nl=False, color=color_on)
    ctx.exit(shown.exit_code)
