# ruff: noqa: S603  # a tool for development, not the product
"""Build the policy-language guests from source, or prove that the committed ones come from it.

    python .ci/guests/build.py            write attest/evaluate/guests/*/<name>.wasm.xz, guest.json
    python .ci/guests/build.py --check    build again and compare; exit 1 when a byte differs

Needs Go; the version in each go.mod is the one that makes the committed bytes (with
GOTOOLCHAIN=auto any Go since 1.21 fetches it, checked by Go's checksum database).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "attest" / "evaluate" / "guests"
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from freeze import freeze, rego_tools_warm_up, rego_warm_up  # noqa: E402  # the path is set above


@dataclass(frozen=True)
class Source:
    """What a guest is built from: a package of a Go module beside it, and what to warm up with.

    ``engine`` is the required module whose version is the engine's version.
    """

    module: str
    package: str
    engine: str
    warm_up: Callable[[], list[tuple[str, bytes]]]


OPA = "github.com/open-policy-agent/opa"
GUESTS = {
    "rego": Source("rego", ".", OPA, rego_warm_up),
    "rego_tools": Source("rego", "./tools", OPA, rego_tools_warm_up),
}
"""By folder in attest/evaluate/guests."""

FLAGS = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-buildmode=c-shared"]
PINS = {
    "GOOS": "wasip1",
    "GOARCH": "wasm",
    "GOWASM": "",
    "GOFLAGS": "-mod=readonly",
    "CGO_ENABLED": "0",
}


def reactor(folder: Path, package: str) -> bytes:
    """Compile a package of the Go module in ``folder``."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary, "reactor.wasm")
        command = ["go", "build", *FLAGS, "-o", str(out), package]
        subprocess.run(command, cwd=folder, env={**os.environ, **PINS}, check=True)
        return out.read_bytes()


def describe(folder: Path, module: str, wasm: bytes) -> str:
    """Return guest.json: which engine the guest is, and the digest of its Wasm."""
    requires = {}
    go = ""
    for line in (folder / "go.mod").read_text().splitlines():
        words = line.removeprefix("require").split()
        if words[1:] and words[1].startswith("v"):
            requires[words[0]] = words[1].removeprefix("v")
        elif words[:1] == ["go"]:
            go = words[1]
    facts = {"version": requires[module], "go": go, "sha256": hashlib.sha256(wasm).hexdigest()}
    return json.dumps(facts, indent=2) + "\n"


def main() -> int:
    """Build every guest; return 1 when ``--check`` finds a difference."""
    check, differs = "--check" in sys.argv[1:], False
    for name, source in GUESTS.items():
        folder = FOLDER / name
        wasm = freeze(reactor(FOLDER / source.module, source.package), source.warm_up())
        facts = describe(FOLDER / source.module, source.engine, wasm)
        packed, card = folder / f"{name}.wasm.xz", folder / "guest.json"
        print(f"{name}: {len(wasm)} bytes, {facts.strip()}")
        if check:
            same = lzma.decompress(packed.read_bytes()) == wasm and card.read_text() == facts
            print(
                f"{name}: {'the committed guest is what its source builds' if same else 'DIFFERS'}"
            )
            differs |= not same
        else:
            packed.write_bytes(lzma.compress(wasm, preset=9 | lzma.PRESET_EXTREME))
            card.write_text(facts)
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
