"""What a verified artifact holds: one kind of evidence, checked by the format of that kind."""

from __future__ import annotations

from collections.abc import Collection

from attest.decode import statement
from attest.decode.base import Facts
from attest.decode.formats import by_kind, by_marks, read_statement
from attest.decode.json_text import parse_json
from attest.errors import DecodeError
from attest.model.material import Kind, Material, Subject
from attest.model.trust import Method, Verified

_NOTHING = b"null"
"""What a policy that asks for a bare signature receives: there is no document, only a signer."""


def decode(
    verified: Verified, *, declared: Kind | None = None, also: Collection[str] = ()
) -> Material:
    """Return the evidence that ``verified`` holds; raise `DecodeError` when it holds none.

    ``declared`` is the kind that the plan gives a document: the payload must be one, and it names
    no subject, since the plan says what it is about. An envelope must hold an in-toto statement. A
    message signature without ``declared`` is evidence that somebody signed those bytes. ``also``
    names what subjects may go by besides strong digests.
    """
    try:
        material = _decode(verified, declared, also)
    except DecodeError as error:
        error.where = error.where or str(verified.artifact.reference)
        raise
    if declared is not None and material.kind is not declared:
        raise DecodeError(
            "KIND_MISMATCH",
            f"the plan declares {declared}, the document is {material.kind}",
            where=str(verified.artifact.reference),
        )
    return material


def _decode(verified: Verified, declared: Kind | None, also: Collection[str]) -> Material:
    if verified.method is Method.ENVELOPE:
        return _from_statement(verified, also)
    if declared is not None:
        return _from_document(verified, declared)
    if verified.method is Method.MESSAGE:
        signed = (Subject(None, (verified.signed,)),)
        return Material(Kind.SIGNATURE, None, None, signed, _NOTHING, verified)
    raise DecodeError(
        "KIND_UNDECLARED", f"{verified.artifact.reference} is pinned, but nothing says what it is"
    )


def _from_statement(verified: Verified, also: Collection[str]) -> Material:
    read = statement.of(verified, also=also)
    kind, facts, bare = read_statement(read)
    return _material(
        verified,
        kind,
        facts,
        document=read.predicate_bytes if bare else verified.payload,
        predicate_type=read.predicate_type,
        subjects=read.subjects,
    )


def _from_document(verified: Verified, declared: Kind) -> Material:
    known = by_kind(declared)
    if known is None and declared is not Kind.UNKNOWN:
        raise DecodeError(
            "KIND_MISMATCH",
            f"{declared} always names its own subjects; only a file that names none is a document",
            hint="Give it as signed evidence, under `evidence.sources`.",
        )
    document = parse_json(verified.payload)
    marked = by_marks(document)
    if known is not None and marked is not None and marked is not known:
        raise DecodeError(
            "KIND_MISMATCH", f"the plan declares {declared}, the document is {marked.kind}"
        )
    facts = known.read(document) if known is not None else Facts()
    return _material(verified, declared, facts, document=verified.payload)


def _material(
    verified: Verified,
    kind: Kind,
    facts: Facts,
    *,
    document: bytes,
    predicate_type: str | None = None,
    subjects: tuple[Subject, ...] = (),
) -> Material:
    return Material(
        kind=kind,
        predicate_type=predicate_type,
        name=facts.name,
        subjects=subjects,
        document=document,
        verified=verified,
        completed_at=facts.completed_at,
        rules=facts.rules,
        unsound=facts.unsound,
        stated=facts.stated,
    )
