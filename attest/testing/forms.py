"""The same signatures in other forms: what cosign, npm and package indexes wrote around them.

Each takes a Sigstore bundle of `PrivateSigstore` and writes its parts in another way, so that what
a test changes about the bundle is changed in the form too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from attest.model.attachment import CosignAnnotations
from attest.signing.bundle import b64, canonical

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"


def blob_bundle(bundle: bytes) -> bytes:
    """Return a message signature as cosign's blob bundle before version 3.

    The log entry keeps its signed entry timestamp and loses its proof, for which there is no place.
    """
    document = json.loads(bundle)
    found: dict[str, Any] = {"base64Signature": document["messageSignature"]["signature"]}
    pem = _certificate(document)
    if pem is not None:
        found["cert"] = b64(pem.encode())
    entry = _entry(document)
    if entry is not None:
        found["rekorBundle"] = entry
    return canonical(found)


def cosign_parts(bundle: bytes, *, chain: Sequence[bytes] = ()) -> CosignAnnotations:
    """Return the annotations that cosign wrote beside a layer with this signature.

    ``chain`` are DER certificates. An envelope's own signature stays in it.
    """
    document = json.loads(bundle)
    material = document["verificationMaterial"]
    stamps = material.get("timestampVerificationData", {}).get("rfc3161Timestamps", [])
    entry = _entry(document)
    return CosignAnnotations(
        signature=document.get("messageSignature", {}).get("signature", ""),
        certificate=_certificate(document),
        chain="".join(_pem(b64(one)) for one in chain) or None,
        bundle=None if entry is None else canonical(entry).decode(),
        timestamp=canonical({"SignedRFC3161Timestamp": stamps[0]["signedTimestamp"]}).decode()
        if stamps
        else None,
    )


def envelope_layer(bundle: bytes) -> bytes:
    """Return the bundle's DSSE envelope, as a layer of an ``.att`` manifest holds it."""
    return canonical(json.loads(bundle)["dsseEnvelope"])


def simple_signing(digest: str, reference: str = "registry.test/app") -> bytes:
    """Return the payload that cosign signs for an image (cosign, specs/SIGNATURE_SPEC.md)."""
    return canonical(
        {
            "critical": {
                "identity": {"docker-reference": reference},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )


def pypi_attestation(bundle: bytes) -> bytes:
    """Return an attestation object of PEP 740."""
    document = json.loads(bundle)
    material, envelope = document["verificationMaterial"], document["dsseEnvelope"]
    return canonical(
        {
            "version": 1,
            "verification_material": {
                "certificate": material["certificate"]["rawBytes"],
                "transparency_entries": material.get("tlogEntries", []),
            },
            "envelope": {
                "statement": envelope["payload"],
                "signature": envelope["signatures"][0]["sig"],
            },
        }
    )


def pypi_provenance(*attestations: bytes) -> bytes:
    """Return a provenance object of PEP 740 with one publisher."""
    listed = [json.loads(one) for one in attestations]
    bundle = {"publisher": {"kind": "GitHub"}, "attestations": listed}
    return canonical({"version": 1, "attestation_bundles": [bundle]})


def npm_answer(bundles: Mapping[str, bytes]) -> bytes:
    """Return what npm's registry answers: bundles by predicate type."""
    listed = [
        {"predicateType": kind, "bundle": json.loads(bundle)} for kind, bundle in bundles.items()
    ]
    return canonical({"attestations": listed})


def npm_statement(
    predicate_type: str, purl: str, digests: Mapping[str, str], predicate: object
) -> bytes:
    """Return a statement v0.1, which npm still writes, about a package."""
    return canonical(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "subject": [{"name": purl, "digest": dict(digests)}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def _entry(document: dict[str, Any]) -> dict[str, Any] | None:
    entries = document["verificationMaterial"].get("tlogEntries", [])
    if not entries:
        return None
    entry = entries[0]
    return {
        "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        "Payload": {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logIndex": int(entry["logIndex"]),
            "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
        },
    }


def _certificate(document: dict[str, Any]) -> str | None:
    found = document["verificationMaterial"].get("certificate")
    return None if found is None else _pem(found["rawBytes"])


def _pem(der: str) -> str:
    lines = "\n".join(der[at : at + 64] for at in range(0, len(der), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
