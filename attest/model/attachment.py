"""What lies beside an artifact in a registry or layout: found, digested, not yet trusted."""

from __future__ import annotations

import enum
from dataclasses import field

from attest.model.artifact import Artifact
from attest.model.frozen import frozen


class Form(enum.StrEnum):
    """In which form something is attached, told by media types that its own manifest states."""

    BUNDLE = "Sigstore bundle"
    ENVELOPE = "DSSE envelope"
    COSIGN_SIGNATURE = "cosign signature"
    COSIGN_ATTESTATION = "cosign attestation"
    NOTARY = "Notary signature"
    DOCUMENT = "document"
    OTHER = "other attachment"


@frozen
class CosignAnnotations:
    """What cosign before version 3 wrote beside a payload (sigstore/cosign, SIGNATURE_SPEC.md).

    Each is the text of the layer's annotation, or ``None``. ``signature`` is base64 and empty for
    an attestation, whose envelope holds its own; ``certificate`` and ``chain`` are PEM; ``bundle``
    is the JSON of a signed entry timestamp with its log entry; ``timestamp`` the JSON of an RFC
    3161 response.
    """

    signature: str | None = None
    certificate: str | None = field(default=None, repr=False)
    chain: str | None = field(default=None, repr=False)
    bundle: str | None = field(default=None, repr=False)
    timestamp: str | None = field(default=None, repr=False)


@frozen
class Attachment:
    """One thing that is attached to an artifact.

    ``artifact`` holds the layer; for `Form.NOTARY` and `Form.OTHER`, which nothing reads, the
    manifest. ``media_type`` of both is what the manifest says. ``cosign`` is set for
    `Form.COSIGN_SIGNATURE` (the layer is a simple-signing payload) and `Form.COSIGN_ATTESTATION`
    (a DSSE envelope). ``about`` describes another artifact that it was found beside, such as a
    platform of an index; ``None`` when it is the subject itself.
    """

    form: Form
    artifact: Artifact
    cosign: CosignAnnotations | None = None
    about: str | None = None
