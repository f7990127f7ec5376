"""Builders that are trusted by what their projects publish, and the rules for their refs.

A builder on GitHub is a reusable workflow: the certificate's subject is the workflow that was
called, at the ref it was called by. Sources, read 2026-11-21:

- slsa-framework/slsa-github-generator README.md, "Builders", "Provenance-only generators" and
  "Referencing SLSA builders and generators" (by a tag ``vX.Y.Z``, nothing shorter);
- its BYOB.md (a builder delegates to ``delegator_…``, whose certificate signs; ``builder.id`` is
  the workflow that delegated);
- slsa-framework/slsa-verifier README.md, "Verification for GitHub builders", "npm packages" and
  "Verification for Google Cloud Build";
- npm/provenance, and docs.npmjs.com "Generating provenance statements" (``actions/runner``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from attest.model.repository import TAG

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITHUB = "https://github.com/"
WORKFLOWS = "/.github/workflows/"

_GENERATOR = f"{GITHUB}slsa-framework/slsa-github-generator{WORKFLOWS}"

DIRECT = tuple(
    _GENERATOR + name
    for name in (
        "builder_go_slsa3.yml",
        "generator_generic_slsa3.yml",
        "generator_container_slsa3.yml",
        "builder_container-based_slsa3.yml",
        "builder_docker-based_slsa3.yml",
    )
)
"""Generators that sign for themselves; ``docker-based`` is an older name of ``container-based``."""

DELEGATORS = tuple(
    _GENERATOR + name
    for name in ("delegator_generic_slsa3.yml", "delegator_lowperms-generic_slsa3.yml")
)
"""Generators that sign for a builder which delegates to them and stands in ``builder.id``."""

DELEGATED = tuple(
    _GENERATOR + name
    for name in (
        "builder_maven_slsa3.yml",
        "builder_gradle_slsa3.yml",
        "builder_nodejs_slsa3.yml",
        "builder_bazel_slsa3.yml",
    )
)
"""Builders of the same project that delegate."""

RUNNER = f"{GITHUB}actions/runner"
HOSTED, SELF_HOSTED = f"{RUNNER}/github-hosted", f"{RUNNER}/self-hosted"
"""What npm's own client states: the runner, not a workflow; ``RUNNER`` alone was GitHub's own."""

GOOGLE = "https://cloudbuild.googleapis.com/GoogleHostedWorker"

_RELEASE = re.compile(rf"{TAG}v(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){{2}}")


class Builder(NamedTuple):
    """A builder, and its ref where one is demanded: in full, or as provenance versions it."""

    id: str
    ref: str | None = None

    @classmethod
    def parse(cls, text: str) -> Builder:
        """Parse ``ID[@REF]``; a tag on GitHub need not be written out. Raise ``ValueError``."""
        name, at, ref = text.partition("@")
        if not name.startswith("https://") or " " in name or (at and not ref):
            raise ValueError(f"{text!r} is not a builder such as https://HOST/PATH[@REF]")
        if ref and WORKFLOWS in name and not ref.startswith("refs/"):
            ref = TAG + ref
        return cls(name, ref or None)

    def __str__(self) -> str:
        return f"{self.id}@{self.ref}" if self.ref else self.id


TRUSTED = tuple(Builder(name) for name in (*DIRECT, *DELEGATED))
"""Who is believed to build when nobody is named: at release tags alone."""


def split_ref(identity: str) -> tuple[str, str | None]:
    """Return a workflow or builder without its ref, and the ref."""
    name, _, ref = identity.partition("@")
    return name, ref or None


def is_release(ref: str | None) -> bool:
    """Tell whether ``ref`` is a tag ``vX.Y.Z``, with neither pre-release nor build metadata."""
    return ref is not None and _RELEASE.fullmatch(ref) is not None


def is_delegator(identity: str) -> bool:
    """Tell whether ``identity`` is a generator that signs for others, at a release."""
    name, ref = split_ref(identity)
    return name in DELEGATORS and is_release(ref)
