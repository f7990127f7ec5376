"""The lock file: one form, read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.digest import Digest
from attest.model.lock import SCHEMA, Lock, Locked

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas" / "lock.schema.json"
DIGEST = Digest.of(b"")
LOCK = Lock({"oci:h.test/r:v1": Locked(DIGEST, "1.4.0"), "oci-layout:p:b": Locked(DIGEST)})


def written(**change: Any) -> bytes:
    return json.dumps({"schema": SCHEMA, "references": {}, **change}).encode()


def test_it_reads_what_it_writes() -> None:
    assert Lock.parse(LOCK.text()) == LOCK


def test_equal_locks_give_equal_bytes() -> None:
    other = Lock(dict(sorted(LOCK.references.items(), reverse=True)))
    assert other.text() == LOCK.text()
    assert LOCK.text().endswith(b"}\n")


def test_the_published_schema_describes_it() -> None:
    schema = jsonschema_rs.validator_for(json.loads(PUBLISHED.read_text()))
    assert schema.is_valid(json.loads(LOCK.text()))
    assert schema.is_valid(json.loads(written()))
    assert not schema.is_valid(json.loads(written(references={"a": {"digest": "sha256:abc"}})))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        written(schema="attest/lock/v2"),
        written(more=1),
        written(references=[]),
        written(references={"oci:h.test/r:v1": str(DIGEST)}),
        written(references={"oci:h.test/r:v1": {}}),
        written(references={"oci:h.test/r:v1": {"digest": "sha256:abc"}}),
        written(references={"oci:h.test/r:v1": {"digest": str(DIGEST), "version": 1}}),
        written(references={"oci:h.test/r:v1": {"digest": str(DIGEST), "size": 1}}),
        b'{"schema": "attest/lock/v1", "references": {"a": 1, "a": 1}}',
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Lock.parse(content)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_noise_is_refused_as_such(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Lock.parse(content)
