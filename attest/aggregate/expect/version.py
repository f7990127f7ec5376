"""Versions in tags (semver.org 2.0.0, with a ``v`` before them)."""

from __future__ import annotations

import re

_NUMBER = r"(?:0|[1-9][0-9]*)"
_VERSION = re.compile(
    rf"v(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER})(?:\.(?P<patch>{_NUMBER})"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)?)?",
    re.ASCII,
)


def within(tag: str, expected: str) -> bool:
    """Tell whether ``tag`` is the version ``expected``, as far as that goes.

    A pre-release is a version of its own and must be named; build metadata does not count.
    """
    seen, wanted = _VERSION.fullmatch(tag), _VERSION.fullmatch(expected)
    if seen is None or wanted is None or seen["pre"] != wanted["pre"]:
        return False
    return all(
        wanted[part] is None or wanted[part] == (seen[part] or "0")
        for part in ("major", "minor", "patch")
    )
