"""in-toto statements (in-toto/attestation, spec/v1/statement.md; v0.1 is still written by npm)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import field
from typing import Any

from attest.decode.json_text import parse_json
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.digest import HEX_LENGTHS, Digest
from attest.model.frozen import frozen
from attest.model.material import Subject
from attest.model.trust import Verified

V1 = "https://in-toto.io/Statement/v1"
V01 = "https://in-toto.io/Statement/v0.1"

SIGNING_PREDICATES = frozenset({"https://sigstore.dev/cosign/sign/v1"})
"""Statements that mean "I sign this", as `cosign sign` writes them since version 3."""

MAX_SUBJECTS = 1024
MAX_DIGESTS = 32

_SHAPE = "STATEMENT_SHAPE"
_PAYLOAD_TYPE = re.compile(r"application/vnd\.in-toto(?:\.[A-Za-z0-9][A-Za-z0-9._-]*)?\+json")
_ALIASES = {"type": "_type", "predicate_type": "predicateType"}
"""Spellings that protobuf's JSON form also accepts: with both present, parsers disagree."""


@frozen
class Statement:
    """A statement, strictly read.

    ``subjects`` holds those that a strong digest names; the others bind nothing and are left out.
    ``predicate`` is the parsed predicate, ``None`` when absent; ``predicate_bytes`` its exact bytes
    in the payload. ``document`` is the whole statement, parsed.
    """

    type: str
    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, Any] | None = field(repr=False)
    predicate_bytes: bytes = field(repr=False)
    document: dict[str, Any] = field(repr=False)


def of(verified: Verified, *, also: Collection[str] = ()) -> Statement:
    """Return the statement in a verified envelope; raise PAYLOAD_TYPE when it says it holds none.

    The payload type is what the signer said the bytes are (DSSE, protocol.md): bytes that were
    signed as something else are no statement, however much they look like one.
    """
    if not _PAYLOAD_TYPE.fullmatch(verified.payload_type):
        raise DecodeError(
            "PAYLOAD_TYPE",
            f"expected application/vnd.in-toto+json, seen {verified.payload_type[:80]!r}",
        )
    return parse(verified.payload, also=also)


def parse(payload: bytes, *, also: Collection[str] = ()) -> Statement:
    """Parse the payload of an envelope; raise `DecodeError` when it is not a sound statement.

    Unknown members are ignored, as the specification demands. Digests of weak or unknown algorithms
    are ignored too, except those that are ``also`` asked for; a malformed digest of a strong one is
    refused.
    """
    document = Shape(parse_json(payload), _SHAPE).object()
    for alias, name in _ALIASES.items():
        if alias in document.value:
            raise DecodeError(_SHAPE, f"/{alias}: expected the spelling {name!r} alone")
    kind = document.at("_type")
    if kind.value not in (V1, V01):
        raise kind.refuse(f"{V1} or {V01}")
    predicate_type = document.at("predicateType").text()
    predicate = document.at("predicate")
    if predicate.value is not None:
        predicate.object()
    return Statement(
        type=kind.value,
        subjects=_subjects(document.at("subject"), also, named=kind.value == V01),
        predicate_type=predicate_type,
        predicate=predicate.value,
        predicate_bytes=strict_json.members(payload).get("predicate", b""),
        document=document.value,
    )


def _subjects(subjects: Shape, also: Collection[str], *, named: bool) -> tuple[Subject, ...]:
    found = subjects.items()
    if not found:
        raise DecodeError("STATEMENT_NO_SUBJECT", "/subject: expected at least one, seen none")
    if len(found) > MAX_SUBJECTS:
        raise DecodeError(
            "STATEMENT_TOO_LARGE", f"/subject: {len(found):,} subjects, at most {MAX_SUBJECTS:,}"
        )
    read = [_subject(subject.object(), also, named=named) for subject in found]
    bound = tuple(subject for subject in read if subject.digests)
    if not bound:
        raise DecodeError(
            "SUBJECT_WEAK_DIGEST",
            f"/subject: expected a digest of {', '.join(HEX_LENGTHS)}, seen none",
        )
    return bound


def _subject(subject: Shape, also: Collection[str], *, named: bool) -> Subject:
    name = subject.at("name")
    if not isinstance(name.value, str) and (named or name.value is not None):
        raise name.refuse("a string")
    digests = subject.at("digest").object()
    if not digests.value:
        raise digests.refuse("at least one digest")
    if len(digests.value) > MAX_DIGESTS:
        raise DecodeError(
            "STATEMENT_TOO_LARGE",
            f"{digests.pointer}: {len(digests.value)} digests, at most {MAX_DIGESTS}",
        )
    read = (_digest(algorithm, digests.at(algorithm), also) for algorithm in digests.value)
    return Subject(name.value or None, tuple(digest for digest in read if digest is not None))


def _digest(algorithm: str, place: Shape, also: Collection[str]) -> Digest | None:
    value = place.text()
    if algorithm in also:
        return Digest(algorithm, value)
    if algorithm not in HEX_LENGTHS:
        return None
    try:
        return Digest.parse(f"{algorithm}:{value}")
    except ValueError as error:
        raise DecodeError("SUBJECT_DIGEST", f"{place.pointer}: {error}") from None
