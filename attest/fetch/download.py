"""A file from a web server, pinned by its digest."""

from __future__ import annotations

from dataclasses import replace

from attest.errors import FetchError
from attest.fetch import files
from attest.fetch.client import Client
from attest.fetch.exchange import Response
from attest.fetch.limits import FetchLimits
from attest.fetch.transport import Transport
from attest.fetch.urls import Url
from attest.model.artifact import Artifact, Reference

_OK, _NOT_FOUND = 200, 404


def download(reference: Reference, limits: FetchLimits, transport: Transport) -> Artifact:
    """GET a pinned ``https:`` reference; the digest says whether the right bytes came."""
    response = _get(reference, limits.blob, limits, transport)
    if response.status != _OK:
        raise _failed(reference, response.status)
    files.check_pin(reference, response.content)
    return Artifact.of(reference, response.content, response.headers.get("content-type", ""))


def beside(
    reference: Reference, suffix: str, limits: FetchLimits, transport: Transport
) -> Artifact | None:
    """GET what lies at the URL with ``suffix``; ``None`` when the server says that nothing does.

    A URL with a query has nothing beside it.
    """
    if "?" in reference.locator:
        return None
    place = replace(reference, locator=reference.locator + suffix, digest=None)
    response = _get(place, limits.manifest, limits, transport)
    if response.status == _NOT_FOUND:
        return None
    if response.status != _OK:
        raise _failed(place, response.status)
    return Artifact.of(place, response.content, response.headers.get("content-type", ""))


def _get(reference: Reference, limit: int, limits: FetchLimits, transport: Transport) -> Response:
    where = str(reference)
    try:
        url = Url.parse(f"{reference.scheme}:{reference.locator}")
    except ValueError as error:
        raise FetchError("REFERENCE_MALFORMED", f"{where}: {error}", where=where) from None
    return Client(transport, limits).get(url, {}, limit=limit, too_large="BLOB_TOO_LARGE")


def _failed(reference: Reference, status: int) -> FetchError:
    where = str(reference)
    code = "NOT_FOUND" if status == _NOT_FOUND else "REGISTRY_FAILED"
    return FetchError(code, f"{where}: status {status}", where=where)
