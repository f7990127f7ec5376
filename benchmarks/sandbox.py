"""The sandbox: ``python -m benchmarks.sandbox``. What its walls cost, and that they hold.

One document at a time through the same guest, in this process and in a jailed worker, in turn; how
long a policy that never ends outlives its second; whether the same question has the same answer.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from attest.evaluate import Settings
from attest.evaluate.host.job import Answer, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.runners import Task, load
from attest.evaluate.registry import Rego
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import File, Policy
from benchmarks.measure import ROOT, in_turn, keeps
from benchmarks.rego import scan

ISOLATION = 1.0
"""Milliseconds that a worker may add to one evaluation."""
KILL = 1.2
"""Seconds until a policy with a limit of one second must be gone."""
_TURNS, _KILLS, _AGAIN, _AT_ONCE = 300, 5, 100, 400
_AT = datetime(2026, 1, 2, tzinfo=UTC)
_ENDLESS = b"""package endless
n := numbers.range(1, 5000)
deny contains "never" if { some a in n; some b in n; some c in n; a + b == c * 100000 }
"""


class _Listening(Pool):
    """A pool that keeps the last job."""

    job: Job

    def run(self, job: Job) -> tuple[Answer, ...]:
        """Run it as ever."""
        self.job = job
        return super().run(job)


def main() -> bool:
    """Print the measurements; return whether every limit is kept."""
    print("\nThe sandbox, warm")
    kept = [_isolation(), _kill(), _same()]
    return all(kept)


def _isolation() -> bool:
    with _Listening(1) as pool:
        _ask(pool, scan(0))
        job = pool.job
        from attest.evaluate.host.machine import load_module

        here = load(job.runner, [load_module(f"/dev/fd/{one.descriptor}") for one in job.modules])
        task = Task(job.request, job.documents[0], job.limits, job.at_ns)
        inside = in_turn(lambda: here.evaluate(task), lambda: pool.run(job), runs=_TURNS, warmup=20)
    print(f"  in this process {inside[0]:.2f} ms, in a worker {inside[1]:.2f} ms")
    return keeps("isolation, an evaluation", inside[1] - inside[0], ISOLATION, " ms")


def _kill() -> bool:
    endless = Policy("endless", (File("endless.rego", _ENDLESS),), Digest.of(_ENDLESS))
    settings = Settings(_AT, Limits(timeout=1.0, fuel=1 << 62))
    spent = []
    with Pool(1) as pool:
        for _ in range(_KILLS):
            _ask(pool, scan(0))  # a warm worker takes the endless policy
            began = time.perf_counter()
            (answer,) = Rego().ask(endless, [b"{}"], settings, pool)
            spent.append(time.perf_counter() - began)
            if answer.code != "TIMEOUT":
                raise SystemExit(f"the endless policy answered: {answer}")
    return keeps("a policy that never ends is gone after", max(spent), KILL, " s")


def _same() -> bool:
    """Ask the same question again and again, and in two workers at once."""
    with Pool(1) as one, Pool(2) as two:
        answers = (*_ask(one, *[scan(0)] * _AGAIN), *_ask(two, *[scan(0)] * _AT_ONCE))
        if two.spawned != 2:  # noqa: PLR2004  # as many as there are cores to run on
            raise SystemExit(f"{two.spawned} workers for {_AT_ONCE} documents")
    different = {(answer.status, answer.body, answer.fuel) for answer in answers}
    print(f"  {_AGAIN} times in one worker, {_AT_ONCE} times in two: {answers[0].fuel} fuel each")
    return keeps("different answers", len(different), 1, "")


def _ask(pool: Pool, *documents: bytes) -> tuple[Answer, ...]:
    code = (ROOT / "fixtures/policies-src/scan-findings/scan_findings.rego").read_bytes()
    policy = Policy(
        "scan-findings", (File("scan_findings.rego", code),), Digest.of(code), chainloop=True
    )
    return Rego().ask(policy, documents, Settings(_AT, arguments={"severity": "high"}), pool)


if __name__ == "__main__":
    sys.exit(not main())
