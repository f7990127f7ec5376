"""The stage: from fetched bytes to `Verified`, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from attest.errors import UsageError, VerificationError
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.trust import KeySigner, Method, Step, Threshold, Trust, Verified
from attest.verify.bundle import Bundle, Envelope, SimpleSigning
from attest.verify.case import MAX_SHOWN, Case
from attest.verify.forms import read_signatures
from attest.verify.root import parse_root
from attest.verify.signers import Accepted, KeyHolder, compile_signer
from attest.verify.window import rfc3339, utc

if TYPE_CHECKING:
    from attest.model.attachment import Attachment, CosignAnnotations

_T = TypeVar("_T")

_FURTHER = {
    "KEY_MISMATCH": 0,
    "IDENTITY_MISMATCH": 2,
    "ISSUER_MISMATCH": 3,
    "CLAIM_MISMATCH": 4,
    "REVOKED": 5,
    "KEY_EXPIRED": 5,
}


class Verifier:
    """Verifies bundles against one `Trust`, as of the time ``at`` (UTC). Reusable.

    Raises `UsageError` for a key, root or pattern that is not sound. A trust without signers can
    be made, and believes nobody.
    """

    def __init__(self, trust: Trust, at: datetime) -> None:
        self._at = utc(at)
        self._roots = {name: parse_root(name, content) for name, content in trust.roots.items()}
        self._signers = [compile_signer(one, self._roots) for one in trust.signers.values()]
        self._revoked = _revoked(trust) | _revoked_files(trust, self._signers)
        self._thresholds = _thresholds(trust)

    def root_digest(self, name: str) -> Digest:
        """Return the SHA-256 of the trust root ``name``; raise ROOT_UNKNOWN."""
        if name not in self._roots:
            raise UsageError("ROOT_UNKNOWN", f"there is no trust root {name!r}")
        return self._roots[name].digest

    def bundle(self, artifact: Artifact, messages: Sequence[Artifact | Digest] = ()) -> Verified:
        """Verify the signed file in ``artifact`` against every signer of the trust.

        It may be a Sigstore bundle, a bare DSSE envelope, an older cosign blob bundle or a PEP 740
        attestation. One with an envelope yields its payload, exactly as signed; whether that is
        about the right subject is for another stage to say. One with a message signature must be
        about one of ``messages``. Every signer that fits is listed. When none fits, the refusal of
        the one that came furthest is raised.
        """
        return self._located(artifact, messages, lambda: read_signatures(artifact.content))

    def detached(
        self,
        artifact: Artifact,
        parts: CosignAnnotations,
        messages: Sequence[Artifact | Digest] = (),
    ) -> Verified:
        """Verify a signature in a file of its own (``artifact``) over one of ``messages``."""
        from attest.verify.detached import read_detached

        return self._located(artifact, messages, lambda: (read_detached(parts),))

    def attached(self, found: Attachment, messages: Sequence[Artifact | Digest] = ()) -> Verified:
        """Verify what lies beside an artifact in a registry, like `bundle`.

        The payload of a cosign signature must name one of ``messages``, which is what was signed.
        """
        parts = found.cosign
        if parts is None:
            return self.bundle(found.artifact, messages)
        from attest.verify.detached import read_cosign

        layer = found.artifact.content
        return self._located(
            found.artifact, messages, lambda: read_cosign(found.form, layer, parts)
        )

    def together(self, verified: Sequence[Verified]) -> tuple[Verified, ...]:
        """Return ``verified`` with every threshold that they meet together among their signers."""
        if not self._thresholds:
            return tuple(verified)
        from attest.verify.threshold import together

        return together(self._thresholds.values(), verified)

    def shortfall(
        self, name: str, one: Verified, others: Sequence[Verified]
    ) -> VerificationError | None:
        """Return why ``one`` does not meet the threshold ``name``, beside ``others``.

        ``None`` when there is no such threshold, or none of its signers has signed ``one``.
        """
        asked = self._thresholds.get(name)
        if asked is None:
            return None
        from attest.verify.threshold import shortfall

        return shortfall(asked, one, others)

    def pin(self, artifact: Artifact, expected: Digest) -> Verified:
        """Trust ``artifact`` because its bytes are the pinned ones; raise PIN_MISMATCH."""
        seen = Digest.of(artifact.content, expected.algorithm)
        if seen != expected:
            raise VerificationError(
                "PIN_MISMATCH", f"expected {expected}; seen {seen}", where=_where(artifact)
            )
        return Verified(
            artifact=artifact,
            method=Method.PIN,
            payload=artifact.content,
            payload_type=artifact.media_type,
            signed=expected,
            steps=(Step("pin", str(expected), str(seen)),),
        )

    def _located(
        self,
        artifact: Artifact,
        messages: Sequence[Artifact | Digest],
        read: Callable[[], tuple[Bundle, ...]],
    ) -> Verified:
        if not self._signers:
            raise VerificationError(
                "NO_SIGNER", "the trust names no signer", where=_where(artifact)
            )
        try:
            verified = self._verify(artifact, messages, read())
        except VerificationError as refusal:
            refusal.where = refusal.where or _where(artifact)
            raise
        return self.together([verified])[0]

    def _verify(
        self,
        artifact: Artifact,
        messages: Sequence[Artifact | Digest],
        bundles: tuple[Bundle, ...],
    ) -> Verified:
        """Ask every signer about every signature; one by a stranger is passed over."""
        accepted: list[tuple[Case, Accepted]] = []
        refusals: list[tuple[str, VerificationError]] = []
        cases = [Case(bundle, messages, self._at, self._revoked) for bundle in bundles]
        for case in cases:
            for signer in self._signers:
                try:
                    accepted.append((case, signer.accept(case)))
                except VerificationError as error:
                    refusals.append((signer.name, error))
        if not accepted:
            refusal = furthest(refusals)
            refusal.steps = tuple(step for case in cases for step in (_form(case), *case.proven()))
            raise refusal
        return _verified(artifact, accepted[0][0], [one for _, one in accepted])


def _verified(artifact: Artifact, case: Case, accepted: list[Accepted]) -> Verified:
    """Say what is proven. All signatures of one file are over the same content."""
    first, leaf, body = accepted[0], case.bundle.leaf, case.bundle.content
    message = case.content(first.key).message
    if isinstance(body, Envelope):
        method, payload, kind = Method.ENVELOPE, body.payload, body.payload_type
        signed = Digest.of(payload)
    elif isinstance(message, Artifact):
        method, payload, kind = Method.MESSAGE, message.content, message.media_type
        signed = Digest.of(payload)
    elif message is not None:
        method, payload, kind = Method.MESSAGE, b"", artifact.media_type
        signed = message
    else:
        raise VerificationError("SIGNATURE_INVALID", "the bundle signs nothing that was given")
    return Verified(
        artifact=artifact,
        method=method,
        payload=payload,
        payload_type=kind,
        signed=signed,
        signers=tuple(one.signatory for one in accepted),
        times=_union(one.publicity.times for one in accepted),
        log_entries=_union(one.publicity.entries for one in accepted),
        not_before=None if leaf is None else leaf.window.start,
        root=next((one.root.digest for one in accepted if one.root is not None), None),
        steps=_steps(case, signed, accepted),
        naming=Digest.of(body.payload) if isinstance(body, SimpleSigning) else None,
    )


def _union(found: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    """What any of the signers proves counts, whichever of them the plan asks for."""
    return tuple(dict.fromkeys(item for items in found for item in items))


def _steps(case: Case, signed: Digest, accepted: list[Accepted]) -> tuple[Step, ...]:
    clock = Step("time", f"not after {rfc3339(case.at)}", _times(accepted[0], case))
    body = case.bundle.content
    stated = signed
    if isinstance(body, SimpleSigning):
        stated = body.image
    elif not isinstance(body, Envelope):
        stated = body.digest or signed
    rungs = [_form(case), Step("digest", str(stated), str(signed)), clock]
    rungs += [step for one in accepted for step in one.steps]
    return tuple(dict.fromkeys(rungs))


def _form(case: Case) -> Step:
    return Step("bundle", "a form that is read", case.bundle.form)


def _times(first: Accepted, case: Case) -> str:
    if not first.publicity.times:
        return f"none proven; every window holds at {rfc3339(case.at)}"
    return ", ".join(rfc3339(moment) for moment in first.publicity.moments(case.at))


def furthest(refusals: Sequence[tuple[str, VerificationError]]) -> VerificationError:
    """Return the refusal of the signer that came furthest, with those that came as far."""
    best = max(_progress(refusal) for _, refusal in refusals)
    ties = [(name, refusal) for name, refusal in refusals if _progress(refusal) == best]
    first = ties[0][1]
    names: dict[str, list[str]] = {}
    for name, refusal in ties:
        names.setdefault(refusal.message, []).append(name)
    told = [f"signer {', '.join(who)}: {what}" for what, who in list(names.items())[:MAX_SHOWN]]
    return VerificationError(first.code, "; ".join(told), hint=first.hint, where=first.where)


def _progress(refusal: VerificationError) -> int:
    """Rank a refusal by how much had already been found right (the issuer after the identity)."""
    return _FURTHER.get(refusal.code, 1)


def _thresholds(trust: Trust) -> Mapping[str, Threshold]:
    if not trust.thresholds:
        return {}
    from attest.verify.threshold import compiled

    return compiled(trust)


def _revoked(trust: Trust) -> frozenset[Digest]:
    for digest in trust.revoked:
        if digest.algorithm != "sha256":
            raise UsageError(
                "KEY_MALFORMED",
                f"{digest} revokes nothing: keys and certificates are revoked by SHA-256",
                where="trust.revoked",
            )
    return trust.revoked


def _revoked_files(trust: Trust, signers: Sequence[object]) -> frozenset[Digest]:
    """Revoke a key too when it is named by the digest of its file, which is what a plan shows."""
    files = {
        signer.name
        for signer in trust.signers.values()
        if isinstance(signer, KeySigner) and Digest.of(signer.pem) in trust.revoked
    }
    return frozenset(
        one.key.digest for one in signers if isinstance(one, KeyHolder) and one.name in files
    )


def _where(artifact: Artifact) -> str:
    return str(artifact.reference)
