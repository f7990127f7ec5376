"""Policies that real conftest pushes to real registries, decided by the gate."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from attest.fetch.manifest import MANIFEST
from attest.model.digest import Digest
from tests.e2e.registries import Repository
from tests.gate import CLEAN, Gate

CONFTEST = shutil.which("conftest")
REGO = """package main

deny contains message if {
	some run in input.runs
	not run.tool.driver.name in data.scanners
	message := sprintf("%v is no scanner of ours", [run.tool.driver.name])
}
"""

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(
        CONFTEST is None,
        reason="conftest is not on PATH: go install github.com/open-policy-agent/conftest@latest",
    ),
]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate with a clean scan, which it requires."""
    made = Gate(tmp_path / "decided")
    made.evidence(CLEAN)
    made.require()
    return made


def push(repository: Repository, folder: Path, scanner: str) -> Digest:
    """Push a policy with its data as conftest does; return the digest of its manifest."""
    (folder / "policy" / "release").mkdir(parents=True)
    (folder / "policy" / "release" / "scanner.rego").write_text(REGO)
    (folder / "policy" / "scanners.json").write_text(f'{{"scanners": ["{scanner}"]}}')
    ran = subprocess.run(
        [str(CONFTEST), "push", f"{repository.name}:v1", "--tls=false", "--policy", "policy"],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    host, _, path = repository.name.partition("/")
    request = urllib.request.Request(f"http://{host}/v2/{path}/manifests/v1")
    request.add_header("Accept", MANIFEST)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # loopback
        return Digest.of(answer.read())


@pytest.mark.parametrize(
    ("scanner", "exit_code", "code"),
    [("example-scanner", 0, "PASSED"), ("another-scanner", 1, "POLICY_FAILED")],
)
def test_what_conftest_pushes(
    repository: Repository, gate: Gate, tmp_path: Path, scanner: str, exit_code: int, code: str
) -> None:
    digest = push(repository, tmp_path / "pushed", scanner)
    gate.plan["policies"] = [{"source": repository.reference(digest), "unsigned": "pinned"}]
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (exit_code, code), report.reason
    (line,) = report.policies
    assert (line.engine.name, line.trust.status) == ("rego", "pinned")


def test_a_key_finds_no_signature_there(repository: Repository, gate: Gate, tmp_path: Path) -> None:
    digest = push(repository, tmp_path / "pushed", "example-scanner")
    source = repository.reference(digest)
    gate.plan["policies"] = [{"source": source, "signed_by": ["policy-team"]}]
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "POLICY_UNSIGNED")
