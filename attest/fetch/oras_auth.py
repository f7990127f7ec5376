"""What is taken from oras: how container tools keep credentials. Its only importer.

Its transport is not used: it checks neither digests nor sizes, and sends credentials wherever it is
told to. Nor is it imported where nobody has ever logged in, since it takes a tenth of a second.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from attest.errors import FetchError
from attest.fetch.names import DOCKER_HUB

_BASIC = re.compile(r"[A-Za-z0-9+/]{1,4096}={0,2}")


def stored_credentials(registry: str) -> str | None:
    """Return base64 of ``user:password`` that `docker login` or `podman login` left in a file.

    Only credentials that stand in the file: programs that it names are not run. Raises
    CREDENTIALS_UNREADABLE.
    """
    for place in _places():
        stored = _read(place, registry) if place.exists() else None
        if stored:
            if not isinstance(stored, str) or not _BASIC.fullmatch(stored):
                message = f"the credentials stored for {registry} are not base64"
                raise FetchError("CREDENTIALS_UNREADABLE", message)
            return stored
    return None


def _places() -> tuple[Path, ...]:
    """Where docker keeps logins, and podman (containers-auth.json(5)), without their variables."""
    home = Path.home()
    return (
        home / ".docker" / "config.json",
        Path(f"/run/user/{os.getuid()}/containers/auth.json"),
        home / ".config" / "containers" / "auth.json",
    )


def _read(place: Path, registry: str) -> object:
    import oras.defaults
    import oras.utils

    names = list(oras.utils.iter_localhosts(registry))
    if registry == DOCKER_HUB:
        names.append(oras.defaults.registry.index_server)
    try:
        auths: dict[str, Any] = oras.utils.read_json(str(place)).get("auths", {})
        entry: Any = next((auths[name] for name in names if name in auths), {})
        return entry.get("auth")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        message = f"the container configuration cannot be read: {type(error).__name__}"
        raise FetchError("CREDENTIALS_UNREADABLE", message) from None
