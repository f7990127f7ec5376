"""What is asked for: a repository, a package, or one file of a release."""

from __future__ import annotations

import re
from typing import Self

from attest.errors import FetchError
from attest.model.frozen import frozen

FORMS = {
    "github": "github:OWNER/REPO",
    "npm": "npm:NAME@VERSION",
    "pypi": "pypi:NAME@VERSION or pypi:NAME@VERSION/FILE",
}
"""The places that have an API, and how each is written."""

_GITHUB = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100})")
_NPM_NAME = (
    r"(?P<name>(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]{0,212}/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]{0,213})"
)
_NPM = re.compile(_NPM_NAME + r"@(?P<version>[0-9][0-9A-Za-z.+-]{0,255})")
_PYPI = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?)"
    r"@(?P<version>[0-9vV][0-9A-Za-z.!+_-]{0,127})"
    r"(?:/(?P<file>[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}))?"
)
_PATTERNS = {"github": _GITHUB, "npm": _NPM, "pypi": _PYPI}


@frozen
class Endpoint:
    """An API: its base URL, and the environment variable with the token that it is shown."""

    base: str
    token_env: str = ""


@frozen
class Place:
    """A repository (``github``), or a package by name and version, for PyPI perhaps one ``file``.

    Every part is plain ASCII that can stand in a URL's path; ``/`` only stands where the form says.
    """

    scheme: str
    name: str
    version: str = ""
    file: str = ""

    @classmethod
    def parse(cls, scheme: str, locator: str) -> Self:
        """Parse what stands behind the scheme; raise REFERENCE_MALFORMED with the form expected."""
        match = _PATTERNS[scheme].fullmatch(locator)
        if match is None:
            message = f"expected {FORMS[scheme]}, seen {scheme}:{locator[:200]}"
            raise FetchError("REFERENCE_MALFORMED", message)
        return cls(scheme, **{key: value or "" for key, value in match.groupdict().items()})

    @property
    def per_artifact(self) -> bool:
        """Whether the API is asked about each artifact, instead of once."""
        return self.scheme == "github" or (self.scheme == "pypi" and not self.file)
