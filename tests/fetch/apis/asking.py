"""Questions to APIs on loopback, and the shapes that they answer in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.apis.place import Endpoint
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.reasons import REASONS
from tests.fetch.helpers import FAST
from tests.fetch.server import Server

DIGEST = Digest.of(b"the artifact")
JSON = "application/json; charset=utf-8"
BUNDLES: list[dict[str, Any]] = [
    {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "number": number}
    for number in range(4)
]


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


def ask(
    server: Server,
    place: str,
    digest: Digest | None = DIGEST,
    limits: FetchLimits = FAST,
    prefix: str = "",
    token_env: str = "",
) -> tuple[Artifact, ...]:
    scheme, _, locator = place.partition(":")
    with Fetcher(offline=False, limits=limits) as fetcher:
        base = f"http://{server.netloc}{prefix}"
        return fetcher.attested(Reference(scheme, locator), Endpoint(base, token_env), digest)


def documents(found: Sequence[Artifact]) -> list[Any]:
    for artifact in found:
        assert artifact.reference.digest == artifact.digest == Digest.of(artifact.content)
    return [json.loads(artifact.content) for artifact in found]


def refusal(
    server: Server, place: str, digest: Digest | None = DIGEST, limits: FetchLimits = FAST
) -> str:
    """Return ``CODE``, or ``CODE CAUSE`` where one explains the other; the exit code is 5."""
    with pytest.raises(FetchError) as refused:
        ask(server, place, digest, limits)
    assert REASONS[refused.value.code].exit_code == 5, refused.value.message
    cause = refused.value.__cause__
    return (
        f"{refused.value.code} {cause.code}"
        if isinstance(cause, FetchError)
        else refused.value.code
    )
