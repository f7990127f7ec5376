"""``attest sign``: one file or statement, one bundle beside it."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click

from attest.cli import options, places, say
from attest.cli.groups import gathered
from attest.errors import UsageError
from attest.model.frozen import frozen

CONTENT_LIMIT = 256 << 20
"""Bytes of a file to sign. The others are bounded where they are read."""

_SMALL = 4 << 20
_SUFFIX = ".sigstore.json"


@frozen
class Signing:
    """Who signs: the holder of a key, or of an identity token."""

    key: str | None
    password_env: str | None
    token: str | None
    trust_config: str | None


signing_options = gathered(
    "signing",
    Signing,
    click.option("--key", metavar="PEM", help="A private key (PKCS #8) to sign with."),
    click.option("--password-env", metavar="NAME", help="The variable with the key's password."),
    click.option(
        "--identity-token",
        "token",
        metavar="FILE|-",
        help="An OpenID Connect token to sign with, through a Sigstore instance.",
    ),
    click.option(
        "--trust-config",
        metavar="FILE",
        help="That instance's ClientTrustConfig; otherwise the public-good one.",
    ),
)


@click.command()
@click.argument("file")
@signing_options
@click.option("--statement", is_flag=True, help="FILE is an in-toto statement: sign it as such.")
@click.option(
    "--attach",
    metavar="REF",
    help="Attach the bundle to this manifest, oci:… or oci-layout:…@sha256:HEX.",
)
@places.network_option
@click.option(
    "-o",
    "--bundle",
    metavar="PATH",
    help="Where to write; - is stdout. [default: FILE" + _SUFFIX + ", or with --attach nowhere]",
)
@click.option("--force", is_flag=True, help="Replace the bundle if it is there.")
@options.debug_option
def sign(
    file: str,
    signing: Signing,
    statement: bool,
    attach: str | None,
    config: str | None,
    bundle: str | None,
    force: bool,
) -> None:
    """Sign FILE into a Sigstore bundle beside it, or attached to an artifact in a registry.

    With --key the bundle holds no more than the signature. With --identity-token the instance
    issues a certificate and its log makes file digest and identity public, for good.
    """
    require_one_signer(signing)
    if config is not None and attach is None:
        raise UsageError("OPTION_CONFLICT", "--config belongs to --attach")
    written = bundle or (None if attach else file + _SUFFIX)
    target = None if written in {None, "-"} else Path(str(written))
    if target is not None and target.exists() and not force:
        raise _exists(target)
    content = _read(file, CONTENT_LIMIT)
    if attach is None:
        made = signed(content, signing, statement=statement)
    else:
        made = _attached(attach, config, content, signing, statement=statement)
    if written is not None:
        _write(target, made + b"\n", force=force)


def signed(content: bytes, signing: Signing, *, statement: bool) -> bytes:
    """Return a Sigstore bundle over ``content``, by key or identity."""
    if signing.key is not None:
        from attest.signing import sign_with_key

        password = _password(signing.password_env)
        key = _read(signing.key, _SMALL)
        return sign_with_key(content, key, password=password, statement=statement)
    from attest.signing import sign_with_identity

    return sign_with_identity(
        content,
        _token(str(signing.token)),
        trust_config=_read(signing.trust_config, _SMALL) if signing.trust_config else None,
        statement=statement,
    )


def _attached(
    text: str, config: str | None, content: bytes, signing: Signing, *, statement: bool
) -> bytes:
    """Sign what is about a manifest, and attach the bundle to it."""
    from attest.author import publish

    place = places.place(text, "--attach")
    with places.endpoints(config) as ends:
        named = ends.pinned(place, allow_tag=False)
        about = publish.subject(ends.source(named), named, ends.limits)
        publish.check_about(about, content, statement=statement)
        made = signed(content, signing, statement=statement)
        digest = publish.attach(ends.target(named), about, made)
    say.notice(f"attached {digest}")
    return made


def require_one_signer(signing: Signing) -> None:
    """Refuse options from which nobody, or more than one, would sign."""
    if (signing.key is None) == (signing.token is None):
        seen = "neither" if signing.key is None else "both"
        raise UsageError("SIGNER_CHOICE", f"expected --key or --identity-token; seen {seen}")
    if signing.token is not None and signing.password_env is not None:
        raise UsageError("OPTION_CONFLICT", "--password-env belongs to --key")
    if signing.key is not None and signing.trust_config is not None:
        raise UsageError("OPTION_CONFLICT", "--trust-config belongs to --identity-token")


def _read(path: str, limit: int) -> bytes:
    from attest.fetch import Fetcher
    from attest.model.artifact import Reference

    with Fetcher(offline=True) as fetcher:
        return fetcher.file(Reference("file", path), limit=limit).content


def _token(path: str) -> str:
    content = sys.stdin.buffer.read(_SMALL) if path == "-" else _read(path, _SMALL)
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise UsageError("IDENTITY_TOKEN_INVALID", "the token is not ASCII", where=path) from None


def _password(variable: str | None) -> bytes | None:
    if variable is None:
        return None
    password = os.environ.get(variable)
    if password is None:
        raise UsageError("SIGNING_KEY_PASSWORD", f"the variable {variable} is not set")
    return password.encode("utf-8", "surrogateescape")


def _write(target: Path | None, content: bytes, *, force: bool) -> None:
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    # In full or not at all: written beside its place, then renamed.
    beside = target.with_name(f".attest-{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as stream:
            stream.write(content)
        if target.exists() and not force:
            raise _exists(target)
        beside.replace(target)
    except OSError as error:
        raise UsageError("OUTPUT_UNWRITABLE", f"{target}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
    say.notice(f"wrote {target}")


def _exists(target: Path) -> UsageError:
    return UsageError("OUTPUT_EXISTS", f"{target} is already there")
