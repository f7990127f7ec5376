"""The trust roots that come with the software, each pinned by the release it came in."""

from __future__ import annotations

from attest.errors import UsageError

_STORE, _FILE = "sigstore._store", "trusted_root.json"
_PLACES = {
    "public-good": (_STORE, "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", _FILE),
    "staging": (_STORE, "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev", _FILE),
    "github": ("attest.verify", "data", "github.json"),
}
BUILTIN_ROOTS = tuple(_PLACES)
"""The names of the trust roots that come with the software."""


def builtin_root(name: str) -> bytes:
    """Return the bytes of a trust root that comes with the software; raise ROOT_UNKNOWN.

    ``public-good`` and ``staging`` are those embedded in the installed ``sigstore`` package, read
    from its files: no cache, no network, none of its code.
    """
    if name not in _PLACES:
        known = ", ".join(BUILTIN_ROOTS)
        raise UsageError("ROOT_UNKNOWN", f"no built-in trust root {name!r}; there is {known}")
    from importlib import resources

    package, *path = _PLACES[name]
    place = resources.files(package)
    for part in path:
        place = place.joinpath(part)
    try:
        return place.read_bytes()
    except OSError as error:
        raise UsageError(
            "ROOT_UNKNOWN",
            f"built-in trust root {name!r} is not in the installed {package}: {error}",
            hint="Reinstall attest, or give the trust root as a file with its sha256.",
        ) from None
