"""A Sigstore bundle as typed values, nothing of it believed yet (sigstore_bundle.proto)."""

from __future__ import annotations

from typing import NamedTuple

from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.verify.certificate import Leaf, read_leaf, refuse_roots
from attest.verify.fields import Field, MalformedError

MAX_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 8
MAX_TIMESTAMPS = 32
MAX_PROOF_HASHES = 64
MAX_CHAIN = 16
MAX_INTEGRATED_TIME = 253_402_300_799  # the last second of the year 9999

_PREFIX = "application/vnd.dev.sigstore.bundle"
MEDIA_TYPES = {
    f"{_PREFIX}+json;version=0.1": 1,
    f"{_PREFIX}+json;version=0.2": 2,
    f"{_PREFIX}+json;version=0.3": 3,
    f"{_PREFIX}.v0.3+json": 3,
}
"""The media types that are read, and the minor version each stands for."""

HASH_NAMES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
"""sigstore_common.proto, HashAlgorithm."""


@frozen
class Proof:
    """An inclusion proof (RFC 9162 §2.1.3) and the signed state of the log it leads to."""

    index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str | None


@frozen
class Entry:
    """A transparency-log entry (sigstore_rekor.proto). ``promise`` is the signed entry timestamp.

    ``integrated_at``, in seconds since 1970, means nothing unless ``promise`` covers it.
    """

    log_id: bytes
    index: int
    integrated_at: int
    kind: str
    body: bytes
    promise: bytes | None
    proof: Proof | None


class Envelope(NamedTuple):
    """A DSSE envelope with its one signature."""

    payload_type: str
    payload: bytes


class Message(NamedTuple):
    """A signature over a file that is not in the bundle; ``digest`` is a hint."""

    digest: Digest | None


class SimpleSigning(NamedTuple):
    """A signed document that names an image by the digest of its manifest."""

    payload: bytes
    image: Digest


Content = Envelope | Message | SimpleSigning


class Bundle(NamedTuple):
    """One signature with what is needed to verify it. ``leaf`` is ``None`` for a managed key.

    ``version`` is the minor version of a Sigstore bundle, 0 for every other form, whose name is
    ``form``. ``envelope`` holds the very bytes that the envelope was read from, where they are
    kept, and ``stamped`` what timestamps are over where that is not the signature.
    """

    version: int
    content: Content
    signature: bytes
    leaf: Leaf | None
    entries: tuple[Entry, ...] = ()
    timestamps: tuple[bytes, ...] = ()
    form: str = ""
    envelope: bytes | None = None
    stamped: bytes | None = None


def parse_bundle(content: bytes) -> Bundle:
    """Parse one Sigstore bundle; raise BUNDLE_MALFORMED or BUNDLE_TYPE."""
    return read_bundle(read_document(content))


def read_document(content: bytes) -> Field:
    """Parse the JSON of a bundle in any form; raise BUNDLE_MALFORMED."""
    if len(content) > MAX_BYTES:
        raise VerificationError(
            "BUNDLE_MALFORMED", f"the bundle has {len(content)} bytes; {MAX_BYTES} are allowed"
        )
    try:
        return Field(strict_json.parse(content))
    except ValueError as error:
        raise malformed("Sigstore bundle", error) from None


def read_bundle(document: Field) -> Bundle:
    """Read the Sigstore bundle in ``document``; raise BUNDLE_MALFORMED or BUNDLE_TYPE."""
    try:
        return _read(document, _version(document))
    except ValueError as error:
        raise malformed("Sigstore bundle", error) from None


def malformed(what: str, error: object) -> VerificationError:
    """Return the refusal of a file that is not well formed as ``what``."""
    return VerificationError("BUNDLE_MALFORMED", f"not a {what}: {error!s:.300}")


def _version(document: Field) -> int:
    media_type = document["mediaType"].text()
    version = MEDIA_TYPES.get(media_type)
    if version is None:
        known = ", ".join(sorted(MEDIA_TYPES))
        raise VerificationError(
            "BUNDLE_TYPE", f"the media type is {media_type[:100]!r}; expected one of {known}"
        )
    return version


