"""Runs the steps of a composite action in bash, as GitHub's runner does, with files of its own."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


@dataclass
class Job:
    """What became of one use of the action."""

    exit_code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)


class Runner:
    """Runs the action in ``workspace``; installing is stood in for by this very environment."""

    def __init__(self, workspace: Path, temp: Path, inputs: dict[str, str]) -> None:
        self._workspace = workspace
        self._temp = temp
        defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        self._inputs = defaults | inputs
        self._steps: dict[str, dict[str, str]] = {}
        self._install()

    def run(self) -> Job:
        """Run every step whose condition holds, like the runner: a failed step fails the job."""
        job = Job()
        for step in ACTION["runs"]["steps"]:
            if "install" in step["run"] or not self._holds(step.get("if", "success()"), job):
                continue
            self._step(step, job)
        job.outputs = {
            name: self._expand(each["value"]) for name, each in ACTION["outputs"].items()
        }
        return job

    def _step(self, step: dict[str, Any], job: Job) -> None:
        output, summary = self._temp / "output", self._temp / "summary"
        output.write_text("")
        summary.touch()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._temp),
            # Compiled code and the secret that its name is made with: both, or it is made anew.
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
            "XDG_STATE_HOME": os.environ.get("XDG_STATE_HOME", str(Path.home() / ".local/state")),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "RUNNER_TEMP": str(self._temp),
        }
        environment |= {name: self._expand(text) for name, text in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self._workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        job.ran.append(step["name"])
        job.log += done.stdout + done.stderr
        job.summary = summary.read_text()
        job.exit_code = job.exit_code or done.returncode
        if "id" in step:
            pairs = (line.partition("=") for line in output.read_text().splitlines())
            self._steps[step["id"]] = {name: value for name, _, value in pairs}

    def _holds(self, condition: str, job: Job) -> bool:
        """Evaluate the few forms of ``if`` that this action uses."""
        text = _EXPRESSION.sub(r"\1", condition)
        for term in map(str.strip, text.split("&&")):
            if term == "always()":
                continue
            if term == "success()":
                if job.exit_code:
                    return False
                continue
            left, operator, right = term.partition("==" if "==" in term else "!=")
            same = self._value(left.strip()) == right.strip().strip("'")
            if same != (operator == "=="):
                return False
        return True

    def _expand(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1]), str(text))

    def _value(self, path: str) -> str:
        if path.startswith("inputs."):
            return self._inputs[path.removeprefix("inputs.")]
        _, step, _, name = path.split(".")
        return self._steps.get(step, {}).get(name, "")

    def _install(self) -> None:
        folder = self._temp / "attest-venv" / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)
        command = folder / "attest"
        command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m attest "$@"\n')
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
