"""Verification summaries: what a consumer needs is there, or they are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from attest.decode import decode, summary
from attest.model.material import Kind
from attest.model.provenance import Summary
from tests.decode.making import refused, signed
from tests.summaries import OLDER, OLDER_SVR, SVR, VSA, older, svr, vsa


@pytest.mark.parametrize(
    ("predicate", "kind", "expected"),
    [
        (vsa(), VSA, Kind.VSA),
        (older(), OLDER, Kind.VSA),
        (svr(), SVR, Kind.SVR),
        (svr(verifier={"id": "v"}), OLDER_SVR, Kind.SVR),
    ],
)
def test_a_summary_is_read(predicate: Any, kind: str, expected: Kind) -> None:
    material = decode(signed(predicate, kind))
    assert material.kind is expected
    assert material.completed_at == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert material.unsound is None
    assert isinstance(material.stated, Summary)
    assert material.stated.passed


@pytest.mark.parametrize(
    "said", [(vsa(verificationResult="FAILED"), VSA), (older(verification_result="FAILED"), OLDER)]
)
def test_a_summary_that_failed_proves_nothing(said: tuple[Any, str]) -> None:
    found = decode(signed(*said)).unsound
    assert found is not None
    assert found.code == "SUMMARY_FAILED"


@pytest.mark.parametrize(
    "changes",
    [
        {"verifier": None},
        {"verifier": {}},
        {"verifier": {"id": ""}},
        {"timeVerified": None},
        {"timeVerified": "2026-05-04T09:30:00"},
        {"timeVerified": 5},
        {"resourceUri": None},
        {"resourceUri": ""},
        {"policy": None},
        {"policy": {}},
        {"policy": {"uri": "x", "digest": {"sha256": "AB" * 32}}},
        {"policy": {"uri": "x", "digest": {"sha256": "ab"}}},
        {"verificationResult": None},
        {"verificationResult": "passed"},
        {"verificationResult": "WARNED"},
        {"verifiedLevels": None},
        {"verifiedLevels": "SLSA_BUILD_LEVEL_3"},
        {"verifiedLevels": [3]},
        {"verifiedLevels": ["FAILED"]},
        {"dependencyLevels": []},
        {"dependencyLevels": {"SLSA_BUILD_LEVEL_3": -1}},
        {"dependencyLevels": {"SLSA_BUILD_LEVEL_3": True}},
        {"dependencyLevels": {"SLSA_BUILD_LEVEL_3": "3"}},
    ],
)
def test_a_malformed_summary_is_refused(changes: Any) -> None:
    refused("SUMMARY_INVALID", summary.read_v1, vsa(**changes))


@pytest.mark.parametrize(
    ("read", "predicate"),
    [
        (summary.read_v1, None),
        (summary.read_v1, older()),
        (summary.read_v02, vsa()),
        (summary.read_v02, older(policy_level=None)),
        (summary.read_v02, older(policy_level="FAILED")),
        (summary.read_svr_v02, svr(verifier={"id": "v"})),
        (summary.read_svr_v02, svr(verifier={"id": "v", "policies": ["x"]})),
        (summary.read_svr_v02, svr(properties=None)),
        (summary.read_svr_v02, svr(timeCreated="yesterday")),
        (summary.read_svr_v01, svr(properties=[""])),
        (summary.read_svr_v01, []),
    ],
)
def test_another_version_s_members_do_not_do(read: Any, predicate: Any) -> None:
    refused("SUMMARY_INVALID", read, predicate)
