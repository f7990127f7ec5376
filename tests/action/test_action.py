"""action.yml, step by step."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.action.runner import ACTION, ROOT, Job, Runner

FIXTURES = ROOT / "fixtures"


@pytest.fixture
def use(tmp_path: Path) -> Use:
    return Use(tmp_path)


class Use:
    """Uses the action on a copy of a fixture."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workspace = folder / "workspace"

    def __call__(self, case: str, **inputs: str) -> Job:
        """Gate a copy of ``case`` with these inputs."""
        shutil.copytree(FIXTURES / case, self.workspace)
        temp = self._folder / "temp"
        temp.mkdir()
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return Runner(self.workspace, temp, {"config": "attest.yaml"} | given).run()


def test_a_release_that_passes(use: Use) -> None:
    job = use("demo", sarif_path="report.sarif")
    assert (job.exit_code, job.outputs["verdict"], job.outputs["exit-code"]) == (0, "passed", "0")
    content = Path(job.outputs["report-path"]).read_bytes()
    assert job.outputs["report-digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert json.loads(content)["verdict"] == "passed"
    assert json.loads((use.workspace / "report.sarif").read_bytes())["version"] == "2.1.0"
    assert "app.tar.gz" in job.summary


def test_a_refused_release_reports_first_and_fails_last(use: Use) -> None:
    job = use("tampered-signature")
    assert (job.exit_code, job.outputs["verdict"], job.outputs["exit-code"]) == (4, "failed", "4")
    assert job.ran == ["Gate", "Summary", "Verdict"]
    assert r"SIGNATURE\_INVALID" in job.summary


def test_a_plan_that_is_refused_leaves_no_report_and_no_pass(use: Use) -> None:
    job = use("demo", config="missing.yaml")
    assert (job.exit_code, job.outputs["verdict"], job.outputs["report-path"]) == (2, "error", "")
    assert job.ran == ["Gate", "Verdict"]


def test_an_older_report_is_never_taken_for_this_one(use: Use, tmp_path: Path) -> None:
    stale = tmp_path / "stale.json"
    stale.write_text('{"verdict": "passed"}')
    job = use("demo", config="missing.yaml", report_path=str(stale))
    assert job.exit_code == 2
    assert not stale.exists()


@pytest.mark.parametrize("value", ["yes", "1", "true; touch owned", "$(touch owned)"])
def test_flags_are_true_or_false_and_nothing_else(use: Use, value: str) -> None:
    job = use("demo", offline=value)
    assert job.exit_code == 2
    assert not (use.workspace / "owned").exists()


def test_inputs_are_data_never_code(use: Use) -> None:
    job = use("demo", subjects="$(touch owned)\n--at=2020-01-01T00:00:00Z")
    assert job.exit_code == 2
    assert not (use.workspace / "owned").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_what_the_gate_prints_cannot_command_the_runner(use: Use) -> None:
    job = use("tampered-signature")
    stop = re.search(r"^::stop-commands::(attest-[0-9a-f]{32})$", job.log, re.MULTILINE)
    assert stop is not None
    assert f"\n::{stop[1]}::\n" in job.log


def test_no_summary_when_none_is_wanted(use: Use) -> None:
    job = use("demo", summary="false")
    assert job.summary == ""
    assert job.exit_code == 0


def test_another_plan_than_the_pinned_one_is_refused(use: Use) -> None:
    job = use("demo", plan_digest=f"sha256:{'0' * 64}")
    assert job.exit_code == 2
