"""In which form a manifest carries what it attaches: its parts, told by media types alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from attest.fetch.manifest import EMPTY, Descriptor, Manifest
from attest.model.attachment import CosignAnnotations, Form

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
NOTARY = "application/vnd.cncf.notary.signature"

_BUNDLE = "application/vnd.dev.sigstore.bundle"
"""How the media types of Sigstore bundles begin, those of versions to come as well."""
_READ = ("json", "+dsse")
"""How those end that may be evidence: cosign's `.sbom` tag, `oras attach`, BuildKit, scanners."""

_SIGNATURE = "dev.cosignproject.cosign/signature"
_BUILDKIT_TYPE = "vnd.docker.reference.type"
_BUILDKIT_ABOUT = "vnd.docker.reference.digest"
_ATTESTATION = "attestation-manifest"


class Part(NamedTuple):
    """One thing that a manifest attaches: a layer, or ``None`` for the manifest as a whole."""

    form: Form
    media_type: str
    layer: Descriptor | None
    cosign: CosignAnnotations | None = None


def parts(manifest: Manifest) -> Iterator[Part]:
    """Yield what ``manifest`` attaches; at least one part, so that nothing goes unlisted."""
    kind = manifest.artifact_type or (manifest.config.media_type if manifest.config else "")
    if kind == NOTARY:
        yield Part(Form.NOTARY, kind, None)
        return
    found = [part for part in map(_of_layer, manifest.layers) if part is not None]
    yield from found or [Part(Form.OTHER, kind or manifest.media_type, None)]


def buildkit_about(entry: Descriptor, index: Manifest) -> str | None:
    """Return what an entry of an index says it is about when it holds BuildKit's statements.

    moby/buildkit, docs/attestations/attestation-storage.md. Nothing here proves what it is about.
    """
    if entry.annotations.get(_BUILDKIT_TYPE) != _ATTESTATION:
        return None
    about = entry.annotations.get(_BUILDKIT_ABOUT, "")
    if about in {str(each.digest) for each in index.manifests if each != entry}:
        return f"the platform manifest {about}"
    return "no manifest of the index"


def _of_layer(layer: Descriptor) -> Part | None:
    kind = layer.media_type
    if kind.startswith(_BUNDLE):
        return Part(Form.BUNDLE, kind, layer)
    if kind == SIMPLE_SIGNING:
        return Part(Form.COSIGN_SIGNATURE, kind, layer, _cosign(layer))
    if kind == DSSE:
        # cosign leaves the annotation empty: the envelope holds the signature.
        if _SIGNATURE in layer.annotations:
            return Part(Form.COSIGN_ATTESTATION, kind, layer, _cosign(layer))
        return Part(Form.ENVELOPE, kind, layer)
    # What it is shows when it is read: whoever attached it may have called it anything.
    return Part(Form.DOCUMENT, kind, layer) if kind.endswith(_READ) and kind != EMPTY else None


def _cosign(layer: Descriptor) -> CosignAnnotations:
    given = layer.annotations.get
    return CosignAnnotations(
        signature=given(_SIGNATURE),
        certificate=given("dev.sigstore.cosign/certificate"),
        chain=given("dev.sigstore.cosign/chain"),
        bundle=given("dev.sigstore.cosign/bundle"),
        timestamp=given("dev.sigstore.cosign/rfc3161timestamp"),
    )
