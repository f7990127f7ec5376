"""A single file among the sources of evidence: as one in a folder, and it must be there."""

from __future__ import annotations

import json

import pytest

from attest.errors import FetchError
from fixtures.making.evidence import scan
from tests.gate import CLEAN, Gate


@pytest.fixture
def named(gate: Gate) -> Gate:
    """A gate that requires a scan, with one file as its only source."""
    gate.require()
    gate.evidence(CLEAN)
    gate.plan["evidence"]["sources"] = ["evidence/1.json"]
    return gate


@pytest.mark.parametrize("source", ["evidence/1.json", "file:evidence/1.json"])
def test_one_bundle(named: Gate, source: str) -> None:
    named.plan["evidence"]["sources"] = [source]
    report = named.run()
    assert (report.exit_code, report.reason.code) == (0, "PASSED")
    assert [line.source for line in report.evidence] == ["evidence/1.json"]


def test_several_bundles(named: Gate) -> None:
    named.case.files["evidence/1.json"] = CLEAN + b"\n" + CLEAN + b"\n"
    report = named.run()
    assert report.exit_code == 0
    assert len(report.evidence) == 2


@pytest.mark.parametrize(
    ("content", "decision"),
    [
        (CLEAN.replace(b'"sig":"ME', b'"sig":"MF', 1), 4),
        (json.dumps(scan()).encode(), 4),
        (b"just text", 3),
    ],
)
def test_what_is_no_evidence(named: Gate, content: bytes, decision: int) -> None:
    named.case.files["evidence/1.json"] = content
    assert named.run().exit_code == decision


def test_a_file_that_is_not_there(named: Gate) -> None:
    named.plan["evidence"]["sources"] = ["evidence/2.json"]
    with pytest.raises(FetchError) as refused:
        named.run()
    assert (refused.value.code, refused.value.exit_code) == ("FILE_NOT_FOUND", 2)
