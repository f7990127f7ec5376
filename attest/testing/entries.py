"""The bodies of log entries: what a Rekor log is asked to remember about a signature."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from attest.signing.bundle import HASH_NAMES, b64, canonical, pae
from attest.signing.signature import PrivateKey, digest_for, hash_for, public_der, public_pem
from attest.testing.authority import der_of

_CURVE_DETAILS = {
    "secp256r1": "PKIX_ECDSA_P256_SHA_256",
    "secp384r1": "PKIX_ECDSA_P384_SHA_384",
    "secp521r1": "PKIX_ECDSA_P521_SHA_512",
}


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed: a key, and the certificate over it unless the key is managed."""

    key: PrivateKey
    certificate: x509.Certificate | None

    @property
    def pem(self) -> bytes:
        """The certificate, or the bare public key."""
        if self.certificate is None:
            return public_pem(self.key.public_key())
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def hashedrekord(signing: Signing, message: bytes, signature: bytes) -> dict[str, Any]:
    """Return Rekor v1's entry for a message signature (rekor, hashedrekord 0.0.1)."""
    digest = {
        "algorithm": hash_for(signing.key).name,
        "value": digest_for(signing.key, message).hex(),
    }
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": digest},
            "signature": {"content": b64(signature), "publicKey": {"content": b64(signing.pem)}},
        },
    }


def dsse(envelope: dict[str, Any], verifier: str) -> dict[str, Any]:
    """Return Rekor v1's entry for a DSSE envelope (rekor, dsse 0.0.1).

    ``verifier`` is the base64 of the signer's PEM.
    """
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": _sha256(canonical(envelope)),
            "payloadHash": _sha256(base64.b64decode(envelope["payload"])),
            "signatures": [
                {"signature": each["sig"], "verifier": verifier} for each in envelope["signatures"]
            ],
        },
    }


def intoto_v1(envelope: dict[str, Any], verifier: str) -> dict[str, Any]:
    """Return Rekor v1's older entry for an envelope, over its very bytes (rekor, intoto 0.0.1)."""
    content = {
        "hash": _sha256(canonical(envelope)),
        "payloadHash": _sha256(base64.b64decode(envelope["payload"])),
    }
    return {
        "apiVersion": "0.0.1",
        "kind": "intoto",
        "spec": {"content": content, "publicKey": verifier},
    }


def hashedrekord_v2(signing: Signing, message: bytes, signature: bytes) -> dict[str, Any]:
    """Return Rekor v2's entry; for an envelope ``message`` is its pre-authentication encoding."""
    digest = {
        "algorithm": HASH_NAMES[hash_for(signing.key).name],
        "digest": b64(digest_for(signing.key, message)),
    }
    signature_spec = {"content": b64(signature), "verifier": _verifier(signing)}
    return {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {"hashedRekordV002": {"data": digest, "signature": signature_spec}},
    }


def signed_bytes(envelope: dict[str, Any]) -> bytes:
    """Return what the signatures of ``envelope`` are over."""
    return pae(envelope["payloadType"], base64.b64decode(envelope["payload"]))


def signature_of(text: str) -> bytes:
    """Return the signature that a bundle holds as base64."""
    return base64.b64decode(text)


def key_details(key: PrivateKey) -> str:
    """Return the name of ``key``'s algorithm (sigstore_common.proto, ``PublicKeyDetails``)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVE_DETAILS[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "PKIX_ED25519"
    return f"PKIX_RSA_PKCS1V15_{key.key_size}_SHA256"


def _verifier(signing: Signing) -> dict[str, Any]:
    if signing.certificate is None:
        raw = public_der(signing.key.public_key())
        material = {"publicKey": {"rawBytes": b64(raw)}}
    else:
        material = {"x509Certificate": {"rawBytes": b64(der_of(signing.certificate))}}
    return {"keyDetails": key_details(signing.key), **material}


def _sha256(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}
