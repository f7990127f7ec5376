"""A policy bundle and the signatures attached to it, from any place that stores by digest."""

from __future__ import annotations

from attest.errors import FetchError
from attest.fetch import discovery
from attest.fetch.fetched import Fetched, Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.source import Source, check_total, pin, read_blob, read_manifest
from attest.model.artifact import Reference
from attest.model.attachment import Attachment, Form

_SIGNATURES = frozenset({Form.BUNDLE, Form.COSIGN_SIGNATURE})


def policy(source: Source, reference: Reference, limits: FetchLimits, *, attached: bool) -> Fetched:
    """Fetch the manifest that ``reference`` pins, its blobs, and the bundles attached to it."""
    pinned = pin(reference)
    artifact, manifest = read_manifest(source, reference, pinned, limits)
    if manifest.is_index:
        message = f"{reference} is an index of {len(manifest.manifests)} manifests"
        raise FetchError("MANIFEST_IS_INDEX", message, where=str(reference))
    check_total(manifest.blobs, limits, reference)
    blobs = {each.digest: read_blob(source, each, limits, reference) for each in manifest.blobs}
    found = discovery.signatures(source, reference, limits, _SIGNATURES) if attached else ()
    return Fetched(
        artifact,
        blobs,
        tuple(each for each in found if isinstance(each, Attachment)),
        tuple(each for each in found if isinstance(each, Refusal)),
    )