def _read(document: Field, version: int) -> Bundle:
    material = document["verificationMaterial"]
    content, signature = _content(document)
    stamps = material.find("timestampVerificationData")
    timestamps = stamps.each("rfc3161Timestamps", limit=MAX_TIMESTAMPS) if stamps else ()
    entries = read_entries(material, "tlogEntries")
    tokens = tuple(item["signedTimestamp"].base64() for item in timestamps)
    _refuse_twice("timestamp", list(tokens))
    leaf, form = _leaf(material, version), f"Sigstore bundle v0.{version}"
    return Bundle(version, content, signature, leaf, entries, tokens, form)


def read_entries(item: Field, name: str) -> tuple[Entry, ...]:
    """Read the list ``name`` of log entries (sigstore_rekor.proto); raise `MalformedError`."""
    entries = tuple(_entry(one) for one in item.each(name, limit=MAX_ENTRIES))
    _refuse_twice("log entry", [(entry.log_id, entry.index) for entry in entries])
    return entries


def _content(document: Field) -> tuple[Content, bytes]:
    envelope, message = document.find("dsseEnvelope"), document.find("messageSignature")
    if envelope is not None and message is None:
        signatures = envelope.each("signatures", limit=1)
        if not signatures:
            raise MalformedError("dsseEnvelope.signatures has no signature")
        signature = signatures[0]["sig"].any_base64()
        content: Content = Envelope(
            envelope["payloadType"].text(), envelope["payload"].any_base64()
        )
    elif message is not None and envelope is None:
        signature = message["signature"].base64()
        content = Message(_message_digest(message.find("messageDigest")))
    else:
        raise MalformedError("exactly one of dsseEnvelope and messageSignature is expected")
    if not signature:
        raise MalformedError("the signature is empty")
    return content, signature


def _message_digest(hint: Field | None) -> Digest | None:
    if hint is None:
        return None
    algorithm = hint["algorithm"].text()
    if algorithm not in HASH_NAMES:
        raise MalformedError(f"{hint.path}.algorithm {algorithm[:40]!r} is not supported")
    return Digest.parse(f"{HASH_NAMES[algorithm]}:{hint['digest'].base64().hex()}")


def _leaf(material: Field, version: int) -> Leaf | None:
    single = material.find("certificate")
    chain = material.find("x509CertificateChain")
    key = material.find("publicKey")
    if sum(source is not None for source in (single, chain, key)) != 1:
        raise MalformedError(
            "exactly one of certificate, x509CertificateChain and publicKey is expected"
        )
    if single is not None:
        return read_leaf(single["rawBytes"].base64())
    if chain is None:
        return None
    if version > 2:  # noqa: PLR2004  # sigstore_bundle.proto: v0.3 bundles hold the leaf alone
        raise MalformedError("x509CertificateChain in a v0.3 bundle; `certificate` is expected")
    listed = chain.each("certificates", limit=MAX_CHAIN)
    certificates = [item["rawBytes"].base64() for item in listed]
    if not certificates:
        raise MalformedError("x509CertificateChain.certificates is empty")
    refuse_roots(certificates[1:])
    return read_leaf(certificates[0])


def _entry(item: Field) -> Entry:
    integrated, promise = item.find("integratedTime"), item.find("inclusionPromise")
    kind, proof = item.find("kindVersion"), item.find("inclusionProof")
    seconds = 0 if integrated is None else integrated.number()
    if seconds > MAX_INTEGRATED_TIME:
        raise MalformedError(f"{item.path}.integratedTime is beyond the year 9999")
    return Entry(
        log_id=item["logId"]["keyId"].base64(),
        index=item["logIndex"].number(),
        integrated_at=seconds,
        kind="" if kind is None else f"{kind['kind'].text()} {kind['version'].text()}",
        body=item["canonicalizedBody"].base64(),
        promise=None if promise is None else promise["signedEntryTimestamp"].base64(),
        proof=None if proof is None else _proof(proof),
    )


def _proof(item: Field) -> Proof:
    checkpoint = item.find("checkpoint")
    return Proof(
        index=item["logIndex"].number(),
        size=item["treeSize"].number(),
        root=item["rootHash"].base64(),
        hashes=tuple(node.base64() for node in item.each("hashes", limit=MAX_PROOF_HASHES)),
        checkpoint=None if checkpoint is None else checkpoint["envelope"].text(),
    )


def _refuse_twice(what: str, items: list[object]) -> None:
    if len(set(items)) != len(items):
        raise MalformedError(f"the same {what} stands in the bundle twice")
