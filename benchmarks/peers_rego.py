"""Rego beside conftest: ``python -m benchmarks.peers_rego``. The same policy on the same documents.

One large SARIF document, and a thousand small ones; whole processes, in turn.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import ATTEST, Command, Sample, compare, keeps, ratio, show

POLICY = """package main

deny contains msg if {
  some run in input.runs
  some result in run.results
  result.level == "error"
  result.ruleId == "R77"
  msg := sprintf("%s: %s", [result.ruleId, result.message.text])
}
"""
WALL = {"10 MB": 1.25, "50 MB": 1.25, "1,000 x 10 KB": 2.0}
"""What of conftest's wall time may be needed."""
PEAK = {"10 MB": 0.8, "50 MB": 0.8, "1,000 x 10 KB": 0.5}
"""What of conftest's memory the largest process may have."""
_SIZES = {"10 MB": 10_000_000, "50 MB": 50_000_000}
_MANY = 1_000
_RUNS = 5


def main(arguments: list[str]) -> bool:
    """Print the measurements; return whether the limits are kept."""
    if arguments[:1] == ["make"]:
        Path(arguments[1]).write_bytes(sarif(int(arguments[2])))
        return True
    if arguments:
        return _evaluate_all(Path(arguments[0]))
    if shutil.which("conftest") is None:
        print("\nnot measured: conftest is not in PATH (benchmarks/README.md)")
        return True
    kept = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "p.rego").write_text(POLICY)
        for name, size in _SIZES.items():
            _make(folder / "scan.sarif", size)
            kept = _one(name, folder) and kept
        many = folder / "many"
        many.mkdir()
        for number in range(_MANY):
            (many / f"{number}.json").write_bytes(sarif(10_000, number))
        ours = [sys.executable, "-m", "benchmarks.peers_rego", str(folder)]
        return _compare(f"{_MANY:,} x 10 KB", [ours], many, folder) and kept


def _make(path: Path, size: int) -> None:
    """Write a document in a process of its own: what this one holds counts as its children's."""
    line = [sys.executable, "-m", "benchmarks.peers_rego", "make", str(path), str(size)]
    subprocess.run(line, check=True)


def _one(name: str, folder: Path) -> bool:
    document = folder / "scan.sarif"
    ours = [ATTEST, "policy", "eval", str(folder / "p.rego"), str(document), "--memory", "1GiB"]
    return _compare(name, [ours], document, folder)


def _compare(name: str, ours: list[list[str]], documents: Path, folder: Path) -> bool:
    theirs = ["conftest", "test", "--parser", "json", "-p", str(folder / "p.rego"), str(documents)]
    commands = (Command("conftest test", [theirs]), Command("attest", ours))
    samples = compare(commands, runs=_RUNS, warmup=1)
    base, mine = samples["conftest test"], samples["attest"]
    show(f"Rego on SARIF, {name}", samples, "conftest test")
    fast = keeps(f"{name}: wall", ratio(mine, base), WALL[name])
    return keeps(f"{name}: largest process", _peak(mine, base), PEAK[name]) and fast


def _peak(mine: Sample, base: Sample) -> float:
    return mine.peak / base.peak


def _evaluate_all(folder: Path) -> bool:
    """Be the process that is measured: each document in an instance of its own (docs/adr/0007)."""
    from attest.evaluate import Evaluator, Settings
    from attest.model.digest import Digest
    from attest.model.policy import File, Policy
    from attest.model.verdict import Outcome

    code = (folder / "p.rego").read_bytes()
    policy = Policy("p", (File("p.rego", code),), Digest.of(code))
    documents = [path.read_bytes() for path in sorted((folder / "many").iterdir())]
    with Evaluator(jobs=2) as evaluator:
        settings = Settings(datetime(2026, 1, 2, tzinfo=UTC))
        decisions = evaluator.evaluate(policy, documents, settings)
    return all(one.outcome is Outcome.PASSED for one in decisions)


def sarif(size: int, seed: int = 0) -> bytes:
    """Return a SARIF document of about ``size`` bytes, without a finding that the policy names."""
    results = []
    rules = [{"id": f"R{n}", "properties": {"security-severity": "3.1"}} for n in range(20)]
    for number in range(seed, seed + max(1, (size - 1_200) // 375)):
        place = {
            "artifactLocation": {"uri": f"src/module_{number % 997}/file_{number}.c"},
            "region": {"startLine": number, "endLine": number + 3, "startColumn": number % 80},
        }
        results.append(
            {
                "ruleId": f"R{number % 20}",
                "ruleIndex": number % 20,
                "level": ("error", "warning", "note")[number % 3],
                "message": {"text": f"Something is wrong at place {number}, and this says what."},
                "locations": [{"physicalLocation": place}],
                "partialFingerprints": {"primaryLocationLineHash": f"{number * 7919:032x}:1"},
            }
        )
    run = {"tool": {"driver": {"name": "scanner", "rules": rules}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
