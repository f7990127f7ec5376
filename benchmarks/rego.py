"""Rego: ``python -m benchmarks.rego``. What one more document costs, everything being warm.

Each document is evaluated in an instance of its own (docs/adr/0007), in a worker process.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import UTC, datetime

from attest.evaluate import Evaluator, Settings
from attest.model.digest import Digest
from attest.model.policy import File, Policy
from attest.model.verdict import Outcome
from benchmarks.measure import ROOT, keeps

LIMIT = 2.0
"""Milliseconds for one document of 1 KB."""
_WORKERS = 2
_DOCUMENTS = 200
_RUNS = 7


def main() -> bool:
    """Print the measurement; return whether the limit is kept."""
    code = (ROOT / "fixtures/policies-src/scan-findings/scan_findings.rego").read_bytes()
    policy = Policy(
        "scan-findings", (File("scan_findings.rego", code),), Digest.of(code), chainloop=True
    )
    settings = Settings(datetime(2026, 1, 2, tzinfo=UTC), arguments={"severity": "high"})
    documents = [scan(number) for number in range(_DOCUMENTS)]
    spent = []
    with Evaluator(jobs=_WORKERS, progress=print) as evaluator:
        for _ in range(1 + _RUNS):
            began = time.perf_counter()
            decisions = evaluator.evaluate(policy, documents, settings)
            spent.append((time.perf_counter() - began) * 1e3 / _DOCUMENTS)
            if {decision.outcome for decision in decisions} != {Outcome.PASSED}:
                raise SystemExit(f"the policy did not pass: {decisions[0]}")
        processes = evaluator.processes
    inside = statistics.median(decision.usage.duration_ms for decision in decisions)
    print(f"\nRego on {_DOCUMENTS} documents of {len(documents[0])} bytes")
    print(f"  first time, with starting the workers: {spent[0]:.2f} ms each")
    print(
        f"  warm: {statistics.median(spent[1:]):.2f} ms each, of which inside a worker {inside:.2f}"
    )
    kept = keeps("one document", statistics.median(spent[1:]), LIMIT, " ms")
    return keeps("processes started", processes, _WORKERS, "") and kept


def scan(number: int) -> bytes:
    """Return a SARIF document of about 1 KB with one finding below the threshold."""
    rule = {"id": "py/empty", "properties": {"security-severity": "3.1"}}
    place = {"artifactLocation": {"uri": f"src/part_{number:03}.py"}, "region": {"startLine": 7}}
    found = {
        "ruleId": "py/empty",
        "message": {"text": "An empty handler hides what went wrong. " * 15},
        "locations": [{"physicalLocation": place}],
    }
    run = {"tool": {"driver": {"name": "scanner", "rules": [rule]}}, "results": [found]}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


if __name__ == "__main__":
    sys.exit(not main())
