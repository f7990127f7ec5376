"""One question to one attestation API, and what its answer means."""

from __future__ import annotations

from typing import NoReturn

from attest.errors import FetchError
from attest.fetch.apis.place import Endpoint, Place
from attest.fetch.apis.session import Session
from attest.fetch.limits import FetchLimits
from attest.fetch.transport import Transport
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.reasons import REASONS

_ASKED_WRONGLY = 2
_OF_LISTS = frozenset({"DISCOVERY_LOOP", "DISCOVERY_TOO_MANY"})


def ask(
    reference: Reference,
    endpoint: Endpoint,
    digest: Digest | None,
    limits: FetchLimits,
    transport: Transport,
) -> tuple[Artifact, ...]:
    """Return the attestations that the API at ``endpoint`` holds, none of them trusted.

    ``digest`` is the artifact's SHA-256 for a place that is asked about each artifact, ``None`` for
    one that names a single package or file (`Place.per_artifact`). None at all only when the API
    says so with authority; anything else is DISCOVERY_INCOMPLETE, DISCOVERY_LOOP or
    DISCOVERY_TOO_MANY.
    """
    place = Place.parse(reference.scheme, reference.locator)
    try:
        session = Session(reference, endpoint, limits, transport)
        return tuple(_found(session, place, digest))
    except FetchError as error:
        _refuse(reference, error)


def _found(session: Session, place: Place, digest: Digest | None) -> list[Artifact]:
    if place.scheme == "github":
        from attest.fetch.apis.github import attestations
    elif place.scheme == "npm":
        from attest.fetch.apis.npm import attestations
    else:
        from attest.fetch.apis.pypi import attestations
    return attestations(session, place, digest)


def _refuse(reference: Reference, cause: FetchError) -> NoReturn:
    if cause.code in _OF_LISTS or REASONS[cause.code].exit_code == _ASKED_WRONGLY:
        raise cause
    message = f"{reference} gave no complete answer: {cause.code}: {cause.message}"
    raise FetchError("DISCOVERY_INCOMPLETE", message, where=str(reference)) from cause
