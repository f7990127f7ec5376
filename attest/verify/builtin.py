"""The trust roots that come with the software, each pinned by the release it came in."""

from __future__ import annotations

from attest.errors import UsageError
from attest.model.digest import Digest

_STORE, _FILE, _TUF_ROOT = "sigstore._store", "trusted_root.json", "root.json"
_PLACES = {
    "public-good": (_STORE, "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", _FILE),
    "staging": (_STORE, "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev", _FILE),
    "github": ("attest.verify", "data", "github.json"),
}
BUILTIN_ROOTS = tuple(_PLACES)
"""The names of the trust roots that come with the software."""

_REPOSITORIES = {
    "public-good": "https://tuf-repo-cdn.sigstore.dev",
    "staging": "https://tuf-repo-cdn.sigstage.dev",
}
TUF_REPOSITORIES = tuple(_REPOSITORIES)
"""The names of those that can be had anew from a TUF repository whose root metadata comes too."""

_RECORDED = {
    "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66": "2026-11-21",
    "81f5af777952d2c3955062ad56924c05ca916b5d49f3a0bce945faa475a8b1cc": "2026-11-21",
    "484cdfe1a7c65479c5ba2a22193d1be90f0020db1997de696ab207434c62fbb7": "2026-11-21",
}
"""When the bytes with this SHA-256 were the current ones (attest/verify/data/README.md)."""


def builtin_root(name: str) -> bytes:
    """Return the bytes of a trust root that comes with the software; raise ROOT_UNKNOWN.

    ``public-good`` and ``staging`` are those embedded in the installed ``sigstore`` package, read
    from its files: no cache, no network, none of its code.
    """
    if name not in _PLACES:
        known = ", ".join(BUILTIN_ROOTS)
        raise UsageError("ROOT_UNKNOWN", f"no built-in trust root {name!r}; there is {known}")
    return _read(name, *_PLACES[name])


def builtin_repository(name: str) -> tuple[str, bytes]:
    """Return the URL of a TUF repository and the root metadata to begin with.

    Raise ROOT_UNKNOWN for a name that is none of `TUF_REPOSITORIES`.
    """
    if name not in _REPOSITORIES:
        known = ", ".join(TUF_REPOSITORIES)
        raise UsageError("ROOT_UNKNOWN", f"no built-in TUF repository {name!r}; there is {known}")
    package, *path, _ = _PLACES[name]
    return _REPOSITORIES[name], _read(name, package, *path, _TUF_ROOT)


def origin(name: str, content: bytes) -> str:
    """Say where the built-in root ``name``, whose bytes are ``content``, comes from, and of when.

    Without a date it is newer than this release: that of another version of the package.
    """
    from importlib.metadata import version

    package = _PLACES[name][0].partition(".")[0]
    distribution = {"attest": "attest-gate"}.get(package, package)
    date = _RECORDED.get(Digest.of(content).value)
    seen = f"as of {date}" if date else "not the one that this release was tested with"
    return f"built in, from {distribution} {version(distribution)}, {seen}"


def _read(name: str, package: str, *path: str) -> bytes:
    from importlib import resources

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
