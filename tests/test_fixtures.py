"""Every case of ``fixtures/`` gives the exit code and the reason that it expects."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from attest.reasons import REASONS
from attest.report.check import check
from attest.report.json import from_json
from fixtures import make
from tests.cli.command import Ran, attest, attest_process

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "docs" / "schemas" / "report.schema.json"
CASES = sorted(path.parent for path in make.ROOT.glob("*/expected.json"))
AS_PROCESSES = {"demo", "tampered-payload", "at-without-permission", "scan-missing", "policy-skips"}
"""Cases that are also run as a user runs them."""


def _words(folder: Path) -> tuple[dict[str, Any], list[str]]:
    expected = json.loads((folder / "expected.json").read_bytes())
    at = ["--at", expected["at"]] if "at" in expected else []
    return expected, ["gate", "-c", "attest.yaml", "-o", "json", *expected["args"], *at]


def _judge(expected: dict[str, Any], ran: Ran) -> None:
    """Compare a run with what its case expects."""
    assert REASONS[expected["code"]].exit_code == expected["exit_code"]
    assert ran.code == expected["exit_code"], ran
    assert "Traceback" not in ran.err
    if not ran.out:
        assert expected["exit_code"] == 2
        assert f"[{expected['code']}]" in ran.err
        return
    document = ran.document
    assert document["exit_code"] == ran.code
    assert document["reason"]["code"] == expected["code"], document["reason"]
    assert [str(error) for error in _schema().iter_errors(document)] == []
    check(from_json(ran.out.encode()))
    subjects = [line["exit_code"] for line in document["subjects"]]
    assert subjects
    assert any(subjects) == (expected["exit_code"] != 0)


@cache
def _schema() -> Any:
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_bytes()))


def test_there_are_cases() -> None:
    assert len(CASES) > 30
    assert {folder.name for folder in CASES} >= AS_PROCESSES


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    expected, words = _words(folder)
    _judge(expected, attest(*words, cwd=folder))


@pytest.mark.parametrize("name", sorted(AS_PROCESSES))
def test_case_as_a_process(name: str) -> None:
    folder = make.ROOT / name
    expected, words = _words(folder)
    _judge(expected, attest_process(*words, cwd=folder))


def test_a_case_may_stand_anywhere(tmp_path: Path) -> None:
    """Paths are relative to the plan: another current directory gives the same report."""
    folder = tmp_path / "somewhere else"
    shutil.copytree(make.ROOT / "critical-finding", folder)
    ran = attest("gate", "-c", folder / "attest.yaml", "-o", "json")
    assert ran.code == 1
    assert ran.document["reason"]["code"] == "POLICY_FAILED"
    assert str(tmp_path) not in json.dumps(ran.document["evidence"])


def test_fixtures_are_as_they_would_be_made(tmp_path: Path) -> None:
    names = make.write(tmp_path)
    assert sorted(names) == [folder.name for folder in CASES]
    assert [path for name in names for path in make.differences(name, tmp_path)] == []
