"""The options of ``attest verify``, as given."""

from __future__ import annotations

import click

from attest.cli.groups import gathered
from attest.model.frozen import frozen

PUBLIC_GOOD = "public-good"


@frozen
class Given:
    """The options that say where the signature is, and what belongs to it."""

    bundle: str | None
    signature: str | None
    certificate: str | None
    certificate_chain: str | None
    rfc3161_timestamp: str | None
    envelope: str | None


given_options = gathered(
    "given",
    Given,
    click.option(
        "--bundle",
        metavar="FILE",
        help="A Sigstore bundle; several as JSON array or JSON Lines; an older cosign bundle.",
    ),
    click.option("--signature", metavar="FILE", help="A detached signature over SUBJECT."),
    click.option("--certificate", metavar="FILE", help="The certificate beside --signature."),
    click.option(
        "--certificate-chain",
        metavar="FILE",
        help="Its issuers; they are checked, the trust root alone is trusted.",
    ),
    click.option(
        "--rfc3161-timestamp", metavar="FILE", help="A timestamp response over --signature."
    ),
    click.option("--envelope", metavar="FILE", help="A bare DSSE envelope, signed by keys."),
)


@frozen
class Demanded:
    """The options that demand something of what verifies."""

    predicate_type: str | None
    max_age: str | None
    npm_package: str | None
    every: bool


demanded_options = gathered(
    "demanded",
    Demanded,
    click.option("--predicate-type", metavar="URI", help="The predicate type to demand."),
    click.option(
        "--max-age", metavar="DURATION", help="Refuse what was made longer ago, such as 30d."
    ),
    click.option(
        "--npm-package",
        metavar="NAME[@VERSION]",
        help="Demand npm's publish attestation and provenance of this package.",
    ),
    click.option("--all", "every", is_flag=True, help="Demand that every bundle verifies."),
)


@frozen
class Wanted:
    """The options that say who may sign, and what a signature must carry."""

    keys: tuple[str, ...]
    threshold: int
    trusted_root: str | None
    identity: str | None
    identity_pattern: str | None
    issuer: str | None
    issuer_pattern: str | None
    claims: tuple[str, ...]
    insecure_ignore_tlog: bool
    insecure_ignore_sct: bool
    require_timestamp: bool

    @property
    def names_signer(self) -> bool:
        """Whether somebody is named who may sign."""
        named = (self.identity, self.identity_pattern, self.issuer, self.issuer_pattern)
        return bool(self.keys) or any(one is not None for one in named)

    @property
    def root(self) -> str:
        """The trust root's name or file."""
        return PUBLIC_GOOD if self.trusted_root is None else self.trusted_root

    @property
    def root_counts(self) -> bool:
        """Whether a trust root says anything about signatures by keys: when it is asked to."""
        return self.trusted_root is not None or self.require_timestamp

    @property
    def weakened(self) -> tuple[str, ...]:
        """The options that relax a check, as the output lists them."""
        flags = {
            "--insecure-ignore-tlog": self.insecure_ignore_tlog,
            "--insecure-ignore-sct": self.insecure_ignore_sct,
        }
        return tuple(flag for flag, given in flags.items() if given)


wanted_options = gathered(
    "wanted",
    Wanted,
    click.option("--key", "keys", multiple=True, metavar="PEM", help="A public key that may sign."),
    click.option(
        "--threshold",
        type=click.IntRange(1),
        default=1,
        metavar="N",
        help="How many of the keys must have signed the same bytes.",
    ),
    click.option(
        "--trusted-root",
        show_default=PUBLIC_GOOD,
        metavar="FILE|NAME",
        help="trusted_root.json, or public-good, staging, github.",
    ),
    click.option("--certificate-identity", "identity", metavar="TEXT", help="The exact identity."),
    click.option("--certificate-identity-regexp", "identity_pattern", metavar="RE"),
    click.option("--certificate-oidc-issuer", "issuer", metavar="URL", help="The exact issuer."),
    click.option("--certificate-oidc-issuer-regexp", "issuer_pattern", metavar="RE"),
    click.option(
        "--claim",
        "claims",
        multiple=True,
        metavar="NAME=VALUE",
        help="A certificate claim to demand.",
    ),
    click.option("--insecure-ignore-tlog", is_flag=True, help="Do not demand a log entry."),
    click.option("--insecure-ignore-sct", is_flag=True, help="Do not demand an SCT."),
    click.option("--require-timestamp", is_flag=True, help="Demand an RFC 3161 or log time."),
)
