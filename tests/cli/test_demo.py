"""``attest demo``: it passes, and every way of breaking it is refused for the right reason."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from attest.cli.demo_break import BREAKS
from tests.cli.command import assert_refused, attest, attest_process, snapshot

EXPECTED = {
    "signature": (4, "SIGNATURE_INVALID"),
    "identity": (4, "IDENTITY_MISMATCH"),
    "policy": (4, "DIGEST_MISMATCH"),
    "scan": (4, "SIGNATURE_INVALID"),
    "loop": (6, "OUT_OF_FUEL"),
}


def test_it_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = attest("demo", "-o", "json")
    assert ran.code == 0, ran
    report = ran.document
    assert report["weakened"] == []
    assert {line["outcome"] for line in report["results"]} == {"passed"}
    assert all(line["met"] for line in report["requirements"])
    assert snapshot(tmp_path) == {}


def test_the_fixture_states_no_time_and_no_weakening() -> None:
    """It passes next year too."""
    ran = attest("demo", "-o", "json")
    assert not any(line["requirement"].count("old") for line in ran.document["requirements"])


@pytest.mark.parametrize("part", sorted(EXPECTED))
def test_a_broken_part_is_refused(part: str) -> None:
    ran = attest("demo", "--break", part, "-o", "json")
    exit_code, code = EXPECTED[part]
    assert (ran.code, ran.document["reason"]["code"]) == (exit_code, code)
    assert ran.err.startswith("attest demo: ")
    assert ran.document["reason"]["hint"]


def test_every_part_that_can_be_broken_is_tried() -> None:
    assert EXPECTED.keys() == BREAKS.keys()


def test_another_part() -> None:
    assert_refused(attest("demo", "--break", "everything"), 2, "OPTION_INVALID")


def test_as_a_process(tmp_path: Path) -> None:
    ran = attest_process("demo", "--break", "identity", cwd=tmp_path)
    assert ran.code == 4
    assert "IDENTITY_MISMATCH" in ran.out
    assert snapshot(tmp_path) == {}
