"""The JSON of Sigstore bundles and DSSE envelopes (sigstore_bundle.proto, DSSE protocol.md)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from attest.signing.signature import PrivateKey, PublicKey, digest_for, hash_for, public_der, sign

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT_TYPE = "application/vnd.in-toto+json"

HASH_NAMES = {"sha256": "SHA2_256", "sha384": "SHA2_384", "sha512": "SHA2_512"}
"""Hashes by the names of sigstore_common.proto, ``HashAlgorithm``."""


def canonical(document: object) -> bytes:
    """Write ``document`` as JSON with sorted keys and no spaces.

    For strings, integers, lists and objects with ASCII keys these are the bytes of RFC 8785.
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8")


def b64(content: bytes) -> str:
    """Return standard base64 text."""
    return base64.b64encode(content).decode("ascii")


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding; its lengths count bytes (DSSE protocol.md)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def message_signature(key: PrivateKey, content: bytes) -> dict[str, Any]:
    """Return the bundle's ``messageSignature`` over ``content``."""
    return {
        "messageDigest": {
            "algorithm": HASH_NAMES[hash_for(key).name],
            "digest": b64(digest_for(key, content)),
        },
        "signature": b64(sign(key, content)),
    }


def envelope(payload: bytes, payload_type: str, *keys: PrivateKey) -> dict[str, Any]:
    """Return a DSSE envelope around ``payload``, signed by each of ``keys``."""
    encoded = pae(payload_type, payload)
    return {
        "payload": b64(payload),
        "payloadType": payload_type,
        "signatures": [{"sig": b64(sign(key, encoded))} for key in keys],
    }


def key_material(key: PublicKey) -> dict[str, Any]:
    """Return verification material that names a managed key.

    The hint is opaque to verifiers; like cosign's it is the SHA-256 of the key's DER.
    """
    return {"publicKey": {"hint": b64(hashlib.sha256(public_der(key)).digest())}}


def bundle(
    content: Mapping[str, Any], material: Mapping[str, Any], *, media_type: str = MEDIA_TYPE
) -> bytes:
    """Return the bundle: one of ``messageSignature`` and ``dsseEnvelope``, and its material."""
    return canonical(
        {"mediaType": media_type, "verificationMaterial": dict(material), **dict(content)}
    )
