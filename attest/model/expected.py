"""Expectations as people write them, in plans and on the command line.

Each function returns what is compared and raises ``ValueError`` for what can mean nothing.
"""

from __future__ import annotations

import re

from attest.model.builder import GITHUB, WORKFLOWS, Builder
from attest.model.repository import BRANCH, TAG, expected_ref, expected_repository

_NAME = r"[A-Za-z0-9._-]+"
_OWNER = re.compile(_NAME)
_REPOSITORY = re.compile(f"{_NAME}/{_NAME}")
_WORKFLOW = re.compile(rf"{_NAME}/{_NAME}{WORKFLOWS}{_NAME}")
_VERSION = re.compile(
    r"v[0-9]+(?:\.[0-9]+(?:\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)?)?", re.ASCII
)

repository = expected_repository
builder = Builder.parse


def branch(text: str) -> str:
    """Read a branch, by its name or as ``refs/heads/NAME``."""
    return expected_ref(text, BRANCH)


def tag(text: str) -> str:
    """Read a tag, by its name or as ``refs/tags/NAME``."""
    return expected_ref(text, TAG)


def version(text: str) -> str:
    """Read ``vX``, ``vX.Y`` or a full version."""
    if not _VERSION.fullmatch(text):
        raise ValueError(f"{text!r} is not a version such as v1, v1.2 or v1.2.3")
    return text


def github_owner(text: str) -> str:
    """Read an owner on GitHub."""
    return _on_github(text, _OWNER, "an owner on GitHub, such as org")


def github_repository(text: str) -> str:
    """Read a repository on GitHub: ``OWNER/REPO``."""
    return _on_github(text, _REPOSITORY, "a repository on GitHub, such as org/app")


def github_workflow(text: str) -> str:
    """Read a workflow on GitHub, with its ref where one is demanded."""
    path, at, ref = text.partition("@")
    shape = "a workflow on GitHub, such as org/app/.github/workflows/release.yml"
    if at and not ref.startswith("refs/"):
        raise ValueError(f"{text!r}: a ref is given in full, such as refs/tags/v1.2.3")
    return _on_github(path, _WORKFLOW, shape) + at + ref


def workflow_input(text: str) -> tuple[str, str]:
    """Read ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError(f"{text!r} is not NAME=VALUE")
    return name, value


def _on_github(text: str, shape: re.Pattern[str], what: str) -> str:
    path = text.removeprefix("https://").removeprefix("github.com/")
    if not shape.fullmatch(path):
        raise ValueError(f"{text!r} is not {what}")
    return GITHUB + path
