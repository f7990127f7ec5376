"""Answers to a registry's challenge (distribution, docs/spec/auth/token.md)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from attest.errors import FetchError
from attest.fetch import oras_auth
from attest.fetch.client import Client
from attest.fetch.oras_auth import Challenge, Repository
from attest.fetch.transport import Response
from attest.fetch.urls import Url
from attest.model import strict_json

_TOKEN_SIZE = 256 << 10
_TOKEN = re.compile(r"[!-~]{1,65536}")
_OK = 200


class Authorization:
    """The ``Authorization`` header of one repository, anonymous until the registry asks.

    Stored credentials are read only then. They go to the registry itself, or to a token realm that
    it declares over HTTPS; never anywhere else.
    """

    def __init__(self, client: Client, repository: Repository) -> None:
        self._client = client
        self._repository = repository
        self._header: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The header to send, if there is one."""
        return {} if self._header is None else {"Authorization": self._header}

    def answer(self, response: Response) -> None:
        """Get what a 401 asks for; REGISTRY_DENIED or REALM_REFUSED when that is impossible."""
        asked = oras_auth.challenge(response.headers.get("www-authenticate", ""))
        credentials = oras_auth.stored_credentials(self._repository.registry)
        if asked.scheme == "basic" and credentials is not None:
            self._header = f"Basic {credentials}"
        elif asked.scheme == "bearer":
            self._header = f"Bearer {self._token(asked, response, credentials)}"
        else:
            raise self._denied(f"it asks for {asked.scheme[:20]!r}, and no credentials are stored")

    def _token(self, asked: Challenge, response: Response, credentials: str | None) -> str:
        realm = self._realm(asked, response.url, credentials)
        query = {"service": asked.service, "scope": asked.scope}
        text = urlencode({key: value for key, value in query.items() if value})
        joined = f"{realm}{'&' if '?' in realm.target else '?'}{text}"
        headers = {} if credentials is None else {"Authorization": f"Basic {credentials}"}
        answer = self._client.get(
            Url.parse(joined),
            headers,
            limit=_TOKEN_SIZE,
            redirects=False,
            least=response.reach,
        )
        if answer.status != _OK:
            raise self._denied(f"its token realm {realm.host} answers {answer.status}")
        return self._read_token(answer.content)

    def _realm(self, asked: Challenge, registry: Url, credentials: str | None) -> Url:
        """The realm, when a request may go there, with credentials where there are some."""
        try:
            realm = Url.parse(asked.realm)
        except ValueError as error:
            raise self._refused(f"its token realm is refused: {error}") from None
        if realm.origin == registry.origin:
            return realm
        if realm.scheme != "https":
            raise self._refused(f"its token realm {realm.host}:{realm.port} is another host")
        if credentials is not None and registry.scheme != "https":
            raise self._refused(f"its token realm {realm.host} was declared over plain HTTP")
        return realm

    def _read_token(self, content: bytes) -> str:
        try:
            document = strict_json.parse(content)
        except ValueError as error:
            raise self._denied(f"its token realm answers what is {error}") from None
        found = document if isinstance(document, dict) else {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise self._denied("its token realm gives no token")
        return token

    def _denied(self, why: str) -> FetchError:
        where = self._repository.registry
        return FetchError("REGISTRY_DENIED", f"{where} denies access: {why}", where=where)

    def _refused(self, why: str) -> FetchError:
        where = self._repository.registry
        return FetchError("REALM_REFUSED", f"{where}: {why}", where=where)
