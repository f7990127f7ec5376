"""in-toto statements (in-toto/attestation, spec/v1/statement.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from attest.signing.bundle import canonical

_TYPE = "https://in-toto.io/Statement/v1"


def subject(name: str, content: bytes) -> dict[str, object]:
    """Return the resource descriptor of an artifact with its SHA-256 digest."""
    return {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}


def statement(
    subjects: Sequence[Mapping[str, object]] | Mapping[str, bytes],
    predicate_type: str,
    predicate: object,
) -> bytes:
    """Return an in-toto statement v1 about ``subjects``.

    They are resource descriptors, or artifacts by name: ``{"app.tar.gz": content}``.
    """
    descriptors = (
        [subject(name, content) for name, content in subjects.items()]
        if isinstance(subjects, Mapping)
        else [dict(each) for each in subjects]
    )
    return canonical(
        {
            "_type": _TYPE,
            "subject": descriptors,
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )
