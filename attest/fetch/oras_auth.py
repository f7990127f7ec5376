"""What is taken from oras: references, challenges and stored credentials. Its only importer.

Its transport is not used: it checks neither digests nor sizes, and sends credentials wherever it is
told to.
"""

from __future__ import annotations

import re
from typing import Any

from attest.errors import FetchError
from attest.model.frozen import frozen

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LOCATOR = re.compile(rf"(?P<host>{_HOST})/(?P<name>{_PART}(?:/{_PART})*)")
"""distribution-spec v1.1, "Pulling manifests": the form of a repository name."""

_MAX_NAME = 255
_BASIC = re.compile(r"[A-Za-z0-9+/]{1,4096}={0,2}")


@frozen
class Repository:
    """A registry, the host that serves its API, and a repository in it."""

    registry: str
    host: str
    name: str


@frozen
class Challenge:
    """A parsed ``WWW-Authenticate`` header: ``scheme`` is ``bearer``, ``basic`` or another word."""

    scheme: str
    realm: str
    service: str
    scope: str


def repository(locator: str) -> Repository:
    """Split ``HOST/REPOSITORY`` as oras does; refuse what it or the specification reads otherwise.

    A host needs a dot or a port: without either, tools take it for a folder of Docker Hub.
    """
    match = _LOCATOR.fullmatch(locator) if len(locator) <= 2 * _MAX_NAME else None
    if match is None or len(match["name"]) > _MAX_NAME:
        raise _malformed(locator)
    import oras.container
    import oras.defaults

    try:
        container = oras.container.Container(locator)
    except ValueError:
        raise _malformed(locator) from None
    if (container.registry, container.api_prefix) != (match["host"], match["name"]):
        raise _malformed(locator)
    host = match["host"]
    if host == oras.defaults.registry.index_name:
        host = str(oras.defaults.registry.default_v2_registry["host"])
    return Repository(match["host"], host, match["name"])


def challenge(header: str) -> Challenge:
    """Parse what a registry answers to a request without credentials (RFC 6750 §3)."""
    import oras.auth.utils

    scheme, _, rest = header[:4096].strip().partition(" ")
    found = oras.auth.utils.parse_auth_header(rest)
    return Challenge(scheme.lower(), found.realm or "", found.service or "", found.scope or "")


def stored_credentials(registry: str) -> str | None:
    """Return base64 of ``user:password`` for a registry from ``~/.docker/config.json``.

    Only credentials that stand in the file: programs that it names are not run.
    """
    import oras.auth.utils
    import oras.defaults
    import oras.utils

    names = list(oras.utils.iter_localhosts(registry))
    if registry == oras.defaults.registry.index_name:
        names.append(oras.defaults.registry.index_server)
    try:
        auths: dict[str, Any] = oras.auth.utils.load_configs()["auths"]
        entry: Any = next((auths[name] for name in names if name in auths), {})
        stored = entry.get("auth")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        message = f"the container configuration cannot be read: {type(error).__name__}"
        raise FetchError("CREDENTIALS_UNREADABLE", message) from None
    if not stored:
        return None
    if not isinstance(stored, str) or not _BASIC.fullmatch(stored):
        message = f"the credentials stored for {registry} are not base64"
        raise FetchError("CREDENTIALS_UNREADABLE", message)
    return stored


def _malformed(locator: str) -> FetchError:
    message = f"expected HOST/REPOSITORY with a dot or a port in HOST, seen {locator[:200]!r}"
    return FetchError("REFERENCE_MALFORMED", message)
