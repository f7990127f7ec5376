"""What somebody expects of evidence besides its signature (``expect:``, options of ``verify``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, fields

from attest.model.builder import Builder
from attest.model.digest import Digest
from attest.model.frozen import frozen


@frozen
class BuildExpectation:
    """What SLSA provenance must say, and the certificate that signed it.

    ``source`` is ``https://HOST/PATH``, ``branch`` and ``tag`` are full refs, ``versioned_tag``
    is ``vX[.Y[.Z]]``. ``builders`` are alternatives; none of them named does not restrict.
    """

    source: str | None = None
    branch: str | None = None
    tag: str | None = None
    versioned_tag: str | None = None
    builders: tuple[Builder, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)


@frozen
class GitHubExpectation:
    """What GitHub's certificate must say: ``repository`` and ``owner`` are URLs.

    ``workflow`` is the URL of the workflow that signed, with its ref where one is demanded.
    """

    owner: str | None = None
    repository: str | None = None
    workflow: str | None = None
    hosted: bool = False


@frozen
class SummaryExpectation:
    """Whose summary is taken for what; ``resource`` is ``None`` for an SVR, which names none."""

    verifier: str
    resource: str | None
    levels: tuple[str, ...] = ()
    dependency_levels: tuple[str, ...] = ()
    policy: Digest | None = None


@frozen
class Expectation:
    """All that is expected of one statement. Empty, it expects nothing."""

    build: BuildExpectation | None = None
    github: GitHubExpectation | None = None
    summary: SummaryExpectation | None = None

    def words(self) -> str:
        """Return all of it for a report: ``source …, branch …``; empty where nothing is."""
        parts = (self.build, self.github, self.summary)
        return ", ".join(word for part in parts if part is not None for word in _words(part))


def _words(part: BuildExpectation | GitHubExpectation | SummaryExpectation) -> Iterator[str]:
    for one in fields(part):
        value = getattr(part, one.name)
        name = one.name.replace("_", " ")
        if value is True:
            yield name
        elif isinstance(value, Mapping):
            yield from (f"input {key}={said}" for key, said in value.items())
        elif isinstance(value, tuple):
            yield from (f"{_SINGULAR.get(name, name)} {each}" for each in value)
        elif value not in {None, False}:
            yield f"{name} {value}"


_SINGULAR = {"builders": "builder", "levels": "level", "dependency levels": "dependencies"}
