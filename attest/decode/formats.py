"""The registry of formats, and which one a document is of."""

from __future__ import annotations

from typing import Any

from attest.decode import cyclonedx, in_toto, sarif, slsa, spdx, summary, test_result, waiver
from attest.decode.base import Facts, Format
from attest.decode.statement import SIGNING_PREDICATES, Statement
from attest.model.material import Kind

FORMATS: tuple[Format, ...] = (
    sarif.FORMAT,
    cyclonedx.FORMAT,
    spdx.FORMAT,
    slsa.V1,
    slsa.V02,
    slsa.V01,
    summary.VSA,
    summary.OLDER_VSA,
    summary.SVR,
    summary.OLDER_SVR,
    test_result.FORMAT,
    waiver.FORMAT,
)


def by_predicate_type(predicate_type: str) -> Format | None:
    """Return the format that statements of ``predicate_type`` carry, if it is a known one."""
    return next((known for known in FORMATS if known.claims(predicate_type)), None)


def by_marks(document: Any) -> Format | None:
    """Return the format that a bare document means to be of."""
    if not isinstance(document, dict):
        return None
    return next((known for known in FORMATS if known.marks(document)), None)


def by_kind(kind: Kind) -> Format | None:
    """Return the format of bare documents of ``kind``."""
    return next((known for known in FORMATS if known.bare and known.kind is kind), None)


def read_statement(statement: Statement) -> tuple[Kind, Facts, bool]:
    """Check a statement's predicate; return its kind, its facts, and whether it can stand alone.

    Raise `DecodeError` when it is not what its predicate type says. An unregistered predicate type
    is UNKNOWN: only a policy that names it looks at it.
    """
    known = by_predicate_type(statement.predicate_type)
    facts = known.read(statement.predicate) if known else Facts()
    in_toto.check(statement)
    if statement.predicate_type in SIGNING_PREDICATES:
        return Kind.SIGNATURE, facts, False
    return (known.kind, facts, known.bare) if known else (Kind.UNKNOWN, facts, False)
