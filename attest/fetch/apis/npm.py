"""The npm registry's attestations of a package version.

``GET /-/npm/v1/attestations/{name}@{version}`` is what ``dist.attestations.url`` of a package's
metadata names; it answers ``{"attestations": [{"predicateType", "bundle"}]}`` (npm/attestation;
slsa-verifier, docs/npm.md). No documentation says what 404 means there: it is not an empty answer.
"""

from __future__ import annotations

from attest.fetch.apis.place import Place
from attest.fetch.apis.session import Session
from attest.model.artifact import Artifact
from attest.model.digest import Digest


def attestations(session: Session, place: Place, digest: Digest | None) -> list[Artifact]:
    """Return every attestation of the version: the registry's own, and the builder's.

    Nothing is asked about a ``digest``: which file they are about, they say themselves.
    """
    del digest
    name = place.name.replace("/", "%2F")
    url = session.url(f"/-/npm/v1/attestations/{name}@{place.version}")
    response = session.ok(session.get(url, {"Accept": "application/json"}))
    listed = session.items(session.document(response), "attestations")
    return [session.attestation(one.get("bundle")) for one in listed]
