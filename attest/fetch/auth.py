"""Answers to a registry's challenge (distribution, docs/spec/auth/token.md)."""

from __future__ import annotations

import re
import threading
from urllib.parse import urlencode

from attest.errors import FetchError
from attest.fetch.client import Client
from attest.fetch.credentials import credentials_for
from attest.fetch.exchange import Response
from attest.fetch.names import Challenge, Repository, challenge
from attest.fetch.urls import Url, plain
from attest.model import strict_json

_TOKEN_SIZE = 256 << 10
_TOKEN = re.compile(r"[!-~]{1,65536}")
_OK = 200
_SHORT = 2
"""Labels of a name that stands in no domain of its own: ``quay.io``."""


class Authorization:
    """The ``Authorization`` header of one repository, anonymous until the registry asks.

    Credentials are read only then. They go to the registry itself, or to a token realm that it
    declares over HTTPS and that is its own or of its own domain; never anywhere else. A token is
    asked for ``actions`` on this repository alone, whatever the registry would have asked for.
    Several threads may share one.
    """

    def __init__(self, client: Client, repository: Repository, actions: str = "pull") -> None:
        self._client = client
        self._repository = repository
        self._actions = actions
        self._header: str | None = None
        self._lock = threading.Lock()

    @property
    def headers(self) -> dict[str, str]:
        """The header to send, if there is one."""
        return {} if self._header is None else {"Authorization": self._header}

    def answer(self, response: Response, sent: dict[str, str]) -> None:
        """Get what a 401 asks for; REGISTRY_DENIED or REALM_REFUSED when that is impossible.

        ``sent`` are the `headers` that were not enough: another thread may have better ones by now.
        """
        with self._lock:
            if self.headers == sent:
                self._answer(response)

    def _answer(self, response: Response) -> None:
        asked = challenge(response.headers.get("www-authenticate", ""))
        credentials = credentials_for(self._repository.registry, self._client.network)
        if asked.scheme == "basic" and credentials is not None:
            self._header = f"Basic {credentials}"
        elif asked.scheme == "bearer":
            self._header = f"Bearer {self._token(asked, response, credentials)}"
        else:
            raise self._denied(f"it asks for {asked.scheme[:20]!r}, and there are no credentials")

    def _token(self, asked: Challenge, response: Response, credentials: str | None) -> str:
        realm = self._realm(asked, response.url, credentials)
        scope = f"repository:{self._repository.name}:{self._actions}"
        query = {"service": asked.service, "scope": scope}
        text = urlencode({key: value for key, value in query.items() if value})
        joined = f"{realm}{'&' if '?' in realm.target else '?'}{text}"
        headers = {} if credentials is None else {"Authorization": f"Basic {credentials}"}
        answer = self._client.get(
            Url.parse(joined, plain(self._client.network)),
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
            realm = Url.parse(asked.realm, plain(self._client.network))
        except ValueError as error:
            raise self._refused(f"its token realm is refused: {error}") from None
        if realm.origin == registry.origin:
            return realm
        if realm.scheme != "https":
            raise self._refused(f"its token realm {realm.host}:{realm.port} is another host")
        if credentials is not None and registry.scheme != "https":
            raise self._refused(f"its token realm {realm.host} was declared over plain HTTP")
        if credentials is not None and not self._related(realm, registry):
            raise self._refused(f"its token realm {realm.host} is of another domain")
        return realm

    def _related(self, realm: Url, registry: Url) -> bool:
        """Tell whether credentials for a registry are meant for the host of a token realm too."""
        said = self._client.network.host(self._repository.registry).token_realm
        host = realm.host.lower()
        if said and said.lower() in {host, f"{host}:{realm.port}"}:
            return True
        return host == registry.host.lower() or f".{host}".endswith(f".{_domain(registry.host)}")

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


def _domain(host: str) -> str:
    """Return the domain that a host stands in: ``example.org`` for ``registry.example.org``."""
    labels = host.lower().split(".")
    numeric = labels[-1].isdigit() or host.startswith("[")
    return host.lower() if numeric or len(labels) <= _SHORT else ".".join(labels[1:])
