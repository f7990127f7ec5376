"""``attest sign``: one file or statement, one bundle beside it."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click

from attest.cli import options
from attest.errors import UsageError

CONTENT_LIMIT = 256 << 20
"""Bytes of a file to sign. The others are bounded where they are read."""

_SMALL = 4 << 20
_SUFFIX = ".sigstore.json"


@click.command()
@click.argument("file")
@click.option("--key", metavar="PEM", help="A private key (PKCS #8) to sign with.")
@click.option("--password-env", metavar="NAME", help="The variable with the key's password.")
@click.option(
    "--identity-token",
    "token",
    metavar="FILE|-",
    help="An OpenID Connect token to sign with, through a Sigstore instance.",
)
@click.option(
    "--trust-config",
    metavar="FILE",
    help="That instance's ClientTrustConfig; otherwise the public-good one.",
)
@click.option("--statement", is_flag=True, help="FILE is an in-toto statement: sign it as such.")
@click.option(
    "-o",
    "--bundle",
    metavar="PATH",
    help="Where to write; - is stdout. [default: FILE" + _SUFFIX + "]",
)
@click.option("--force", is_flag=True, help="Replace the bundle if it is there.")
@options.debug_option
def sign(
    file: str,
    key: str | None,
    password_env: str | None,
    token: str | None,
    trust_config: str | None,
    statement: bool,
    bundle: str | None,
    force: bool,
) -> None:
    """Sign FILE into a Sigstore bundle beside it.

    With --key the bundle holds no more than the signature. With --identity-token the instance
    issues a certificate and its log makes file digest and identity public, for good.
    """
    _require_one_signer(key, token, password_env, trust_config)
    target = None if bundle == "-" else Path(bundle or file + _SUFFIX)
    if target is not None and target.exists() and not force:
        raise _exists(target)
    content = _read(file, CONTENT_LIMIT)
    if key is not None:
        from attest.signing import sign_with_key

        signed = sign_with_key(
            content, _read(key, _SMALL), password=_password(password_env), statement=statement
        )
    else:
        from attest.signing import sign_with_identity

        signed = sign_with_identity(
            content,
            _token(str(token)),
            trust_config=_read(trust_config, _SMALL) if trust_config else None,
            statement=statement,
        )
    _write(target, signed + b"\n", force=force)


def _require_one_signer(
    key: str | None, token: str | None, password_env: str | None, trust_config: str | None
) -> None:
    if (key is None) == (token is None):
        seen = "neither" if key is None else "both"
        raise UsageError("SIGNER_CHOICE", f"expected --key or --identity-token; seen {seen}")
    if token is not None and password_env is not None:
        raise UsageError("OPTION_CONFLICT", "--password-env belongs to --key")
    if key is not None and trust_config is not None:
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
    click.echo(f"wrote {target}", err=True)


def _exists(target: Path) -> UsageError:
    return UsageError("OUTPUT_EXISTS", f"{target} is already there")
