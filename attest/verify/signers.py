"""The signers of a plan, compiled: who they are, and what it takes to be believed as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from attest.errors import UsageError, VerificationError
from attest.model.trust import (
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signatory,
    Signer,
    Step,
)
from attest.reasons import REASONS
from attest.verify.case import Case
from attest.verify.certificate import CLAIM_NAMES, Leaf
from attest.verify.keys import Key, WeakKeyError, load_key
from attest.verify.pattern import compile_match, describe
from attest.verify.publicity import Publicity
from attest.verify.root import TrustRoot
from attest.verify.window import Window, rfc3339, utc


class Accepted(NamedTuple):
    """A signer that a bundle was found to be by."""

    signatory: Signatory
    key: Key
    root: TrustRoot | None
    publicity: Publicity
    steps: tuple[Step, ...]


class KeyHolder(NamedTuple):
    """A signer known by its public key."""

    name: str
    key: Key
    window: Window
    root: TrustRoot | None
    require: Require

    def accept(self, case: Case) -> Accepted:
        """Return the proof that this signer made the signature; raise what is against it."""
        if case.bundle.leaf is not None:
            raise VerificationError(
                "KEY_MISMATCH",
                f"the bundle is signed by a certificate ({_who(case.bundle.leaf)});"
                f" expected key {self.key}",
            )
        content = case.content(self.key)
        case.refuse_revoked("the key", *self.key.digests)
        publicity = case.publicity(self.key, self.root)
        publicity.check(self.require)
        for moment in publicity.moments(case.at):
            if moment not in self.window:
                raise VerificationError(
                    "KEY_EXPIRED",
                    f"key {self.key} is valid {self.window}; the time is {rfc3339(moment)}",
                )
        steps = (
            content.step,
            *publicity.steps,
            Step("key", str(self.key), str(self.key)),
            Step("key window", str(self.window), _moments(publicity, case)),
        )
        signatory = Signatory(self.name, self.key.digest)
        return Accepted(signatory, self.key, self.root, publicity, steps)


class CertificateHolder(NamedTuple):
    """A signer known by what a certificate authority says about it."""

    name: str
    root: TrustRoot
    signer: CertificateSigner
    is_identity: Callable[[str], bool]
    is_issuer: Callable[[str], bool] | None

    def accept(self, case: Case) -> Accepted:
        """Return the proof that this signer made the signature; raise what is against it."""
        leaf = case.bundle.leaf
        if leaf is None:
            raise VerificationError(
                "KEY_MISMATCH",
                "the bundle is signed by a managed key; expected a certificate for"
                f" {describe(self.signer.identity)}",
            )
        content = case.content(leaf.key)
        case.refuse_revoked("the certificate", leaf.digest, leaf.key.digest)
        publicity = case.publicity(leaf.key, self.root)
        publicity.check(self.signer.require)
        vouched = case.vouched(leaf, self.root)
        self._check_scts(leaf, vouched.logs)
        who = self._check_who(leaf)
        signatory = Signatory(
            self.name, leaf.key.digest, leaf.issuer, leaf.identity, dict(leaf.claims)
        )
        steps = (content.step, *publicity.steps, *vouched.steps, *who)
        return Accepted(signatory, leaf.key, self.root, publicity, steps)

    def _check_scts(self, leaf: Leaf, logs: int) -> None:
        if logs < self.signer.require.sct:
            raise VerificationError(
                "SCT_INVALID" if leaf.scts else "SCT_MISSING",
                f"{self.signer.require.sct} trusted log(s) must have the certificate on record;"
                f" seen: {logs} of {len(leaf.scts)} timestamps",
            )

    def _check_who(self, leaf: Leaf) -> tuple[Step, ...]:
        expected = self.signer
        if leaf.identity is None or not self.is_identity(leaf.identity):
            raise VerificationError(
                "IDENTITY_MISMATCH",
                f"the certificate is for {_who(leaf)}; expected {describe(expected.identity)}"
                f" by issuer {_issuer(expected)}",
                hint=_near("IDENTITY_MISMATCH", expected.identity, leaf.identity),
            )
        if not self._issuer_fits(leaf):
            raise VerificationError(
                "ISSUER_MISMATCH",
                f"the certificate is for {_who(leaf)}; expected issuer {_issuer(expected)}",
                hint=_near("ISSUER_MISMATCH", expected.issuer, leaf.issuer),
            )
        for name, value in expected.claims.items():
            if leaf.claims.get(name) != value:
                raise VerificationError(
                    "CLAIM_MISMATCH",
                    f"claim {name} is {leaf.claims.get(name)!r:.300}; expected {value!r}"
                    f" (certificate for {_who(leaf)})",
                )
        claims = [Step(f"claim {name}", value, value) for name, value in expected.claims.items()]
        return (
            Step("identity", describe(expected.identity), repr(leaf.identity)),
            Step("issuer", _issuer(expected), repr(leaf.issuer)),
            *claims,
        )

    def _issuer_fits(self, leaf: Leaf) -> bool:
        if self.is_issuer is None:
            return leaf.issuer is None
        return leaf.issuer is not None and self.is_issuer(leaf.issuer)


Holder = KeyHolder | CertificateHolder


def compile_signer(signer: Signer, roots: Mapping[str, TrustRoot]) -> Holder:
    """Prepare ``signer``; raise `UsageError` naming what is wrong with it."""
    where = f"trust.signers.{signer.name}"
    if isinstance(signer, KeySigner):
        return _key_holder(signer, roots, where)
    for claim in signer.claims:
        if claim not in CLAIM_NAMES:
            known = ", ".join(sorted(CLAIM_NAMES))
            raise UsageError(
                "CLAIM_UNKNOWN", f"{claim!r} is no claim; there is {known}", where=where
            )
    issuer = signer.issuer
    return CertificateHolder(
        signer.name,
        _root(signer.root, roots, where),
        signer,
        compile_match(signer.identity, f"{where}.identity"),
        None if issuer is None else compile_match(issuer, f"{where}.issuer", issuer=True),
    )


def _key_holder(signer: KeySigner, roots: Mapping[str, TrustRoot], where: str) -> KeyHolder:
    try:
        key = load_key(signer.pem)
        start, end = signer.valid_from, signer.valid_until
        window = Window(start and utc(start), end and utc(end))
    except ValueError as error:
        code = "KEY_WEAK" if isinstance(error, WeakKeyError) else "KEY_MALFORMED"
        raise UsageError(code, f"the key of signer {signer.name!r}: {error}", where=where) from None
    if window.start is not None and window.end is not None and window.end < window.start:
        raise UsageError(
            "KEY_MALFORMED", f"the key of signer {signer.name!r} is valid {window}", where=where
        )
    if signer.require.sct:
        raise UsageError(
            "KEY_MALFORMED",
            f"signer {signer.name!r} is a key and requires certificate timestamps (sct)",
            hint="Only certificates have them: set `sct: 0`.",
            where=where,
        )
    if signer.root is None and (signer.require.tlog or signer.require.timestamp):
        raise UsageError(
            "ROOT_UNKNOWN",
            f"signer {signer.name!r} requires proof by a log or timestamp authority and names no"
            " trust root to prove it with",
            where=where,
        )
    root = None if signer.root is None else _root(signer.root, roots, where)
    return KeyHolder(signer.name, key, window, root, signer.require)


def _root(name: str, roots: Mapping[str, TrustRoot], where: str) -> TrustRoot:
    if name not in roots:
        known = ", ".join(roots) or "none"
        raise UsageError("ROOT_UNKNOWN", f"there is no trust root {name!r} ({known})", where=where)
    return roots[name]


def _near(code: str, expected: Match | None, seen: str | None) -> str:
    """Return the hint for a value that is near the expected one: where the two part."""
    if expected is None or seen is None or expected.is_pattern:
        return ""
    from attest.verify.difference import difference

    where = difference(expected.text, seen)
    return f"{where} {REASONS[code].cure}" if where else ""


def _who(leaf: Leaf) -> str:
    return f"{leaf.identity!r:.300} by issuer {leaf.issuer!r:.300}"


def _issuer(signer: CertificateSigner) -> str:
    return "(none stated)" if signer.issuer is None else describe(signer.issuer)


def _moments(publicity: Publicity, case: Case) -> str:
    return ", ".join(rfc3339(moment) for moment in publicity.moments(case.at))
