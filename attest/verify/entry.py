"""What a log entry is about: it must be this content, this signature and this key, no other.

Skipping one of the three has been a vulnerability in every client (CVE-2022-36056, CVE-2026-22703).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.digest import HEX_LENGTHS, Digest
from attest.verify.bundle import HASH_NAMES, Entry, Envelope
from attest.verify.certificate import Leaf
from attest.verify.envelope import Signed
from attest.verify.fields import Field, MalformedError
from attest.verify.keys import Key, load_pem
from attest.verify.x509_load import load_pem_certificate

_PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class Claim(NamedTuple):
    """What a bundle says: this key (of ``leaf``, if any) made this signature over this content."""

    signature: bytes
    signed: Signed
    envelope: Envelope | None
    key: Key
    leaf: Leaf | None
    raw: bytes | None = None
    """The bytes that the envelope was read from, where they are at hand."""


def check_entry(entry: Entry, claim: Claim) -> str:
    """Return the kind of an entry that is about ``claim``; raise TLOG_BINDING otherwise."""
    try:
        body = Field(strict_json.parse(entry.body))
        kind = f"{body['kind'].text()} {body['apiVersion'].text()}"
        if entry.kind not in {"", kind}:
            raise MalformedError(f"its kind is {kind!r:.60}; the bundle says {entry.kind!r:.60}")
        check = _KINDS.get(kind)
        if check is None:
            known = ", ".join(_KINDS)
            raise MalformedError(f"its kind {kind!r:.60} is not one that is read ({known})")
        check(body["spec"], claim)
    except ValueError as error:
        raise VerificationError(
            "TLOG_BINDING", f"log entry {entry.index} is not about this signature: {error!s:.300}"
        ) from None
    return kind


def _hashedrekord_v1(spec: Field, claim: Claim) -> None:
    if claim.envelope is not None:
        raise MalformedError("it is about a file, and the bundle holds an envelope")
    _same_hash(spec["data"]["hash"], claim.signed)
    signature = spec["signature"]
    _same_signature(signature["content"].base64(), claim)
    _same_verifier(signature["publicKey"]["content"].base64(), claim)


def _hashedrekord_v2(spec: Field, claim: Claim) -> None:
    # Rekor v2 specification §6.1.4: for an envelope this is the digest of its PAE.
    record = spec["hashedRekordV002"]
    _same_protobuf_hash(record["data"], claim.signed)
    _same_protobuf_signature(record["signature"], claim)


def _dsse_v1(spec: Field, claim: Claim) -> None:
    _same_hash(spec["payloadHash"], Signed(_envelope(claim).payload))
    signature = _only(spec.each("signatures", limit=1))
    _same_signature(signature["signature"].base64(), claim)
    _same_verifier(signature["verifier"].base64(), claim)


def _dsse_v2(spec: Field, claim: Claim) -> None:
    record = spec["dsseV002"]
    _same_protobuf_hash(record["payloadHash"], Signed(_envelope(claim).payload))
    _same_protobuf_signature(_only(record.each("signatures", limit=1)), claim)


def _intoto_v1(spec: Field, claim: Claim) -> None:
    # It covers the envelope as it was uploaded, which OCI layers keep and bundles do not.
    envelope, content = _envelope(claim), spec["content"]
    if claim.raw is None:
        raise MalformedError("it covers the bytes of an envelope, and they are not at hand")
    _same_hash(content["hash"], Signed(claim.raw))
    payload = content.find("payloadHash")  # absent from older entries
    if payload is not None:
        _same_hash(payload, Signed(envelope.payload))
    _same_verifier(spec["publicKey"].base64(), claim)


def _intoto_v2(spec: Field, claim: Claim) -> None:
    # The envelope's own hash covers bytes that a bundle does not keep; its parts are bound instead.
    envelope, content = _envelope(claim), spec["content"]
    _same_hash(content["payloadHash"], Signed(envelope.payload))
    logged = content["envelope"]
    if logged["payloadType"].text() != envelope.payload_type:
        raise MalformedError("its payload type is another")
    signature = _only(logged.each("signatures", limit=1))
    try:
        raw = base64.b64decode(signature["sig"].base64(), validate=True)
    except binascii.Error:
        raise MalformedError("its signature is not base64 of base64") from None
    _same_signature(raw, claim)
    _same_verifier(signature["publicKey"].base64(), claim)


_KINDS: dict[str, Callable[[Field, Claim], None]] = {
    "hashedrekord 0.0.1": _hashedrekord_v1,
    "hashedrekord 0.0.2": _hashedrekord_v2,
    "dsse 0.0.1": _dsse_v1,
    "dsse 0.0.2": _dsse_v2,
    "intoto 0.0.1": _intoto_v1,
    "intoto 0.0.2": _intoto_v2,
}


def _envelope(claim: Claim) -> Envelope:
    if claim.envelope is None:
        raise MalformedError("it is about an envelope, and the bundle signs a file")
    return claim.envelope


def _only(items: tuple[Field, ...]) -> Field:
    if not items:
        raise MalformedError("it holds no signature")
    return items[0]


def _same_hash(item: Field, signed: Signed) -> None:
    algorithm, value = item["algorithm"].text(), item["value"].text()
    _same_digest(Digest.parse(f"{algorithm}:{value}"), signed)


def _same_protobuf_hash(item: Field, signed: Signed) -> None:
    algorithm = HASH_NAMES.get(item["algorithm"].text(), "")
    if algorithm not in HEX_LENGTHS:
        raise MalformedError(f"{item.path}.algorithm is not supported")
    _same_digest(Digest.parse(f"{algorithm}:{item['digest'].base64().hex()}"), signed)


def _same_digest(logged: Digest, signed: Signed) -> None:
    seen = signed.digest(logged.algorithm)
    if seen != logged:
        raise MalformedError(
            f"it is about {logged}; the bundle is about {seen or 'another digest'}"
        )


def _same_signature(logged: bytes, claim: Claim) -> None:
    if logged != claim.signature:
        raise MalformedError("it holds another signature")


def _same_verifier(logged: bytes, claim: Claim) -> None:
    if _PEM_CERTIFICATE in logged:
        certificate = load_pem_certificate(logged)
        same = claim.leaf is not None and claim.leaf.der == certificate.public_bytes(Encoding.DER)
    else:
        same = claim.leaf is None and load_pem(logged) == claim.key
    if not same:
        raise MalformedError("it holds another key or certificate")


def _same_protobuf_signature(item: Field, claim: Claim) -> None:
    _same_signature(item["content"].base64(), claim)
    verifier = item["verifier"]
    if claim.leaf is not None:
        same = verifier["x509Certificate"]["rawBytes"].base64() == claim.leaf.der
    else:
        same = verifier["publicKey"]["rawBytes"].base64() == claim.key.der
    if not same:
        raise MalformedError("it holds another key or certificate")
