"""The gate: ``python -m benchmarks.gate``. The demo, decided by attest and by its peers' tools.

The peers' work: pull the policy bundle by digest, verify its signature and every attestation, ask
each policy in Rego about its document. Not theirs, but in attest's time: whether the evidence is
about the subject and signed in the right role, the policy in WebAssembly, requirements, the report.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import registry
from benchmarks.demo import Demo
from benchmarks.measure import Command, compare, keeps, ratio, show

LIMIT = 1.5
MEMORY = 200.0
_RUNS = 9
_LAYOUT, _REGISTRY = "attest gate, policies in a folder", "attest gate, policies in a registry"
_PEERS = "crane, cosign and conftest"


def main() -> bool:
    """Print the measurement; return whether every limit is kept."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        demo = Demo.copy(work / "demo")
        ours = Command(_LAYOUT, [demo.gate()])
        missing = [tool for tool in ("crane", "cosign", "conftest") if not shutil.which(tool)]
        if not registry.installed():
            missing.append("docker-registry")
        if missing:
            print(f"\nThe demo gate\n  not compared: {', '.join(missing)} not installed")
            samples = compare([ours], runs=_RUNS)
            show("The demo gate, warm", samples, _LAYOUT)
            return keeps("memory", samples[_LAYOUT].peak, MEMORY, " MiB")
        with registry.serve(demo.folder / "policies", work) as place:
            return _compare(ours, demo, place, work)


def _compare(ours: Command, demo: Demo, place: str, work: Path) -> bool:
    remote = Demo.copy(work / "remote")
    remote.edit_plan("oci-layout:policies@", f"oci:{place}@")
    pulled = work / "pulled"
    lines = [
        ["crane", "pull", "--format=oci", f"{place}@sha256:{demo.bundle}", str(pulled)],
        *demo.cosign_all(),
        *demo.conftest_all(work / "policies"),
    ]
    peers = Command(_PEERS, lines, lambda: shutil.rmtree(pulled, ignore_errors=True))
    samples = compare([ours, Command(_REGISTRY, [remote.gate()]), peers], runs=_RUNS)
    show("The demo gate, warm", samples, _PEERS)
    kept = [
        keeps(name, ratio(samples[name], samples[_PEERS]), LIMIT) for name in (_LAYOUT, _REGISTRY)
    ]
    kept += [
        keeps("memory", max(s.peak for n, s in samples.items() if n != _PEERS), MEMORY, " MiB")
    ]
    return all(kept)


if __name__ == "__main__":
    sys.exit(not main())
