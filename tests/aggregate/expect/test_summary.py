"""Summaries as evidence: the consumer's rules of the SLSA specification, each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from attest.aggregate.expect.summary import implies
from attest.model.digest import Digest
from attest.model.expectation import Expectation, SummaryExpectation
from tests.aggregate.expect.make import BY_KEY, material, outcome
from tests.summaries import OLDER, OLDER_SVR, POLICY, RESOURCE, SVR, VERIFIER, VSA, older, svr, vsa


def expecting(**expected: Any) -> Expectation:
    given = {"verifier": VERIFIER, "resource": RESOURCE, **expected}
    return Expectation(summary=SummaryExpectation(**given))


def judged(said: dict[str, Any], kind: str = VSA, **expected: Any) -> str:
    return outcome(expecting(**expected), material(said, BY_KEY, predicate_type=kind))


def test_a_summary_that_passed() -> None:
    assert judged(vsa()) == "met"
    assert judged(vsa(), levels=("SLSA_BUILD_LEVEL_1", "ORG_REVIEWED")) == "met"
    assert judged(vsa(), policy=POLICY) == "met"
    assert judged(vsa(), dependency_levels=("SLSA_BUILD_LEVEL_1",)) == "met"
    assert judged(older(), OLDER, levels=("SLSA_LEVEL_3",)) == "met"


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"verifier": {"id": f"{VERIFIER}/"}}, {}, "SUMMARY_VERIFIER"),
        ({"verifier": {"id": VERIFIER.upper()}}, {}, "SUMMARY_VERIFIER"),
        ({"resourceUri": f"{RESOURCE}-evil"}, {}, "SUMMARY_RESOURCE"),
        ({"resourceUri": "pkg:generic/ap"}, {}, "SUMMARY_RESOURCE"),
        ({"verificationResult": "FAILED"}, {}, "SUMMARY_FAILED"),
        ({}, {"levels": ("SLSA_BUILD_LEVEL_3",)}, "SUMMARY_LEVEL"),
        ({}, {"levels": ("SLSA_SOURCE_LEVEL_1",)}, "SUMMARY_LEVEL"),
        ({}, {"levels": ("SLSA_LEVEL_1",)}, "SUMMARY_LEVEL"),
        ({}, {"levels": ("ORG_REVIEWED", "ORG_RELEASED")}, "SUMMARY_LEVEL"),
        ({"verifiedLevels": []}, {"levels": ("SLSA_BUILD_LEVEL_0",)}, "SUMMARY_LEVEL"),
        ({}, {"dependency_levels": ("SLSA_BUILD_LEVEL_2",)}, "SUMMARY_DEPENDENCY_LEVEL"),
        ({"dependencyLevels": None}, {"dependency_levels": ("A",)}, "SUMMARY_DEPENDENCY_LEVEL"),
        ({"dependencyLevels": {}}, {"dependency_levels": ("A",)}, "SUMMARY_DEPENDENCY_LEVEL"),
        ({"dependencyLevels": {"A": 0}}, {"dependency_levels": ("A",)}, "SUMMARY_DEPENDENCY_LEVEL"),
        ({}, {"policy": Digest("sha256", "ee" * 32)}, "SUMMARY_POLICY"),
        ({"policy": {"uri": "x"}}, {"policy": POLICY}, "SUMMARY_POLICY"),
        ({"policy": {"uri": "x", "digest": {"sha1": "a"}}}, {"policy": POLICY}, "SUMMARY_POLICY"),
    ],
)
def test_each_rule_refuses_alone(changes: Any, expected: Any, code: str) -> None:
    assert judged(vsa(**changes), **expected) == code


def test_older_summaries() -> None:
    assert judged(older(verification_result="FAILED"), OLDER) == "SUMMARY_FAILED"
    assert judged(older(), OLDER, levels=("SLSA_LEVEL_4",)) == "SUMMARY_LEVEL"
    assert judged(older(), OLDER, levels=("SLSA_BUILD_LEVEL_1",)) == "SUMMARY_LEVEL"
    assert judged(older(resource_uri="x"), OLDER) == "SUMMARY_RESOURCE"


def test_results_of_in_toto() -> None:
    expected: Any = {"resource": None, "levels": ("ORG_REVIEWED", "SLSA_BUILD_LEVEL_1")}
    assert judged(svr(), SVR, **expected) == "met"
    assert judged(svr(verifier={"id": VERIFIER}), OLDER_SVR, **expected) == "met"
    assert judged(svr(properties=[]), SVR, **expected) == "SUMMARY_LEVEL"
    other = svr(verifier={"id": "x", "policies": []})
    assert judged(other, SVR, **expected) == "SUMMARY_VERIFIER"


def test_one_kind_is_not_taken_for_another() -> None:
    assert judged(svr(), SVR) == "EXPECT_PREDICATE"
    assert judged(vsa(), VSA, resource=None, levels=("ORG_REVIEWED",)) == "EXPECT_PREDICATE"
    assert judged(vsa(), "https://conforma.dev/verification_summary/v1") == "EXPECT_PREDICATE"


@pytest.mark.parametrize(
    ("seen", "expected", "holds"),
    [
        ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_3", True),
        ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_0", True),
        ("SLSA_BUILD_LEVEL_2", "SLSA_BUILD_LEVEL_3", False),
        ("SLSA_SOURCE_LEVEL_3", "SLSA_BUILD_LEVEL_1", False),
        ("SLSA_BUILD_LEVEL_10", "SLSA_BUILD_LEVEL_1", False),
        ("SLSA_BUILD_LEVEL_\u0663", "SLSA_BUILD_LEVEL_1", False),
        ("ORG_LEVEL_3", "ORG_LEVEL_1", False),
        ("ORG_X", "ORG_X", True),
    ],
)
def test_levels(seen: str, expected: str, holds: bool) -> None:  # noqa: FBT001  # a table's column
    assert implies(seen, expected) is holds
