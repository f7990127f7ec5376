"""Policy bundles and signatures, written once and the same way each time, sent to where they go."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Mapping

from attest.author.layout import Layer, Layout
from attest.author.targets import Saving, Target
from attest.decode.policies.archive import bundle_tar
from attest.decode.policies.media import ARTIFACT_TYPE, LAYER_TYPE
from attest.decode.statement import SIGNING_PREDICATES, parse
from attest.errors import UsageError
from attest.fetch import FetchLimits
from attest.fetch import manifest as oci_manifest
from attest.fetch.source import pin, read_manifest
from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.policy import File

_CONTENT = "dev.sigstore.bundle.content"
_PREDICATE = "dev.sigstore.bundle.predicateType"
"""Annotations that cosign writes, and some tools look for; attest believes neither."""


def bundle(files: Iterable[File], annotations: Mapping[str, str]) -> tuple[Layout, Digest]:
    """Pack policy files; the same files and annotations have the same digest everywhere."""
    made = Layout()
    packed = bundle_tar([File(each.path, each.content) for each in files])
    layers = [Layer(packed, LAYER_TYPE)]
    return made, made.add_manifest(layers, artifact_type=ARTIFACT_TYPE, annotations=annotations)


def send(target: Target, made: Layout, digest: Digest, tag: str | None = None) -> None:
    """Send a manifest of ``made`` with its blobs, and under ``tag``."""
    content = made.blob(digest)
    manifest = oci_manifest.parse(content)
    for each in {one.digest: one for one in manifest.blobs}.values():
        if not target.has(each):
            target.blob(each, io.BytesIO(made.blob(each.digest)))
    target.manifest(content, manifest.media_type, tag)


def subject(source: Saving, place: Reference, limits: FetchLimits) -> Artifact:
    """Read the manifest that something is to be attached to, which must be there."""
    artifact, _ = read_manifest(source, place, pin(place), limits)
    return artifact


def check_about(about: Artifact, content: bytes, *, statement: bool) -> None:
    """Refuse to attach what is about something else than the manifest: SUBJECT_MISMATCH."""
    if statement:
        meant = any(one.names([about.digest]) for one in parse(content).subjects)
    else:
        meant = about.digest.matches(content)
    if not meant:
        what = "the statement" if statement else "the file"
        message = f"{what} is not about {about.digest}, which it was to be attached to"
        raise UsageError("SUBJECT_MISMATCH", message, where=str(about.reference))


def signing_statement(about: Artifact) -> bytes:
    """Return what `cosign sign` states of a manifest: that it is signed, and nothing else."""
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "", "digest": {about.digest.algorithm: about.digest.value}}],
        "predicateType": min(SIGNING_PREDICATES),
        "predicate": {},
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def attach(target: Target, about: Artifact, signed: bytes) -> Digest:
    """Attach a Sigstore bundle to a manifest, as cosign does; return the digest of the referrer."""
    made = Layout()
    digest = made.add_subject(about.content, about.media_type)
    attached = made.attach(digest, signed, annotations=_annotations(signed))
    send(target, made, attached)
    return attached


def _annotations(signed: bytes) -> dict[str, str]:
    try:
        document = strict_json.parse(signed)
        if "dsseEnvelope" not in document:
            return {_CONTENT: "message-signature"}
        payload = base64.b64decode(document["dsseEnvelope"]["payload"], validate=True)
        predicate = str(strict_json.parse(payload)["predicateType"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"what is to be attached is not a Sigstore bundle: {error}"
        raise UsageError("OPTION_INVALID", message) from None
    return {_CONTENT: "dsse-envelope", _PREDICATE: predicate}
