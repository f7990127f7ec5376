"""An attestation as a package index hosts it (PEP 740, "Attestation objects")."""

from __future__ import annotations

from attest.verify.bundle import Bundle, Envelope, malformed, read_entries
from attest.verify.certificate import read_leaf
from attest.verify.fields import Field, MalformedError

FORM = "PEP 740 attestation"

_PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""Not written down in the object: the specification fixes it."""


def read_attestation(document: Field) -> Bundle:
    """Read one attestation object; raise BUNDLE_MALFORMED."""
    try:
        version = document["version"].value
        if type(version) is not int or version != 1:
            raise MalformedError("version is not 1")
        material, envelope = document["verification_material"], document["envelope"]
        return Bundle(
            version=3,  # its log entries are those of a v0.3 bundle: each must be proven
            content=Envelope(_PAYLOAD_TYPE, envelope["statement"].base64()),
            signature=_signature(envelope["signature"]),
            leaf=read_leaf(material["certificate"].base64()),
            entries=read_entries(material, "transparency_entries"),
            form=FORM,
        )
    except ValueError as error:
        raise malformed(FORM, error) from None


def _signature(item: Field) -> bytes:
    signature = item.base64()
    if not signature:
        raise item.wrong("a signature")
    return signature
