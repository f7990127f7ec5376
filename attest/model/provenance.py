"""What signed predicates say, in the terms that expectations are put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from attest.model.digest import Digest
from attest.model.frozen import frozen

VSA_V1 = "https://slsa.dev/verification_summary/v1"
VSA_V02 = "https://slsa.dev/verification_summary/v0.2"
SVR_V01 = "https://in-toto.io/attestation/svr/v0.1"
SVR_V02 = "https://in-toto.io/attestation/svr/v0.2"


class Stated(NamedTuple):
    """A value and the place in the predicate where it stands (a JSON pointer)."""

    value: str
    at: str


@frozen
class Provenance:
    """SLSA provenance as its build type defines it.

    ``repositories``, ``refs`` and ``commits`` hold every place that names the source of the build;
    they must agree. ``builder`` is ``builder.id``. ``inputs`` are those of a workflow that a person
    started, ``None`` for any other event. ``base`` is the branch that a tag was made on, as the
    event tells. ``read`` is false when the build type is not one whose fields are known.
    """

    predicate_type: str
    builder: str
    build_type: str
    read: bool = True
    repositories: tuple[Stated, ...] = ()
    refs: tuple[Stated, ...] = ()
    commits: tuple[Stated, ...] = ()
    inputs: Mapping[str, str] | None = None
    base: str | None = None


@frozen
class Summary:
    """A verifier's word for an artifact: a VSA (slsa.dev) or an SVR (in-toto).

    ``resource`` and ``policy`` are a VSA's alone; ``levels`` are an SVR's properties.
    ``dependencies`` counts them by level, ``None`` where the summary says nothing about them.
    """

    predicate_type: str
    verifier: str
    passed: bool
    levels: tuple[str, ...]
    resource: str | None = None
    policy: tuple[Digest, ...] = ()
    dependencies: Mapping[str, int] | None = field(default=None)
