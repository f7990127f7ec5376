"""Strict JSON from one API, within the bounds of one answer."""

from __future__ import annotations

import json
import re
from typing import Any

from attest.errors import FetchError
from attest.fetch.apis.place import Endpoint
from attest.fetch.client import Client
from attest.fetch.exchange import Response
from attest.fetch.limits import FetchLimits
from attest.fetch.proxy import variable
from attest.fetch.transport import Transport
from attest.fetch.urls import Url, plain
from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The media type under which an attestation is reported; its own bytes say which form it has."""

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_CODES = {
    _UNAUTHORIZED: "REGISTRY_DENIED",
    _FORBIDDEN: "REGISTRY_DENIED",
    _NOT_FOUND: "NOT_FOUND",
}
_TOKEN = re.compile(r"[!-~]{1,8192}")
_JSON = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json", re.IGNORECASE)


class Session:
    """One question to the API at ``endpoint`` and the requests that it takes.

    Raises ``FetchError``: what every download may raise, and DISCOVERY_TOO_MANY beyond the limits
    on bytes and on attestations.
    """

    def __init__(
        self, reference: Reference, endpoint: Endpoint, limits: FetchLimits, transport: Transport
    ) -> None:
        self.reference = reference
        self.limits = limits
        self.network = transport.network
        self._base = endpoint.base.rstrip("/")
        self._headers: dict[str, str] = {}
        if endpoint.token_env:
            self._headers["Authorization"] = f"Bearer {_token(endpoint.token_env)}"
        self._client = Client(transport, limits)
        self._left = limits.total
        self._count = 0

    def url(self, target: str) -> Url:
        """Return the URL of ``target``, which begins with a slash, below the API's own."""
        return self.parsed(self._base + target)

    def parsed(self, text: str) -> Url:
        """Parse a URL that the API or the plan gave."""
        try:
            return Url.parse(text, plain(self.network))
        except ValueError as error:  # which shows no query: that may hold a signature
            raise self.failed("REDIRECT_REFUSED", f"a URL is refused: {error}") from None

    def get(self, url: Url, headers: dict[str, str], *, least: int = 0) -> Response:
        """GET ``url``, whatever the status; its body counts against the bounds.

        The token goes to the API's own host alone, never with a redirect. ``least`` is how far the
        server's address must reach (`attest.fetch.urls.reach`).
        """
        own = url.origin == self.url("/").origin
        limit = min(self.limits.blob, self._left)
        response = self._client.get(
            url,
            headers | (self._headers if own else {}),
            limit=limit,
            too_large="DISCOVERY_TOO_MANY",
            least=least,
        )
        self._left -= len(response.content)
        return response

    def ok(self, response: Response) -> Response:
        """Return an answer of status 200; refuse any other."""
        if response.status == _OK:
            return response
        why = f"status {response.status} from {response.url.host}"
        if response.headers.get("x-ratelimit-remaining") == "0":
            why += ", its rate limit is spent"
        raise self.failed(_CODES.get(response.status, "REGISTRY_FAILED"), why)

    def document(self, response: Response) -> dict[str, Any]:
        """Return the object in an answer that says it is JSON, and is."""
        media_type = response.headers.get("content-type", "").partition(";")[0].strip()
        if not _JSON.fullmatch(media_type):
            raise self.malformed(f"expected JSON, seen {media_type[:80]!r}")
        try:
            document = strict_json.parse(response.content)
        except ValueError as error:
            raise self.malformed(f"its answer is no strict JSON: {error}") from None
        if not isinstance(document, dict):
            raise self.malformed("expected an object")
        return document

    def items(self, document: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """Return the list of objects under ``key``; an absent one is no empty one."""
        found = document.get(key)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self.malformed(f"expected {key!r} to be a list of objects")
        return found

    def attestation(self, document: Any) -> Artifact:
        """Keep one attestation, by the digest of what it is written as here."""
        if not isinstance(document, dict):
            raise self.malformed("expected an attestation to be an object")
        self._count += 1
        if self._count > self.limits.referrers:
            raise self.failed("DISCOVERY_TOO_MANY", f"more than {self.limits.referrers:,}")
        content = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        place = Reference(self.reference.scheme, self.reference.locator, Digest.of(content))
        return Artifact.of(place, content, BUNDLE)

    def malformed(self, why: str) -> FetchError:
        """Return the refusal of an answer that is not what the API's documentation says."""
        return self.failed("REGISTRY_FAILED", why)

    def failed(self, code: str, why: str) -> FetchError:
        """Return a refusal that names what was asked for."""
        where = str(self.reference)
        return FetchError(code, f"{where}: {why}", where=where)


def _token(name: str) -> str:
    token = variable(name)
    if not _TOKEN.fullmatch(token):
        message = f"${name} holds what cannot stand in a header"
        raise FetchError("CREDENTIALS_UNREADABLE", message)
    return token
