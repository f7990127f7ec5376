"""``attest gate``: options, streams and outputs around one verdict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from attest.report import FORMATS
from fixtures import make
from tests.cli.command import ATTEST, assert_refused, attest, attest_process, snapshot

GATE = ("gate", "-c", "attest.yaml")


def copy(name: str, folder: Path) -> Path:
    """Copy the case ``name``, to run it in."""
    place = folder / name
    shutil.copytree(make.ROOT / name, place)
    return place


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    return copy("critical-finding", tmp_path)


@pytest.fixture
def passing(tmp_path: Path) -> Path:
    return copy("pinned-document", tmp_path)


def test_the_plan_must_be_named(failing: Path) -> None:
    ran = attest("gate", cwd=failing)
    assert_refused(ran, 2, "CONFIG_MISSING")
    assert "-c attest.yaml" in ran.err


def test_the_report_is_on_standard_output_and_nothing_else(failing: Path) -> None:
    before = snapshot(failing)
    ran = attest_process(*GATE, "-o", "json", cwd=failing)
    assert ran.code == 1
    assert ran.document["exit_code"] == 1
    assert snapshot(failing) == before


def test_text_names_reason_and_hint(failing: Path) -> None:
    ran = attest(*GATE, cwd=failing)
    assert ran.code == 1
    assert "POLICY_FAILED" in ran.out
    assert "→" in ran.out
    assert "exit 1" in ran.out


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_exit_code_does_not_depend_on_the_format(failing: Path, fmt: str) -> None:
    ran = attest(*GATE, "-o", fmt, cwd=failing)
    assert ran.code == 1
    assert ran.out


def test_several_outputs(failing: Path) -> None:
    ran = attest(*GATE, "-o", "json=r.json", "-o", "sarif=r.sarif", "-o", "markdown", cwd=failing)
    assert ran.code == 1
    assert json.loads((failing / "r.json").read_bytes())["exit_code"] == 1
    assert json.loads((failing / "r.sarif").read_bytes())["version"] == "2.1.0"
    assert ran.out.startswith("#")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-o", "pdf"), "OUTPUT_UNKNOWN"),
        (("-o", "json", "-o", "text"), "OUTPUT_TWICE"),
        (("-o", "json=no/such/folder.json"), "OUTPUT_UNWRITABLE"),
        (("--jobs", "0"), "OPTION_INVALID"),
        (("--at", "yesterday"), "OPTION_INVALID"),
        (("--at", "2026-05-04T10:00:00"), "OPTION_INVALID"),
        (("--at", "2026-05-04T10:00:00Z"), "AT_NOT_ALLOWED"),
        (("--color", "blue"), "OPTION_INVALID"),
        (("--plan-digest", "sha256:abc"), "DIGEST_INVALID"),
        (("--plan-digest", f"sha256:{'0' * 64}"), "PLAN_DIGEST_MISMATCH"),
        (("--no-such-option",), "OPTION_INVALID"),
        (("dist/none",), "FILE_NOT_FOUND"),
        (("dist/app.tar.gz",), "SUBJECT_TWICE"),
        (("sha1:abc",), "DIGEST_INVALID"),
        (("oci:registry.test/app:latest",), "TAG_UNPINNED"),
        (("oci-layout:policies",), "DIGEST_REQUIRED"),
        (("dir:dist",), "CONFIG_VALUE"),
    ],
)
def test_requests_that_cannot_be_carried_out(
    failing: Path, words: tuple[str, ...], code: str
) -> None:
    before = snapshot(failing)
    assert_refused(attest(*GATE, *words, cwd=failing), 2, code)
    assert snapshot(failing) == before


def test_the_digest_of_the_plan(failing: Path) -> None:
    checked = attest("config", "check", "-c", "attest.yaml", cwd=failing)
    digest = checked.out.split()[-1]
    assert attest(*GATE, "--plan-digest", digest, cwd=failing).code == 1
    with (failing / "attest.yaml").open("a") as plan:
        plan.write("# a comment\n")
    assert_refused(attest(*GATE, "--plan-digest", digest, cwd=failing), 2, "PLAN_DIGEST_MISMATCH")


def test_the_same_inputs_give_the_same_bytes() -> None:
    """In two processes with two hash seeds, at one time, with one and with two workers."""
    folder = make.ROOT / "waived-finding"
    at = json.loads((folder / "expected.json").read_bytes())["at"]
    words = (*GATE, "--at", at, "-o", "json", "--reproducible")
    one, other = (
        attest_process(*words, "--jobs", n, cwd=folder, environment={"PYTHONHASHSEED": n})
        for n in ("1", "2")
    )
    assert one.code == 0
    assert one.out == other.out
    assert "duration_ms" not in one.out
    assert "--at" in {line["option"] for line in one.document["weakened"]}


def test_progress_is_for_terminals(failing: Path) -> None:
    assert attest(*GATE, cwd=failing).err == ""
    assert attest(*GATE, "-q", cwd=failing).err == ""


def test_colour(failing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in attest(*GATE, cwd=failing).out
    assert "\x1b" not in attest(*GATE, "--color", "never", cwd=failing).out
    assert "\x1b[" in attest(*GATE, "--color", "always", cwd=failing).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in attest(*GATE, cwd=failing).out
    assert "\x1b[" in attest(*GATE, "--color", "always", cwd=failing).out


# The environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATTEST_CONFIG", "attest.yaml"),
        ("ATTEST_GATE_CONFIG", "attest.yaml"),
        ("ATTEST_C", "attest.yaml"),
    ],
)
def test_no_plan_comes_from_the_environment(
    failing: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert attest("gate", cwd=failing).code == 2


def test_nothing_that_decides_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make.ROOT / "waived-finding"
    at = json.loads((folder / "expected.json").read_bytes())["at"]
    words = (*GATE, "--at", at, "-o", "json", "--reproducible")
    before = attest(*words, cwd=folder)
    for option in ("OFFLINE", "CROSS_CHECK", "PLAN_DIGEST", "ALLOW_TAG", "SUBJECTS", "DEBUG"):
        for prefix in ("ATTEST_", "ATTEST_GATE_"):
            monkeypatch.setenv(prefix + option, "1")
    monkeypatch.setenv("_ATTEST_COMPLETE", "bash_source")
    assert attest(*words, cwd=folder) == before


def test_no_time_comes_from_the_environment(failing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTEST_AT", "2026-05-04T10:00:00Z")
    assert attest(*GATE, cwd=failing).code == 1


def test_presentation_may_come_from_the_environment(
    failing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTEST_OUTPUT", "json")
    assert attest(*GATE, cwd=failing).document["exit_code"] == 1
    monkeypatch.setenv("ATTEST_OUTPUT", "text")
    monkeypatch.setenv("ATTEST_COLOR", "always")
    monkeypatch.setenv("ATTEST_JOBS", "1")
    ran = attest(*GATE, cwd=failing)
    assert ran.code == 1
    assert "\x1b[" in ran.out


# Output that does not arrive


def _closed_early(folder: Path) -> tuple[int, str]:
    """Run the gate with a reader that has gone; return the exit code and stderr."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(
            [ATTEST, *GATE], cwd=folder, stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    return ran.returncode, ran.stderr.decode()


def test_a_verdict_that_nobody_received_is_never_0(passing: Path) -> None:
    assert attest(*GATE, cwd=passing).code == 0
    code, err = _closed_early(passing)
    assert (code, "OUTPUT_FAILED" in err, "Traceback" in err) == (5, True, False)


def test_standard_output_that_was_closed_from_the_start(passing: Path) -> None:
    closed = ["sh", "-c", 'exec "$0" "$@" >&-', str(ATTEST), *GATE]
    ran = subprocess.run(closed, cwd=passing, capture_output=True, check=False)
    assert ran.returncode == 5
    assert b"OUTPUT_FAILED" in ran.stderr
    ran = subprocess.run([*closed, "-o", "json=r.json"], cwd=passing, check=False)
    assert ran.returncode == 0
    assert json.loads((passing / "r.json").read_bytes())["exit_code"] == 0


def test_a_full_disk(passing: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [ATTEST, *GATE], cwd=passing, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert ran.returncode == 5
    assert b"OUTPUT_FAILED" in ran.stderr
    assert attest(*GATE, "-o", "json=/dev/full", cwd=passing).code == 2
