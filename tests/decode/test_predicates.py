"""The predicates that only exist inside statements: provenance, test results, waivers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from attest.decode import slsa, test_result, waiver
from tests.decode.making import refused

BUILD = {"buildType": "https://example.org/b", "externalParameters": {}}
RUN = {"builder": {"id": "https://example.org/builder"}}
V02 = {"buildType": "https://example.org/b", "builder": {"id": "https://example.org/builder"}}
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TESTS = {"result": "PASSED", "configuration": [{"name": "ci.yml"}]}
WAIVER = {
    "policy": "p",
    "rule": "r",
    "reason": "because",
    "expires": "2026-06-01T00:00:00Z",
    "issued": "2026-05-01T12:00:00Z",
}


def v1(build: Any = BUILD, run: Any = RUN) -> dict[str, Any]:
    return {"buildDefinition": build, "runDetails": run}


def test_provenance_states_when_the_build_finished() -> None:
    run = RUN | {"metadata": {"finishedOn": "2026-05-01T12:00:00Z"}}
    assert slsa.read_v1(v1(run=run)).completed_at == NOON
    old = V02 | {"metadata": {"buildFinishedOn": "2026-05-01T14:00:00+02:00"}}
    assert slsa.read_v02(old).completed_at == NOON
    assert slsa.read_v1(v1()).completed_at is None
    assert slsa.read_v02(V02).completed_at is None
    assert slsa.read_v02(V02 | {"metadata": {"buildFinishedOn": 5}}).completed_at is None


@pytest.mark.parametrize(
    "predicate",
    [
        None,
        {},
        v1(build=None),
        v1(build=BUILD | {"buildType": ""}),
        v1(build=BUILD | {"externalParameters": None}),
        v1(build=BUILD | {"resolvedDependencies": ["x"]}),
        v1(run=[]),
        v1(run={"builder": {}}),
        v1(run={"builder": {"id": 5}}),
        v1(run=RUN | {"metadata": []}),
    ],
)
def test_malformed_provenance_v1_is_refused(predicate: Any) -> None:
    refused("PROVENANCE_INVALID", slsa.read_v1, predicate)


@pytest.mark.parametrize(
    "predicate",
    [None, {}, V02 | {"buildType": 5}, V02 | {"builder": "x"}, V02 | {"materials": ["x"]}],
)
def test_malformed_provenance_v02_is_refused(predicate: Any) -> None:
    refused("PROVENANCE_INVALID", slsa.read_v02, predicate)


@pytest.mark.parametrize("result", ["PASSED", "WARNED"])
def test_a_run_that_did_not_fail_is_sound(result: str) -> None:
    assert test_result.read(TESTS | {"result": result}).unsound is None


@pytest.mark.parametrize("changes", [{"result": "FAILED"}, {"failedTests": ["test_a"]}])
def test_a_failed_run_meets_no_requirement(changes: dict[str, Any]) -> None:
    found = test_result.read(TESTS | changes).unsound
    assert found is not None
    assert found.code == "TEST_RESULT_FAILED"


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "passed"},
        {"result": None},
        {"result": ["PASSED"]},
        {"configuration": None},
        {"configuration": []},
        {"configuration": ["ci"]},
        {"passedTests": "x"},
        {"failedTests": [5]},
    ],
)
def test_a_malformed_test_result_is_refused(changes: dict[str, Any]) -> None:
    refused("TEST_RESULT_INVALID", test_result.read, TESTS | changes)


@pytest.mark.parametrize(
    "finding",
    [
        {"id": "CVE-2026-1", "purl": "pkg:npm/x"},
        {"id": "CVE-2026-1"},
        {"purl": "pkg:npm/x"},
        {"fingerprint": "abc"},
    ],
)
def test_a_waiver_names_a_finding(finding: dict[str, str]) -> None:
    assert waiver.read(WAIVER | {"finding": finding}).completed_at == NOON


def test_a_waiver_may_cover_a_rule() -> None:
    assert waiver.read(WAIVER).completed_at == NOON
    assert waiver.read({k: v for k, v in WAIVER.items() if k != "issued"}).completed_at is None


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": ""},
        {"rule": None},
        {"reason": 5},
        {"expires": "2026-06-01"},
        {"expires": "2026-06-01T00:00:00"},
        {"expires": "2026-06-31T00:00:00Z"},
        {"expires": None},
        {"issued": "yesterday"},
        {"finding": None},
        {"finding": {}},
        {"finding": {"id": ""}},
        {"finding": {"id": "x", "fingerprint": "y"}},
        {"finding": {"id": "x", "other": "y"}},
        {"finding": "CVE-2026-1"},
        {"only_until_fixed": True},
    ],
)
def test_a_malformed_waiver_is_refused(changes: dict[str, Any]) -> None:
    refused("WAIVER_INVALID", waiver.read, WAIVER | changes)
