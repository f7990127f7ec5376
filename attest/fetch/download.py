"""A file from a web server, pinned by its digest."""

from __future__ import annotations

from attest.errors import FetchError
from attest.fetch import files
from attest.fetch.client import Client
from attest.fetch.limits import FetchLimits
from attest.fetch.transport import Transport
from attest.fetch.urls import Url
from attest.model.artifact import Artifact, Reference

_OK, _NOT_FOUND = 200, 404


def download(reference: Reference, limits: FetchLimits, transport: Transport) -> Artifact:
    """GET a pinned ``https:`` reference; the digest says whether the right bytes came."""
    where = str(reference)
    try:
        url = Url.parse(f"{reference.scheme}:{reference.locator}")
    except ValueError as error:
        raise FetchError("REFERENCE_MALFORMED", f"{where}: {error}", where=where) from None
    response = Client(transport, limits).get(url, {}, limit=limits.blob, too_large="BLOB_TOO_LARGE")
    if response.status != _OK:
        code = "NOT_FOUND" if response.status == _NOT_FOUND else "REGISTRY_FAILED"
        raise FetchError(code, f"{where}: status {response.status}", where=where)
    files.check_pin(reference, response.content)
    return Artifact.of(reference, response.content, response.headers.get("content-type", ""))
