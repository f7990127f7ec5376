"""Hatch build hook: a wheel for one platform carries the compiled guests, a pure one does not.

Compiling takes some ten seconds and 700 MB of memory. Where it cannot be done the wheel is pure,
and says so; so is a wheel that is built with HATCH_BUILD_NO_HOOKS=true. What is compiled is the
same on every machine of a platform: portable code, which assumes no feature of a processor.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ROOT = Path(__file__).resolve().parents[1]
_TARGETS = {
    ("Linux", "x86_64"): "x86_64-unknown-linux-gnu",
    ("Linux", "aarch64"): "aarch64-unknown-linux-gnu",
    ("Darwin", "x86_64"): "x86_64-apple-darwin",
    ("Darwin", "arm64"): "aarch64-apple-darwin",
}
"""The triple of a platform without any feature of its processors: wasmtime compiles for no other
platform than the one it runs on."""
_AUTHORS = frozenset({"rego_tools"})
"""Guests that no gate loads: 24 MB of a wheel, for 10 s of an author's first use."""
_TIMEOUT = 900.0
_MEMORY = 4 << 30


class NativeCode(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves it open
    """Puts ``attest/data/native`` into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel only points to a checkout: that compiles at its first run."""
        if version == "editable":
            return
        sys.path.insert(0, str(_ROOT))
        from attest.errors import AttestError

        self._made = tempfile.TemporaryDirectory()
        try:
            made = make(Path(self._made.name))
        except (AttestError, OSError) as error:
            self._made.cleanup()
            self.app.display_warning(f"a pure wheel, which compiles at its first run: {error}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = tag()
        for path in made:
            build_data["force_include"][str(path)] = f"attest/data/native/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  # hatchling's signature
        """Remove what was compiled: the wheel has it. Cleaning up twice does no harm."""
        if version != "editable":
            self._made.cleanup()


def make(folder: Path) -> list[Path]:
    """Compile every module that comes with the package; return the files of ``data/native``.

    Raises ``EngineError`` and ``OSError`` when that cannot be done here.
    """
    from attest.evaluate.host import compiler, shipped

    here = os.uname().sysname, os.uname().machine
    if here not in _TARGETS:
        raise OSError(f"no triple is known for {' '.join(here)}")
    modules = {}
    for name, wasm in _modules():
        path = folder / f"{name}.cwasm"
        with path.open("wb") as out:
            compiler.run(
                wasm,
                out.fileno(),
                name=name,
                timeout=_TIMEOUT,
                memory=_MEMORY,
                target=_TARGETS[here],
            )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        modules[hashlib.sha256(wasm).hexdigest()] = {"file": path.name, "sha256": digest}
    index = {"conditions": shipped.conditions(), "modules": modules}
    (folder / shipped.INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    return sorted(folder.iterdir())


def _modules() -> Iterator[tuple[str, bytes]]:
    """Give the guests that a gate loads, the Extism kernel, and the demo's program."""
    evaluate = _ROOT / "attest" / "evaluate"
    for packed in sorted(evaluate.glob("guests/*/*.wasm.xz")):
        if packed.parent.name not in _AUTHORS:
            yield packed.parent.name, lzma.decompress(packed.read_bytes())
    yield "extism-kernel", (evaluate / "abi" / "extism" / "kernel.wasm").read_bytes()
    demo = _ROOT / "fixtures" / "policies-src" / "sbom-policy" / "policy.wasm"
    yield "demo-policy", demo.read_bytes()


def tag() -> str:
    """Return the wheel's tag: it runs where the wheel of wasmtime does that compiled for it."""
    said = distribution("wasmtime").read_text("WHEEL") or ""
    tags = [line.removeprefix("Tag: ") for line in said.splitlines() if line.startswith("Tag: ")]
    (tag,) = tags
    return f"py3-none-{tag.rpartition('-')[2]}"
