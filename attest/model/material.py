"""Trusted evidence in the shape that policies read."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.provenance import Provenance, Summary
from attest.model.trust import Verified
from attest.reasons import REASONS


class Kind(enum.StrEnum):
    """What a piece of evidence is; names as in Chainloop's material types where it has one."""

    SARIF = "SARIF"
    SBOM_CYCLONEDX_JSON = "SBOM_CYCLONEDX_JSON"
    SBOM_SPDX_JSON = "SBOM_SPDX_JSON"
    SLSA_PROVENANCE = "SLSA_PROVENANCE"
    TEST_RESULT = "TEST_RESULT"
    VSA = "VSA"
    SVR = "SVR"
    WAIVER = "WAIVER"
    SIGNATURE = "SIGNATURE"
    UNKNOWN = "UNKNOWN"


@frozen
class Subject:
    """An artifact that a statement is about (in-toto Statement v1, ``subject``).

    Only digests of strong algorithms are kept: they alone bind.
    """

    name: str | None
    digests: tuple[Digest, ...]

    def names(self, digests: Iterable[Digest]) -> bool:
        """Tell whether this is what has ``digests``: one is equal, and none contradicts."""
        known = {digest.algorithm: digest for digest in digests}
        shared = [digest for digest in self.digests if digest.algorithm in known]
        return bool(shared) and all(known[digest.algorithm] == digest for digest in shared)


@frozen
class Problem:
    """A refusal in three parts: a stable code, what was expected and seen, what to do about it."""

    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, code: str, message: str) -> Problem:
        """Return a refusal with the cure that belongs to its registered code."""
        return cls(code, message, REASONS[code].cure)


@frozen
class Material:
    """One decoded document and what it speaks about.

    ``document`` is the exact slice of the verified bytes that a policy receives. ``completed_at``
    is the completion time in the signed content. ``rules`` are the checks that were executed, not
    merely listed. ``unsound`` says why the document, though well formed, proves nothing (a scan
    that failed): it may be judged, but it meets no requirement. ``stated`` is what provenance and
    summaries say, in the terms of expectations.
    """

    kind: Kind
    predicate_type: str | None
    name: str | None
    subjects: tuple[Subject, ...]
    document: bytes = field(repr=False)
    verified: Verified
    completed_at: datetime | None = None
    rules: frozenset[str] = frozenset()
    unsound: Problem | None = None
    stated: Provenance | Summary | None = None
