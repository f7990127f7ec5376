"""Extism: ``python -m benchmarks.extism``. A policy written in Go, on an SBOM of 4 MB.

The program is Chainloop's own example, from the public vectors. Warm, it is compared with compiling
it anew each time, and with the `extism` package, whose plugin is compiled before as well: that one
counts no fuel and has no process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from typing import Any

from attest.evaluate import Settings
from attest.evaluate.host import compiler
from attest.evaluate.host.job import VALUE
from attest.evaluate.host.pool import Pool
from attest.evaluate.registry import Extism
from attest.model.digest import Digest
from attest.model.policy import File, Policy
from benchmarks.measure import ROOT, in_turn, keeps

COMPILING, PACKAGE = 4.0, 2.0
"""How many times faster than compiling each time; how many times the package's time."""
_PROGRAM = ROOT.parent / "shared" / "vectors" / "chainloop-wasm" / "go-simple.wasm"
_RUNS = 9


def main() -> bool:
    """Print the measurement; return whether every limit is kept."""
    print("\nA policy in Go on Extism")
    if not _PROGRAM.is_file():
        print(f"  not measured: {_PROGRAM} is not here")
        return True
    program, document = _PROGRAM.read_bytes(), _sbom()
    policy = Policy("simple", (File("simple.wasm", program),), Digest.of(program))
    settings = Settings(datetime(2026, 1, 2, tzinfo=UTC))
    plugin = _package(program)
    with Pool(1) as pool:

        def warm() -> None:
            (answer,) = Extism().ask(policy, [document], settings, pool)
            if answer.status != VALUE:
                raise SystemExit(f"the policy did not answer: {answer}")

        def compiling() -> None:
            _compile(program)
            warm()

        spent = in_turn(
            warm,
            compiling,
            lambda: plugin.call("Execute", document),
            runs=_RUNS,
            warmup=1,
        )
    size = f"{len(document) / 1e6:.1f} MB"
    print(f"  {size}: warm {spent[0]:.0f} ms, compiling each time {spent[1]:.0f} ms")
    print(f"  the extism package {spent[2]:.0f} ms")
    kept = spent[1] >= COMPILING * spent[0]
    print(f"  {'ok  ' if kept else 'OVER'} faster than compiling: {spent[1] / spent[0]:.1f}x")
    return keeps("beside the extism package", spent[0] / spent[2], PACKAGE) and kept


def _compile(program: bytes) -> None:
    """Compile it in a process of its own, as the cache does when it has no such code."""
    with tempfile.TemporaryFile() as out:
        compiler.run(program, out.fileno(), name="simple", timeout=120.0, memory=2 << 30)


def _package(program: bytes) -> Any:
    os.environ["EXTISM_CACHE_CONFIG"] = ""
    from extism.extism import CompiledPlugin, Plugin

    manifest = {"wasm": [{"data": program, "hash": hashlib.sha256(program).hexdigest()}]}
    return Plugin(CompiledPlugin(manifest, wasi=True, functions=[]), wasi=True, functions=[])


def _sbom() -> bytes:
    """Return a CycloneDX document of 4 MB that the policy accepts."""
    component = {"type": "library", "licenses": [{"license": {"id": "MIT"}}], "version": "1.0.0"}
    parts = [
        {**component, "name": f"part-{number}", "purl": f"pkg:npm/part-{number}@1.0.0"}
        for number in range(30_500)
    ]
    told = {"bomFormat": "CycloneDX", "specVersion": "1.6", "message": "an SBOM"}
    return json.dumps({**told, "components": parts}).encode()


if __name__ == "__main__":
    sys.exit(not main())
