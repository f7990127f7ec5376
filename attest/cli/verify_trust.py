"""From the options of ``attest verify`` to a trust value: nothing said means nobody is trusted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from attest.cli import options
from attest.cli.verify_options import Demanded, Wanted
from attest.errors import AttestError, FetchError, UsageError, VerificationError
from attest.fetch import Fetcher
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.expectation import Expectation
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    GITHUB_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signer,
    Threshold,
    Trust,
)
from attest.verification import Checked, Conditions, Outcome

PROVENANCE = "https://slsa.dev/provenance/v1"
THRESHOLD = "--threshold"
"""The name of the signer that is several keys."""

ROOT_LIMIT = 4 << 20
KEY_LIMIT = 64 << 10
SUBJECT_LIMIT = 256 << 20
"""Bytes: a larger subject is digested in a stream, and no longer usable with an Ed25519 key."""

_GITHUB = "github"
_BUILT_IN = ("public-good", "staging", "github")


def match(option: str, exact: str | None, pattern: str | None) -> Match | None:
    """Turn a pair of options into a match; both at once is refused."""
    if exact is not None and pattern is not None:
        raise UsageError("OPTION_CONFLICT", f"--{option} and --{option}-regexp exclude each other")
    if pattern is not None:
        return Match(pattern, is_pattern=True)
    return Match(exact) if exact is not None else None


def trust(fetcher: Fetcher, wanted: Wanted, demanded: Demanded, stated: Expectation) -> Trust:
    """Return whom the options trust; raise SIGNER_UNSTATED when they name nobody.

    Where nobody is named, what is ``stated`` may say who could have signed it. With
    ``--npm-package`` the registry's own keys are believed too, for its attestation alone.
    """
    named = _named(fetcher, wanted) if wanted.names_signer else _builders(fetcher, wanted, stated)
    if demanded.npm_package is None:
        return named
    from attest.verify.npm import registry_signers

    roots = dict(named.roots)
    if wanted.root not in roots:
        roots[wanted.root] = _root(fetcher, wanted.root)
    return replace(named, roots=roots, signers={**named.signers, **registry_signers(wanted.root)})


def conditions(
    wanted: Wanted, demanded: Demanded, stated: Expectation, key_id: str | None, at: datetime
) -> Conditions:
    """Return what the options demand of every signature."""
    max_age = None
    if demanded.max_age is not None:
        from attest.config.units import parse_duration

        try:
            max_age = parse_duration(demanded.max_age)
        except ValueError as error:
            raise UsageError("OPTION_INVALID", f"--max-age: {error}") from None
    if demanded.npm_package is not None and (demanded.predicate_type or wanted.threshold > 1):
        problem = "--npm-package demands two attestations, by two signers, of two types"
        raise UsageError("OPTION_CONFLICT", problem)
    signer = THRESHOLD if wanted.threshold > 1 else None
    predicate_type = demanded.predicate_type
    bare = stated.github is not None and stated.build is None and stated.summary is None
    if predicate_type is None and bare and demanded.npm_package is None:
        predicate_type = PROVENANCE  # as `gh attestation verify` has it
    if stated == Expectation() and key_id is None:
        return Conditions(at, predicate_type, max_age, signer)
    from attest.cli.verify_judge import judges

    return Conditions(at, predicate_type, max_age, signer, judges(stated, key_id))


def npm_refusal(outcomes: Sequence[Outcome], demanded: Demanded) -> AttestError | None:
    """Return why registry and builder do not both attest the package that is demanded."""
    from attest.verify.npm import SIGNERS, Attested, Package, demand_package

    package = Package.parse(demanded.npm_package or "")
    refusals = [one for one in outcomes if isinstance(one, AttestError)]
    if refusals and (demanded.every or len(refusals) == len(outcomes)):
        return refusals[0]
    attested = [
        Attested(
            one.statement.predicate_type,
            tuple(subject.name for subject in one.statement.subjects),
            one.statement.predicate,
            by_registry=all(who.name in SIGNERS for who in one.verified.signers),
        )
        for one in outcomes
        if isinstance(one, Checked) and one.statement is not None
    ]
    try:
        demand_package(package, attested)
    except VerificationError as error:
        first = f"; {refusals[0].code}: {refusals[0].message}" if refusals else ""
        return VerificationError(error.code, f"{error.message}{first:.500}", hint=error.hint)
    return None


def _builders(fetcher: Fetcher, wanted: Wanted, stated: Expectation) -> Trust:
    """Return whom an expectation trusts by itself."""
    if stated == Expectation() or wanted.threshold != 1:
        return _named(fetcher, wanted)
    from attest.verify.builders import expected_signers

    signers = expected_signers(stated, wanted.root, _require(wanted), _claims(wanted.claims))
    if not signers:
        return _named(fetcher, wanted)
    return Trust({wanted.root: _root(fetcher, wanted.root)}, signers)


def _named(fetcher: Fetcher, wanted: Wanted) -> Trust:
    identity = match("certificate-identity", wanted.identity, wanted.identity_pattern)
    issuer = match("certificate-oidc-issuer", wanted.issuer, wanted.issuer_pattern)
    if wanted.keys and (identity or issuer):
        raise UsageError("OPTION_CONFLICT", "--key and --certificate-… exclude each other")
    if wanted.keys and wanted.claims:
        raise UsageError("OPTION_CONFLICT", "--claim is about certificates, and --key has none")
    if wanted.keys:
        return _trust_in_keys(fetcher, wanted)
    if wanted.threshold != 1:
        raise UsageError("OPTION_INVALID", "--threshold counts keys: give each with --key")
    if identity is None or (issuer is None and wanted.root != _GITHUB):
        raise UsageError(
            "SIGNER_UNSTATED",
            "nothing says who may sign: give --key, or both --certificate-identity and"
            " --certificate-oidc-issuer, or --slsa-source, --github-owner or --github-repo",
        )
    signer: Signer = CertificateSigner(
        "expected", wanted.root, identity, issuer, _claims(wanted.claims), _require(wanted)
    )
    return Trust({wanted.root: _root(fetcher, wanted.root)}, {"expected": signer})


def _require(wanted: Wanted) -> Require:
    defaults = GITHUB_DEFAULTS if wanted.root == _GITHUB else CERTIFICATE_DEFAULTS
    return Require(
        tlog=0 if wanted.insecure_ignore_tlog else defaults.tlog,
        sct=0 if wanted.insecure_ignore_sct else defaults.sct,
        timestamp=defaults.timestamp,
    )


def _trust_in_keys(fetcher: Fetcher, wanted: Wanted) -> Trust:
    roots = {wanted.root: _root(fetcher, wanted.root)} if wanted.root_counts else {}
    signers: dict[str, Signer] = {name: _key(fetcher, name, wanted) for name in wanted.keys}
    if wanted.threshold == 1:
        return Trust(roots, signers)
    if wanted.threshold > len(signers):
        raise UsageError(
            "OPTION_INVALID", f"--threshold {wanted.threshold} of {len(signers)} keys cannot be met"
        )
    several = Threshold(THRESHOLD, wanted.threshold, tuple(signers))
    return Trust(roots, signers, thresholds={THRESHOLD: several})


def subject(
    fetcher: Fetcher, text: str, names: Collection[str] = ()
) -> Sequence[Artifact | Digest]:
    """Return the subject to look for: its bytes, or its digests where they are all there is.

    ``names`` are those besides digests that it may go by, as ``NAME:VALUE``.
    """
    name, _, value = text.partition(":")
    if name in names and value:
        return [Digest(name, value)]
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
        if claims.get(name, value) != value:
            raise UsageError("OPTION_CONFLICT", f"--claim: {name!r} cannot have two values")
        claims[name] = value
    return claims
