"""Start-up: ``python -m benchmarks.start``. What attest costs before and beside its work."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.demo import Demo
from benchmarks.measure import ATTEST, Command, compare, keeps, ratio, show

HELP_LIMIT = 2.0
VERIFY_LIMIT = 1.5
VERIFY_MEMORY = 60.0
_RUNS = 15


def main() -> bool:
    """Print both measurements; return whether every limit is kept."""
    helps = _help()
    return _verify() and helps


def _help() -> bool:
    click = "python -c 'import click'"
    commands = [Command("attest --help", [[ATTEST, "--help"]]), _python(click, "import click")]
    samples = compare(commands, runs=_RUNS)
    show("Start-up", samples, click)
    return keeps("attest --help", ratio(samples["attest --help"], samples[click]), HELP_LIMIT)


def _verify() -> bool:
    floor = "python -c 'import click, cryptography.x509'"
    peer = "cosign verify-blob-attestation"
    with tempfile.TemporaryDirectory() as name:
        demo = Demo.copy(Path(name) / "demo")
        commands = [
            Command("attest verify", [demo.verify()]),
            _python(floor, "import click, cryptography.x509"),
        ]
        if shutil.which("cosign"):
            commands.append(Command(peer, [demo.cosign("scan")]))
        samples = compare(commands, runs=_RUNS)
    show("One attestation, verified", samples, floor)
    ours = samples["attest verify"]
    if peer in samples:
        print(f"  attest verify is {ratio(ours, samples[peer]):.2f}x cosign")
    else:
        print("  cosign is not installed: not compared with it")
    kept = keeps("attest verify", ratio(ours, samples[floor]), VERIFY_LIMIT)
    return keeps("its memory", ours.peak, VERIFY_MEMORY, " MiB") and kept


def _python(name: str, program: str) -> Command:
    return Command(name, [[sys.executable, "-c", program]])


if __name__ == "__main__":
    sys.exit(not main())
