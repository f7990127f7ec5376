"""From the options of ``attest verify`` to a trust value: nothing said means nobody is trusted."""

from __future__ import annotations

from collections.abc import Sequence

from attest.cli import options
from attest.cli.verify_options import Wanted
from attest.decode.statement import Statement
from attest.errors import FetchError, UsageError, VerificationError
from attest.fetch import Fetcher
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signer,
    Trust,
)

BUNDLE_LIMIT = 32 << 20
ROOT_LIMIT = 4 << 20
KEY_LIMIT = 64 << 10
SUBJECT_LIMIT = 256 << 20
"""Bytes: a larger subject is digested in a stream, and no longer usable with an Ed25519 key."""

_BUILT_IN = ("public-good", "staging", "github")


def match(option: str, exact: str | None, pattern: str | None) -> Match | None:
    """Turn a pair of options into a match; both at once is refused."""
    if exact is not None and pattern is not None:
        raise UsageError("OPTION_CONFLICT", f"--{option} and --{option}-regexp exclude each other")
    if pattern is not None:
        return Match(pattern, is_pattern=True)
    return Match(exact) if exact is not None else None


def trust(fetcher: Fetcher, wanted: Wanted) -> Trust:
    """Return whom the options trust; raise SIGNER_UNSTATED when they name nobody."""
    identity = match("certificate-identity", wanted.identity, wanted.identity_pattern)
    issuer = match("certificate-oidc-issuer", wanted.issuer, wanted.issuer_pattern)
    if wanted.keys and (identity or issuer):
        raise UsageError("OPTION_CONFLICT", "--key and --certificate-… exclude each other")
    if wanted.keys and wanted.claims:
        raise UsageError("OPTION_CONFLICT", "--claim is about certificates, and --key has none")
    if wanted.keys:
        roots = {wanted.root: _root(fetcher, wanted.root)} if wanted.root_counts else {}
        return Trust(roots, {name: _key(fetcher, name, wanted) for name in wanted.keys})
    if identity is None or (issuer is None and wanted.root != "github"):
        raise UsageError(
            "SIGNER_UNSTATED",
            "nothing says who may sign: give --key, or both --certificate-identity and"
            " --certificate-oidc-issuer",
        )
    defaults = CERTIFICATE_DEFAULTS
    require = Require(
        tlog=0 if wanted.insecure_ignore_tlog else defaults.tlog,
        sct=0 if wanted.insecure_ignore_sct else defaults.sct,
        timestamp=defaults.timestamp,
    )
    signer: Signer = CertificateSigner(
        "expected", wanted.root, identity, issuer, _claims(wanted.claims), require
    )
    return Trust({wanted.root: _root(fetcher, wanted.root)}, {"expected": signer})


def subject(fetcher: Fetcher, text: str) -> Sequence[Artifact | Digest]:
    """Return the subject to look for: its bytes, or its digests where they are all there is."""
    if text.partition(":")[0] in {"sha256", "sha384", "sha512"}:
        try:
            return [Digest.parse(text)]
        except ValueError as error:
            raise UsageError("DIGEST_INVALID", str(error), where="SUBJECT") from None
    reference = options.reference(text, "SUBJECT")
    if reference.scheme == "file":
        try:
            return [fetcher.file(reference, limit=SUBJECT_LIMIT)]
        except FetchError as error:
            if error.code != "FILE_TOO_LARGE":
                raise
    return fetcher.digest(reference)


def bundle(fetcher: Fetcher, path: str) -> Artifact:
    """Read the bundle file."""
    return fetcher.file(options.reference(path, "--bundle"), limit=BUNDLE_LIMIT)


def demand_predicate(statement: Statement | None, predicate_type: str | None) -> None:
    """Raise PREDICATE_TYPE unless the statement has the type that was demanded."""
    if predicate_type is None:
        return
    seen = statement.predicate_type if statement else "a message signature, which has none"
    if seen != predicate_type:
        raise VerificationError("PREDICATE_TYPE", f"expected {predicate_type}, seen {seen}")


def _key(fetcher: Fetcher, path: str, wanted: Wanted) -> KeySigner:
    pem = fetcher.file(options.reference(path, "--key"), limit=KEY_LIMIT).content
    if not wanted.root_counts:
        return KeySigner(path, pem)
    require = Require(tlog=0, sct=0, timestamp=1 if wanted.require_timestamp else 0)
    return KeySigner(path, pem, root=wanted.root, require=require)


def _root(fetcher: Fetcher, name: str) -> bytes:
    if name in _BUILT_IN:
        from attest.verify.builtin import builtin_root

        return builtin_root(name)
    return fetcher.file(options.reference(name, "--trusted-root"), limit=ROOT_LIMIT).content


def _claims(pairs: tuple[str, ...]) -> dict[str, str]:
    claims: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise UsageError("OPTION_INVALID", f"--claim wants NAME=VALUE, not {pair!r}")
        claims[name] = value
    return claims
