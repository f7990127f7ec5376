"""The signed containers as `recognise` sees them: bundles, envelopes and statements, unverified."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from attest.decode import statement as statements
from attest.decode.base import Facts
from attest.decode.formats import by_predicate_type, read_statement
from attest.errors import DecodeError
from attest.model.frozen import frozen
from attest.model.material import Kind
from attest.model.provenance import Provenance, Summary

Claims = tuple[tuple[str, str], ...]

_BUNDLE = "application/vnd.dev.sigstore.bundle"
_ENVELOPE_MEMBERS = {"payload", "payloadType", "signatures"}
_SHOWN_SUBJECTS = 8


@frozen
class Look:
    """What a container is, the evidence it claims to hold, its claims, and why it is not sound."""

    what: str
    kind: Kind | None
    claims: Claims
    refusal: DecodeError | None = None


def look(document: dict[str, Any], content: bytes) -> Look | None:
    """Return what ``document`` (parsed from ``content``) carries, or ``None`` if no container."""
    media_type = document.get("mediaType")
    if isinstance(media_type, str) and media_type.startswith(_BUNDLE):
        return _bundle(document, media_type)
    if document.keys() >= _ENVELOPE_MEMBERS:
        return _envelope(document)
    kind = document.get("_type")
    if isinstance(kind, str) and kind.startswith("https://in-toto.io/Statement/"):
        return _statement(content, "in-toto statement", ())
    return None


def fact_claims(facts: Facts) -> Claims:
    """Write facts as claims."""
    pairs = (
        ("name", facts.name),
        ("completed_at", facts.completed_at.isoformat() if facts.completed_at else None),
        ("rules", str(len(facts.rules)) if facts.rules else None),
        ("unsound", f"{facts.unsound.code}: {facts.unsound.message}" if facts.unsound else None),
    )
    found = tuple((name, value) for name, value in pairs if value is not None)
    return (*found, *_stated_claims(facts.stated))


def _stated_claims(stated: Provenance | Summary | None) -> Claims:
    """Write what expectations would be compared with."""
    if isinstance(stated, Provenance):
        places = (("source", stated.repositories), ("ref", stated.refs), ("commit", stated.commits))
        told = ((name, value) for name, found in places for value, _ in found)
        kind = ("build_type", stated.build_type)
        return (("builder", stated.builder), kind, *dict.fromkeys(told))
    if isinstance(stated, Summary):
        result = "PASSED" if stated.passed else "FAILED"
        resource = (("resource", stated.resource),) if stated.resource else ()
        levels = (("level", level) for level in stated.levels)
        return (("verifier", stated.verifier), *resource, ("result", result), *levels)
    return ()


def _bundle(document: dict[str, Any], media_type: str) -> Look:
    what = "Sigstore bundle"
    claims = (("media_type", media_type), *_material_claims(document.get("verificationMaterial")))
    envelope = document.get("dsseEnvelope")
    if isinstance(envelope, dict):
        inner = _envelope(envelope)
        claims = (*claims, ("content", "DSSE envelope"), *inner.claims)
        return Look(what, inner.kind, claims, inner.refusal)
    message = document.get("messageSignature")
    if isinstance(message, dict):
        digest = message.get("messageDigest")
        shown = digest.get("algorithm") if isinstance(digest, dict) else None
        claims = (*claims, ("content", "message signature"), ("message_digest", str(shown)))
        return Look(what, Kind.SIGNATURE, claims)
    refusal = DecodeError("STATEMENT_SHAPE", "/: expected dsseEnvelope or messageSignature")
    return Look(what, None, claims, refusal)


def _material_claims(material: Any) -> Claims:
    if not isinstance(material, dict):
        return ()
    signers = ("certificate", "x509CertificateChain", "publicKey")
    found = [("signed_with", name) for name in signers if name in material]
    entries = material.get("tlogEntries")
    if isinstance(entries, list):
        found.append(("log_entries", str(len(entries))))
    stamps = material.get("timestampVerificationData")
    if isinstance(stamps, dict) and isinstance(stamps.get("rfc3161Timestamps"), list):
        found.append(("timestamps", str(len(stamps["rfc3161Timestamps"]))))
    return tuple(found)


def _envelope(envelope: dict[str, Any]) -> Look:
    signatures = envelope.get("signatures")
    count = len(signatures) if isinstance(signatures, list) else 0
    claims = (
        ("payload_type", str(envelope.get("payloadType"))[:200]),
        ("signatures", str(count)),
    )
    what = "DSSE envelope"
    payload = _payload(envelope.get("payload"))
    if payload is None:
        refusal = DecodeError("STATEMENT_SHAPE", "/payload: expected base64")
        return Look(what, None, claims, refusal)
    return _statement(payload, what, claims)


def _payload(text: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        # DSSE, protocol.md: both alphabets are in use
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _statement(payload: bytes, what: str, claims: Claims) -> Look:
    kind: Kind | None = None
    try:
        read = statements.parse(payload)
        known = by_predicate_type(read.predicate_type)
        kind = known.kind if known else Kind.UNKNOWN
        claims = (*claims, ("predicate_type", read.predicate_type), *_subject_claims(read))
        _, facts, _ = read_statement(read)
    except DecodeError as error:
        return Look(what, kind, claims, error)
    return Look(what, kind, (*claims, *fact_claims(facts)))


def _subject_claims(read: statements.Statement) -> Claims:
    shown = [
        ("subject", f"{subject.name or '-'} {subject.digests[0]}")
        for subject in read.subjects[:_SHOWN_SUBJECTS]
    ]
    more = len(read.subjects) - len(shown)
    return (*shown, *([("more_subjects", str(more))] if more else []))
