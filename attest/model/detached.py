"""A signature whose parts came separately: annotations and a payload in OCI, or several files."""

from __future__ import annotations

from dataclasses import dataclass, field

from attest.model.artifact import Artifact

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
"""The media type of a layer of a ``.sig`` manifest: a payload that names the image it is about."""

DSSE_ENVELOPE = "application/vnd.dsse.envelope.v1+json"
"""The media type of a layer of a ``.att`` manifest: a DSSE envelope, which is signed itself."""


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """One signature in cosign's older form, as found; nothing of it is decoded or believed.

    ``payload`` holds the bytes of the layer. Its media type decides what they are: `SIMPLE_SIGNING`
    and `DSSE_ENVELOPE` as above; with any other type they are not looked at, and the signature is
    over the file that is to be verified. The rest is the text of the layer's annotations:
    ``signature`` (base64; empty for an envelope), ``certificate`` and ``chain`` (PEM),
    ``rekor_bundle`` (JSON with ``SignedEntryTimestamp`` and ``Payload``) and ``rfc3161_timestamp``
    (JSON with ``SignedRFC3161Timestamp``), ``None`` where there is no such annotation
    (sigstore/cosign, specs/SIGNATURE_SPEC.md).
    """

    payload: Artifact
    signature: str = field(default="", repr=False)
    certificate: str | None = field(default=None, repr=False)
    chain: str | None = field(default=None, repr=False)
    rekor_bundle: str | None = field(default=None, repr=False)
    rfc3161_timestamp: str | None = field(default=None, repr=False)
