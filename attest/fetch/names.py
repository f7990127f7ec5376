"""What registries and repositories are called, and what a registry asks of strangers."""

from __future__ import annotations

import re

from attest.errors import FetchError
from attest.model.frozen import frozen

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LOCATOR = re.compile(rf"(?P<host>{_HOST})/(?P<name>{_PART}(?:/{_PART})*)")
"""distribution-spec v1.1, "Pulling manifests": the form of a repository name."""

_MAX_NAME = 255
_PARAMETER = re.compile(
    r"""[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))"""
)
"""RFC 9110, "auth-param": a token, or a quoted string with escapes."""

DOCKER_HUB = "docker.io"
_DOCKER_HUB_API = "registry-1.docker.io"
_DOCKER_HUB_INDEX = "index.docker.io"


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
    realm: str = ""
    service: str = ""
    scope: str = ""


def repository(locator: str) -> Repository:
    """Split ``HOST/REPOSITORY``; refuse what is neither that nor a shorthand, REFERENCE_MALFORMED.

    A host has a dot or a port, or is ``localhost``. What has none is short for a repository of
    Docker Hub, as in every tool: ``alpine`` is ``docker.io/library/alpine``.
    """
    match = _LOCATOR.fullmatch(_written_out(locator)) if len(locator) <= 2 * _MAX_NAME else None
    if match is None or len(match["name"]) > _MAX_NAME:
        message = f"expected HOST/REPOSITORY in lower case, seen {locator[:200]!r}"
        raise FetchError("REFERENCE_MALFORMED", message)
    host = match["host"]
    return Repository(host, _DOCKER_HUB_API if host == DOCKER_HUB else host, match["name"])


def _written_out(locator: str) -> str:
    """Complete a shorthand of Docker Hub (distribution/reference, normalize.go)."""
    host, slash, name = locator.partition("/")
    if not slash or (not {".", ":"} & {*host} and host != "localhost"):
        host, name = DOCKER_HUB, locator
    elif host in {DOCKER_HUB, _DOCKER_HUB_INDEX}:
        host = DOCKER_HUB
    else:
        return locator
    return f"{host}/{name}" if "/" in name else f"{host}/library/{name}"


def challenge(header: str) -> Challenge:
    """Parse the first challenge that a registry gives (RFC 6750 §3); the first of a name counts."""
    scheme, _, rest = header[:4096].strip().partition(" ")
    found: dict[str, str] = {}
    place = 0
    while (match := _PARAMETER.match(rest, place)) is not None:
        quoted = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        found.setdefault(match[1].lower(), quoted)
        place = match.end()
    known = (found.get(name, "") for name in ("realm", "service", "scope"))
    return Challenge(scheme.lower(), *known)
