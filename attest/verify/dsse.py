"""A bare DSSE envelope: any number of signatures by keys, and nothing else (DSSE envelope.md)."""

from __future__ import annotations

from attest.errors import VerificationError
from attest.verify.bundle import Bundle, Envelope, malformed
from attest.verify.fields import Field, MalformedError

FORM = "DSSE envelope"
MAX_SIGNATURES = 32


def read_envelope(document: Field, raw: bytes | None = None) -> tuple[Bundle, ...]:
    """Return the envelope once for each of its signatures.

    Key ids are hints that decide nothing, so they are not read; base64 may be standard or URL-safe.
    Raise BUNDLE_MALFORMED, or SIGNATURE_REPEATED when one signature stands there twice.
    """
    try:
        envelope = Envelope(document["payloadType"].text(), document["payload"].any_base64())
        listed = document.each("signatures", limit=MAX_SIGNATURES)
        signatures = [item["sig"].any_base64() for item in listed]
        if not all(signatures) or not signatures:
            raise MalformedError("signatures is empty, or one of them is")
    except ValueError as error:
        raise malformed(FORM, error) from None
    if len(set(signatures)) != len(signatures):
        raise VerificationError(
            "SIGNATURE_REPEATED",
            f"the envelope has {len(signatures)} signatures; expected each of them once",
        )
    return tuple(Bundle(0, envelope, one, None, form=FORM, envelope=raw) for one in signatures)
