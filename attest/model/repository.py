"""Repositories and refs, as provenance, certificates and people write them.

SPDX download locations (``git+https://HOST/PATH@REF``) are what provenance uses; Fulcio's claims
and people leave parts of that out. What is compared is ``https://HOST/PATH``, letter by letter.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BRANCH, TAG = "refs/heads/", "refs/tags/"

_SCHEMES = ("git+https://", "https://", "gs://")
_EXPECTED = re.compile(r"(?:https://[A-Za-z0-9.-]+(?::[0-9]+)?|gs:/)(?:/[A-Za-z0-9._~-]+)+")


class Location(NamedTuple):
    """A repository as ``https://HOST/PATH`` and the ref that was named with it."""

    repository: str
    ref: str | None = None

    @classmethod
    def parse(cls, text: str) -> Location:
        """Take a URI of provenance apart. What is no repository comes back as it is, equal to none.

        The first ``@`` ends the path: no path holds one, while a ref may. Cloud Storage names a
        generation after ``#``.
        """
        address = text.removeprefix("git+")
        if not text.startswith(_SCHEMES):
            return cls(text)
        mark = "#" if address.startswith("gs://") else "@"
        path, _, ref = address.partition(mark)
        return cls(path.removesuffix(".git"), (ref or None) if mark == "@" else None)


def expected_repository(text: str) -> str:
    """Return the repository that a person names; raise ``ValueError`` for anything else.

    A scheme may be left out: ``github.com/org/app``. A ref is no part of it.
    """
    address = text.removeprefix("git+")
    if "://" not in address:
        address = f"https://{address}"
    address = address.removesuffix("/").removesuffix(".git")
    if not _EXPECTED.fullmatch(address):
        raise ValueError(f"{text!r} is not a repository such as github.com/org/app, without a ref")
    return address


def expected_ref(text: str, prefix: str) -> str:
    """Return the full ref of a branch or tag (``prefix``); raise ``ValueError`` if it is another.

    Provenance names refs in full, so that a branch called like a tag is never taken for it.
    """
    if text.startswith("refs/") and not text.startswith(prefix):
        raise ValueError(f"{text!r} is not under {prefix}")
    name = text.removeprefix(prefix)
    if not name or name != name.strip():
        raise ValueError(f"{text!r} names no ref")
    return prefix + name
