"""A policy bundle and the signatures attached to it, from any place that stores by digest."""

from __future__ import annotations

from attest.errors import FetchError
from attest.fetch import discovery
from attest.fetch.fetched import Fetched, Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.source import Source, check_total, pin, read_blob, read_manifest
from attest.fetch.spread import Sources, spread
from attest.model.artifact import Reference
from attest.model.attachment import Attachment, Form

_SIGNATURES = frozenset({Form.BUNDLE, Form.COSIGN_SIGNATURE})


def policy(
    sources: Sources, reference: Reference, limits: FetchLimits, *, attached: bool
) -> Fetched:
    """Fetch the manifest that ``reference`` pins, its blobs, and the bundles attached to it."""
    (source,) = sources(1)
    pinned = pin(reference)
    artifact, manifest = read_manifest(source, reference, pinned, limits)
    if manifest.is_index:
        message = f"{reference} is an index of {len(manifest.manifests)} manifests"
        raise FetchError("MANIFEST_IS_INDEX", message, where=str(reference))
    check_total(manifest.blobs, limits, reference)
    wanted = list({each.digest: each for each in manifest.blobs}.values())

    def read(place: Source, wanted: Descriptor) -> bytes:
        return read_blob(place, wanted, limits, reference)

    contents = spread(sources, wanted, read, most=limits.connections)
    blobs = dict(zip((each.digest for each in wanted), contents, strict=True))
    found = discovery.signatures(sources, reference, limits, _SIGNATURES) if attached else ()
    return Fetched(
        artifact,
        blobs,
        tuple(each for each in found if isinstance(each, Attachment)),
        tuple(each for each in found if isinstance(each, Refusal)),
    )
