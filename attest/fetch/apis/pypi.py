"""PyPI's Integrity API (docs.pypi.org/api/integrity), and the JSON API for the files of a release.

``GET /integrity/{project}/{version}/{filename}/provenance`` answers a PEP 740 provenance object:
``{"version": 1, "attestation_bundles": [{"publisher", "attestations": […]}]}``. For a file without
provenance it is 404 with ``{"message": "No provenance available for FILENAME"}``; any other 404,
such as that of an unknown project, is not an empty answer.
``GET /pypi/{project}/{version}/json`` (docs.pypi.org/api/json, "Get a release") lists ``urls`` with
``filename`` and ``digests.sha256``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attest.errors import FetchError
from attest.fetch.apis.place import Place
from attest.fetch.apis.session import Session
from attest.model import strict_json
from attest.model.artifact import Artifact
from attest.model.digest import Digest

_INTEGRITY = {"Accept": "application/vnd.pypi.integrity.v1+json"}
_JSON = {"Accept": "application/json"}
_NOT_FOUND = 404
_VERSION = 1


def attestations(session: Session, place: Place, digest: Digest | None) -> list[Artifact]:
    """Return what PyPI holds about one file: the place's own, or the release's with ``digest``."""
    project = re.sub(r"[-_.]+", "-", place.name).lower()  # PEP 503, "Normalized Names"
    release = Place(place.scheme, project, place.version)
    files = [place.file] if place.file else _files(session, release, digest)
    return [one for file in files for one in _of_file(session, release, file)]


def _of_file(session: Session, release: Place, file: str) -> Iterator[Artifact]:
    url = session.url(f"/integrity/{release.name}/{release.version}/{file}/provenance")
    response = session.get(url, _INTEGRITY)
    if response.status == _NOT_FOUND and _has_none(response.content, file):
        return
    document = session.document(session.ok(response))
    if document.get("version") != _VERSION or isinstance(document["version"], bool):
        raise session.malformed(f"expected version {_VERSION} of a provenance object")
    for bundle in session.items(document, "attestation_bundles"):
        for one in session.items(bundle, "attestations"):
            yield session.attestation(one)


def _has_none(content: bytes, file: str) -> bool:
    """Tell the API's own "there is none" from every other 404."""
    try:
        document = strict_json.parse(content)
    except ValueError:
        return False
    return bool(document == {"message": f"No provenance available for {file}"})


def _files(session: Session, release: Place, digest: Digest | None) -> list[str]:
    """Return the names of the release's files that have this SHA-256, as far as it lists any."""
    url = session.url(f"/pypi/{release.name}/{release.version}/json")
    document = session.document(session.ok(session.get(url, _JSON)))
    wanted = None if digest is None else digest.value
    listed = [_file(session, release, one) for one in session.items(document, "urls")]
    return sorted({name for name, sha256 in listed if sha256 == wanted})


def _file(session: Session, release: Place, entry: dict[str, Any]) -> tuple[str, str]:
    digests = entry.get("digests")
    sha256 = digests.get("sha256") if isinstance(digests, dict) else None
    name = entry.get("filename")
    if not isinstance(sha256, str) or not isinstance(name, str):
        raise session.malformed("a file of the release without filename or digests.sha256")
    try:
        # A name of the server's becomes part of a URL.
        return Place.parse(release.scheme, f"{release.name}@{release.version}/{name}").file, sha256
    except FetchError:
        raise session.malformed(f"a file called {name[:80]!r}") from None
