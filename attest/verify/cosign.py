"""What cosign wrote before Sigstore bundles: blob bundles, and the parts of OCI signatures.

sigstore/cosign, specs/SIGNATURE_SPEC.md and pkg/cosign/bundle. A log's word is a signed entry
timestamp alone there: the format has no place for an inclusion proof.
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.serialization import Encoding

from attest.model import strict_json
from attest.model.digest import Digest
from attest.verify.bundle import (
    MAX_CHAIN,
    MAX_INTEGRATED_TIME,
    Bundle,
    Entry,
    Message,
    SimpleSigning,
    malformed,
)
from attest.verify.certificate import Leaf, read_leaf
from attest.verify.fields import Field, MalformedError
from attest.verify.x509_load import load_pem_certificate

BLOB_FORM = "cosign blob bundle"
SIMPLE_TYPE = "cosign container image signature"

_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
_LOG_ID = re.compile(r"(?:[0-9a-f]{2}){4,64}", re.ASCII)


def read_blob_bundle(document: Field) -> Bundle:
    """Read a bundle of ``cosign sign-blob --bundle`` before version 3; raise BUNDLE_MALFORMED."""
    try:
        rekor = document.find("rekorBundle")
        entries = () if rekor is None else (read_rekor_bundle(rekor),)
        return Bundle(
            version=0,
            content=Message(_logged_digest(entries)),
            signature=read_signature(document["base64Signature"]),
            leaf=_blob_leaf(document.find("cert")),
            entries=entries,
            form=BLOB_FORM,
        )
    except ValueError as error:
        raise malformed(BLOB_FORM, error) from None


def read_signature(item: Field) -> bytes:
    """Decode a signature; raise `MalformedError` also when it is empty."""
    signature = item.base64()
    if not signature:
        raise item.wrong("a signature")
    return signature


def read_rekor_bundle(item: Field) -> Entry:
    """Read a log entry with its signed entry timestamp; raise `MalformedError`."""
    payload = item["Payload"]
    log_id = payload["logID"].text()
    if not _LOG_ID.fullmatch(log_id):
        raise payload["logID"].wrong("the hex of a log's key id")
    seconds = payload["integratedTime"].number()
    if seconds > MAX_INTEGRATED_TIME:
        raise payload["integratedTime"].wrong("a time before the year 10000")
    return Entry(
        log_id=bytes.fromhex(log_id),
        index=payload["logIndex"].number(),
        integrated_at=seconds,
        kind="",
        body=payload["body"].base64(),
        promise=item["SignedEntryTimestamp"].base64(),
        proof=None,
    )


def read_simple_signing(payload: bytes) -> SimpleSigning:
    """Read which image a simple signing payload is about; raise `MalformedError`.

    ``docker-reference`` is not looked at: anybody may give an image any name.
    """
    critical = Field(strict_json.parse(payload))["critical"]
    kind = critical["type"].text()
    if kind != SIMPLE_TYPE:
        raise critical["type"].wrong(f"{SIMPLE_TYPE!r}")
    digest = critical["image"]["docker-manifest-digest"].text()
    return SimpleSigning(payload, Digest.parse(digest))


def read_pem_leaf(pem: bytes) -> Leaf:
    """Read the one certificate of a PEM file; raise `MalformedError` or a refusal of its own."""
    ders = read_pem_chain(pem)
    if len(ders) != 1:
        raise MalformedError(f"expected one certificate, seen {len(ders)}")
    return read_leaf(ders[0])


def read_pem_chain(pem: bytes) -> list[bytes]:
    """Return every certificate of a PEM file as DER; raise `MalformedError`."""
    blocks = _CERTIFICATE.findall(pem)
    if not blocks or _CERTIFICATE.sub(b"", pem).strip():
        raise MalformedError("there is no PEM block 'CERTIFICATE', or other text beside it")
    if len(blocks) > MAX_CHAIN:
        raise MalformedError(f"there are {len(blocks)} certificates; {MAX_CHAIN} are allowed")
    try:
        return [load_pem_certificate(one).public_bytes(Encoding.DER) for one in blocks]
    except (ValueError, TypeError) as error:
        raise MalformedError(f"a certificate does not parse: {error!s:.200}") from None


def _logged_digest(entries: tuple[Entry, ...]) -> Digest | None:
    """Return the digest in the log entry: a hint that can only rule a file out."""
    try:
        logged = Field(strict_json.parse(entries[0].body))["spec"]["data"]["hash"]
        return Digest.parse(f"{logged['algorithm'].text()}:{logged['value'].text()}")
    except (ValueError, IndexError):
        return None


def _blob_leaf(item: Field | None) -> Leaf | None:
    """Read ``cert``: PEM, or the base64 of it; a public key there says only that it is one."""
    if item is None or not item.text():
        return None
    pem = item.text().encode() if item.text().startswith("-----") else item.base64()
    return None if b"BEGIN PUBLIC KEY-----" in pem else read_pem_leaf(pem)
