"""The credentials for one registry, from where the plan says, or from the container tools."""

from __future__ import annotations

import base64

from attest.errors import FetchError
from attest.fetch.proxy import variable
from attest.model.network import Network


def credentials_for(registry: str, network: Network) -> str | None:
    """Return base64 of ``user:password``, or ``None``.

    Variables that the plan names for this registry count alone; otherwise what `docker login` or
    `podman login` left in a file. Raises ENVIRONMENT_MISSING or CREDENTIALS_UNREADABLE.
    """
    said = network.host(registry, None) if ":" not in registry else network.host(*_split(registry))
    if said.password_env:
        return _encoded(variable(said.username_env), variable(said.password_env), registry)
    from attest.fetch.oras_auth import stored_credentials

    return stored_credentials(registry)


def _split(registry: str) -> tuple[str, int | None]:
    name, _, port = registry.rpartition(":")
    return (name, int(port)) if port.isdigit() else (registry, None)


def _encoded(username: str, password: str, registry: str) -> str:
    # RFC 7617: the first colon ends the name.
    if ":" in username or not (username + password).isprintable():
        message = f"the name or password for {registry} holds a character that no login may have"
        raise FetchError("CREDENTIALS_UNREADABLE", message)
    return base64.b64encode(f"{username}:{password}".encode()).decode()
