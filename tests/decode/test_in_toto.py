"""The in-toto-attestation package as a second opinion: its disagreement is a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from attest.decode import in_toto, statement
from tests.decode.making import SHA256, UNKNOWN_TYPE, V01, refused, to_json
from tests.decode.making import statement as make


def check(predicate: Any, predicate_type: str = UNKNOWN_TYPE, **changes: Any) -> None:
    in_toto.check(statement.parse(to_json(make(predicate, predicate_type, **changes))))


@pytest.mark.parametrize("predicate", [None, {}, {"a": 2**60}, {"unknown": {"deep": [1]}}])
def test_what_the_specification_allows_is_not_refused(predicate: Any) -> None:
    check(predicate)
    check(predicate, later="x")


def test_a_subject_of_another_type_is_refused() -> None:
    subject = [{"digest": {"sha256": SHA256}, "annotations": "not an object"}]
    refused("STATEMENT_SHAPE", check, {}, subject=subject)


def test_version_01_is_not_asked_about() -> None:
    subject = [{"name": "x", "digest": {"sha256": SHA256}, "annotations": "not an object"}]
    check({}, _type=V01, subject=subject)


@pytest.mark.parametrize(
    ("predicate_type", "predicate"),
    [
        (in_toto.PROVENANCE_V1, {"runDetails": {"metadata": {"finishedOn": "yesterday"}}}),
        (in_toto.PROVENANCE_V1, {"runDetails": {"builder": {"version": {"a": 5}}}}),
        (in_toto.PROVENANCE_V1, {"buildDefinition": {"internalParameters": 10**400}}),
        (in_toto.TEST_RESULT_V01, {"result": "PASSED", "url": 5}),
    ],
)
def test_a_predicate_that_breaks_its_definition_is_refused(
    predicate_type: str, predicate: dict[str, Any]
) -> None:
    refused("STATEMENT_SHAPE", check, predicate, predicate_type)
    check(predicate, UNKNOWN_TYPE)
