"""Many bundles: ``python -m benchmarks.trust``. A thousand different ones in one command."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ATTEST, Command, Sample, compare, keeps, show

COUNT = 1000
RATES = {"rekor-v1": 500, "rekor-v2-tsa": 250}
"""The least number of bundles per second of one core, by kind."""

TIMES_COSIGN = 20.0
_RUNS = 3
_WHO = [
    "--certificate-identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--certificate-oidc-issuer",
    "https://token.actions.githubusercontent.com",
]


def main() -> bool:
    """Print the rate of each kind and its ratio to cosign; return whether every limit is kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maker = [sys.executable, "-m", "benchmarks.bundles", name, str(COUNT)]
        subprocess.run(maker, check=True)
        kept = [_kind(folder, kind) for kind in RATES]
    return all(kept)


def _kind(folder: Path, kind: str) -> bool:
    many, one = f"{COUNT} bundles in one attest verify", "one cosign verify-blob"
    root = ["--trusted-root", str(folder / "root.json")]
    lines = str(folder / f"{kind}.jsonl")
    ours = [ATTEST, "verify", "--all", "--bundle", lines, *root, *_WHO, str(folder / "app")]
    commands = [Command(many, [ours])]
    if shutil.which("cosign"):
        bundle = ["--bundle", str(folder / f"{kind}.json")]
        peer = ["cosign", "verify-blob", *bundle, *root, *_WHO, str(folder / "app")]
        commands.append(Command(one, [peer]))
    samples = compare(commands, runs=_RUNS, warmup=1)
    show(kind, samples, many)
    kept = keeps(f"{kind}, CPU of a bundle", _each(samples[many]), 1e3 / RATES[kind], " ms")
    print(f"  {1e3 / _each(samples[many]):.0f} bundles per second of one core")
    if one not in samples:
        print("  cosign is not installed: not compared with it")
        return kept
    times = COUNT * statistics.median(samples[one].wall) / statistics.median(samples[many].wall)
    print(f"  {times:.0f} times faster than {COUNT} calls of cosign verify-blob")
    return keeps("cosign's share", TIMES_COSIGN / times, 1.0) and kept


def _each(sample: Sample) -> float:
    return statistics.median(sample.cpu) * 1e3 / COUNT


if __name__ == "__main__":
    sys.exit(not main())
