"""One bundle before the signers of the plan: each question is answered once, for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar, cast

from attest.errors import VerificationError
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.trust import Step
from attest.verify.bundle import Bundle, Envelope, SimpleSigning
from attest.verify.certificate import Leaf
from attest.verify.chain import find_issuer
from attest.verify.entry import Claim
from attest.verify.envelope import Signed, pae
from attest.verify.keys import BadSignatureError, Key, check_signature
from attest.verify.publicity import Publicity, prove_publicity
from attest.verify.root import TrustRoot
from attest.verify.sct import check_scts
from attest.verify.window import Window, rfc3339

_T = TypeVar("_T")
MAX_SHOWN = 5


class Content(NamedTuple):
    """What a key has signed: ``message`` is the file, for a signature over one."""

    signed: Signed
    message: Artifact | Digest | None
    step: Step


class Vouched(NamedTuple):
    """An issuer's word for the certificate, and how many logs have it on record."""

    logs: int
    steps: tuple[Step, ...]


class Case:
    """A parsed bundle, the files it may be about, and what has been found out so far."""

    def __init__(
        self,
        bundle: Bundle,
        messages: Sequence[Artifact | Digest],
        at: datetime,
        revoked: frozenset[Digest],
    ) -> None:
        self.bundle = bundle
        self.at = at
        self._messages = messages
        self._revoked = revoked
        self._answers: dict[Hashable, object] = {}

    def content(self, key: Key) -> Content:
        """Return what ``key`` has signed; raise DIGEST_MISMATCH or SIGNATURE_INVALID."""
        return self._once(("content", key.der), lambda: self._find_content(key))

    def publicity(self, key: Key, root: TrustRoot | None) -> Publicity:
        """Return the proven times and log entries of the signature by ``key``."""
        name = root and root.name
        return self._once(("publicity", key.der, name), lambda: self._publicity(key, root))

    def vouched(self, leaf: Leaf, root: TrustRoot) -> Vouched:
        """Return who vouches for ``leaf`` at every proven time."""
        return self._once(("vouched", root.name), lambda: self._vouch(leaf, root))

    def refuse_revoked(self, what: str, *digests: Digest) -> None:
        """Raise REVOKED if one of ``digests`` (SHA-256 of a DER key or certificate) is listed."""
        for digest in digests:
            if digest in self._revoked:
                raise VerificationError("REVOKED", f"{what} is revoked: {digest}")

    def proven(self) -> tuple[Step, ...]:
        """Return the checks that have held so far, whichever signer asked for them."""
        found: list[Step] = []
        for answer in self._answers.values():
            if isinstance(answer, Content):
                found.append(answer.step)
            elif isinstance(answer, Publicity | Vouched):
                found += answer.steps
        return tuple(dict.fromkeys(found))

    def _once(self, question: Hashable, answer: Callable[[], _T]) -> _T:
        if question not in self._answers:
            try:
                self._answers[question] = answer()
            except VerificationError as refusal:
                self._answers[question] = refusal
        found = self._answers[question]
        if isinstance(found, VerificationError):
            raise found
        return cast("_T", found)

    def _find_content(self, key: Key) -> Content:
        body, signature = self.bundle.content, self.bundle.signature
        if isinstance(body, Envelope):
            candidates: list[tuple[Signed, Artifact | Digest | None]] = [
                (Signed(pae(body.payload_type, body.payload)), None)
            ]
        elif isinstance(body, SimpleSigning):
            signed = Signed(body.payload)
            candidates = [(signed, one) for one in self._images(body.image)]
        else:
            candidates = [(Signed.of(_bytes(one)), one) for one in self._matching(body.digest)]
        problem = ""
        for signed, message in candidates:
            try:
                algorithm = check_signature(key, signature, signed)
            except BadSignatureError as error:
                problem = str(error)
            else:
                step = Step("signature", f"made by key {key}", algorithm)
                return Content(signed, message, step)
        raise VerificationError("SIGNATURE_INVALID", f"the signature is not valid: {problem}")

    def _images(self, named: Digest) -> list[Artifact | Digest]:
        """The signature covers the payload alone, so each file's own bytes are hashed."""
        digests = [
            one if isinstance(one, Digest) else Digest.of(one.content, named.algorithm)
            for one in self._messages
        ]
        found = [
            one for one, digest in zip(self._messages, digests, strict=True) if digest == named
        ]
        if not found:
            seen = ", ".join(str(digest) for digest in digests[:MAX_SHOWN])
            raise VerificationError(
                "DIGEST_MISMATCH",
                f"the signed payload is about image {named}; expected {seen or 'no image'}",
            )
        return found[:1]

    def _matching(self, hint: Digest | None) -> list[Artifact | Digest]:
        if not self._messages:
            raise VerificationError(
                "DIGEST_MISMATCH",
                f"the bundle signs {hint or 'a file'} beside it, and no file was given",
            )
        matching = [one for one in self._messages if hint is None or _may_be(one, hint)]
        if not matching:
            seen = ", ".join(str(_digest(one, hint)) for one in self._messages[:MAX_SHOWN])
            raise VerificationError(
                "DIGEST_MISMATCH", f"the bundle signs {hint}; the file given is {seen}"
            )
        return matching

    def _publicity(self, key: Key, root: TrustRoot | None) -> Publicity:
        bundle = self.bundle
        envelope = bundle.content if isinstance(bundle.content, Envelope) else None
        signed = self.content(key).signed
        claim = Claim(bundle.signature, signed, envelope, key, bundle.leaf, bundle.envelope)
        return prove_publicity(bundle, claim, root, self.at, self.refuse_revoked)

    def _vouch(self, leaf: Leaf, root: TrustRoot) -> Vouched:
        moments = self.publicity(leaf.key, root).moments(self.at)
        issuer = find_issuer(leaf, root, moments)
        self.refuse_revoked(f"certificate authority {issuer.name}", *issuer.digests)
        logs = check_scts(leaf, issuer.chain[0], root)
        for log in logs:
            self.refuse_revoked(f"certificate log {log.origin}", *log.key.digests)
        times = ", ".join(rfc3339(moment) for moment in moments)
        steps = [
            Step("certificate window", f"holds at {times}", str(leaf.window)),
            Step("certificate chain", f"an authority of {root.name}", _authority(issuer.window)),
        ]
        steps += [Step("certificate log", f"trusted {log.window}", log.origin) for log in logs]
        return Vouched(len(logs), tuple(steps))


def _authority(window: Window) -> str:
    return f"an authority trusted {window}"


def _bytes(message: Artifact | Digest) -> bytes | Digest:
    return message if isinstance(message, Digest) else message.content


def _digest(message: Artifact | Digest, hint: Digest | None) -> Digest:
    if isinstance(message, Digest):
        return message
    algorithm = hint.algorithm if hint else "sha256"
    if message.digest.algorithm == algorithm:
        return message.digest  # as fetched; the signature is checked over the bytes themselves
    return Digest.of(message.content, algorithm)


def _may_be(message: Artifact | Digest, hint: Digest) -> bool:
    """Tell whether ``hint`` does not rule ``message`` out. It alone proves nothing."""
    digest = _digest(message, hint)
    return digest == hint or digest.algorithm != hint.algorithm
