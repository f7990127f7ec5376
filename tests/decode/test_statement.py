"""in-toto statements: strictly parsed, bounded, bound by strong digests alone."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode import statement
from attest.errors import DecodeError
from attest.model.digest import Digest
from tests.decode.making import SHA256, UNKNOWN_TYPE, V01, V1, refused, to_json
from tests.decode.making import statement as make


def test_names_that_are_no_digests_count_only_where_they_are_asked_for() -> None:
    about = [{"digest": {"gitCommit": "ab" * 20, "sha1": "ab" * 20}}]
    payload = to_json(make({}, subject=about))
    refused("SUBJECT_WEAK_DIGEST", statement.parse, payload)
    (found,) = statement.parse(payload, also={"gitCommit"}).subjects
    assert found.digests == (Digest("gitCommit", "ab" * 20),)


def parse(**changes: Any) -> statement.Statement:
    document = make({"a": 1}) | changes
    kept = {name: value for name, value in document.items() if value is not None}
    return statement.parse(to_json(kept))


@pytest.mark.parametrize("version", [V1, V01])
def test_both_versions_are_read(version: str) -> None:
    read = parse(_type=version)
    assert read.type == version
    assert read.predicate_type == UNKNOWN_TYPE
    assert read.subjects[0].name == "app.tar.gz"
    assert read.subjects[0].digests == (Digest("sha256", SHA256),)
    assert read.predicate == {"a": 1}


def test_the_predicate_is_the_exact_slice() -> None:
    payload = to_json(make({})).replace(b'"predicate": {}', b'"predicate":  { "n": 1.10 , "m":1e2}')
    assert statement.parse(payload).predicate_bytes == b'{ "n": 1.10 , "m":1e2}'


def test_unknown_members_are_ignored() -> None:
    assert parse(later="x").predicate == {"a": 1}


def test_no_predicate_is_legal() -> None:
    read = statement.parse(to_json(make(None)))
    assert (read.predicate, read.predicate_bytes) == (None, b"")


@pytest.mark.parametrize(
    "changes",
    [
        {"_type": "https://in-toto.io/Statement/v2"},
        {"_type": ["https://in-toto.io/Statement/v1"]},
        {"predicateType": ""},
        {"predicateType": 5},
        {"predicate": [1]},
        {"subject": {}},
        {"subject": ["x"]},
        {"subject": [{"name": "x"}]},
        {"subject": [{"name": "x", "digest": {}}]},
        {"subject": [{"name": 5, "digest": {"sha256": SHA256}}]},
        {"subject": [{"digest": {"sha256": 7}}]},
        {"_type": V01, "subject": [{"digest": {"sha256": SHA256}}]},
        {"type": V1},
        {"predicate_type": "https://example.org/other"},
    ],
)
def test_other_shapes_are_refused(changes: dict[str, Any]) -> None:
    refused("STATEMENT_SHAPE", parse, **changes)


@pytest.mark.parametrize("subject", [[], None])
def test_a_statement_about_nothing_is_refused(subject: Any) -> None:
    refused("STATEMENT_NO_SUBJECT", parse, subject=subject)


def test_weak_digests_do_not_bind() -> None:
    weak = {"name": "x", "digest": {"sha1": "a" * 40, "gitCommit": "b" * 40}}
    refused("SUBJECT_WEAK_DIGEST", parse, subject=[weak])
    strong = {"name": "y", "digest": {"sha1": "a" * 40, "sha256": SHA256}}
    read = parse(subject=[weak, strong])
    assert [(s.name, s.digests) for s in read.subjects] == [("y", (Digest("sha256", SHA256),))]


@pytest.mark.parametrize("value", [SHA256.upper(), SHA256[:-1], SHA256 + "0", "x" * 64])
def test_a_malformed_strong_digest_is_refused(value: str) -> None:
    refused("SUBJECT_DIGEST", parse, subject=[{"digest": {"sha256": value}}])


def test_subjects_and_digests_are_bounded() -> None:
    one = {"digest": {"sha256": SHA256}}
    assert len(parse(subject=[one] * 1024).subjects) == 1024
    refused("STATEMENT_TOO_LARGE", parse, subject=[one] * 1025)
    many = {f"weak{n}": "00" for n in range(31)} | {"sha256": SHA256}
    assert len(parse(subject=[{"digest": many}]).subjects) == 1
    refused("STATEMENT_TOO_LARGE", parse, subject=[{"digest": many | {"more": "00"}}])


@pytest.mark.parametrize(
    "payload", [b"", b"{", b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", b"\xff", b"NaN"]
)
def test_what_is_not_strict_json_is_refused(payload: bytes) -> None:
    refused("JSON_INVALID", statement.parse, payload)


def test_the_payload_is_bounded() -> None:
    refused("DOCUMENT_TOO_LARGE", statement.parse, b" " * (16 * 1024 * 1024 + 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(SHA256),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "digest", "sha256", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "_type": st.sampled_from([V1, V01]) | VALUES,
            "subject": VALUES,
            "predicateType": VALUES,
            "predicate": VALUES,
        },
    )
)
def test_any_json_is_read_or_refused(document: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        read = statement.parse(to_json(document))
        assert read.subjects
        assert all(subject.digests for subject in read.subjects)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    with contextlib.suppress(DecodeError):
        statement.parse(payload)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    predicate=st.dictionaries(st.text(max_size=5), VALUES, max_size=4),
    indent=st.none() | st.integers(0, 3),
    ascii_only=st.booleans(),
)
def test_the_slice_is_in_the_payload_and_means_the_predicate(
    predicate: dict[str, Any], indent: int | None, *, ascii_only: bool
) -> None:
    text = json.dumps(make(predicate), indent=indent, ensure_ascii=ascii_only)
    payload = text.encode("utf-8")
    read = statement.parse(payload)
    assert read.predicate_bytes in payload
    assert json.loads(read.predicate_bytes) == predicate
