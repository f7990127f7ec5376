"""Paths inside a bundle."""

from __future__ import annotations

import posixpath

from attest.errors import DecodeError

MAX_LENGTH = 1024
_SPACE = 0x20


def safe(path: str) -> str:
    """Return ``path`` relative to the bundle's root; raise `DecodeError` when it could leave it.

    One leading slash is OPA's way of writing the root, ``./`` is tar's.
    """
    relative = path.removeprefix("./").removeprefix("/")
    parts = relative.split("/")
    if (
        len(relative) > MAX_LENGTH
        or any(part in {"", ".", ".."} for part in parts)
        or any(ord(character) < _SPACE or character in "\\\x7f" for character in relative)
    ):
        raise DecodeError(
            "POLICY_FILE_REFUSED", f"expected a path inside the bundle, seen {path[:200]!r}"
        )
    return relative


def beside(path: str, target: str) -> str | None:
    """Return where ``target``, written in the file at ``path``, lies; ``None`` when outside."""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return None if joined.startswith(("/", "..")) else joined


def stem(path: str) -> str:
    """Return the file's name without its ending."""
    return posixpath.splitext(posixpath.basename(path))[0]


def ending(path: str) -> str:
    """Return the file name's ending in lower case, with its dot."""
    return posixpath.splitext(path)[1].lower()
