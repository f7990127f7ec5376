"""Our own guests: policy languages that ship with attest, built and frozen (`.ci/guests`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from attest.evaluate.host import cache
from attest.evaluate.host.job import CompiledModule
from attest.model.frozen import frozen

_COMPILE_TIMEOUT = 600.0
"""Seconds: the code is ours, and the machine may be slow and busy."""


@frozen
class Guest:
    """A language's reference implementation: its version, and the SHA-256 (hex) of its Wasm."""

    name: str
    version: str
    digest: str

    def look(self) -> None:
        """Begin to check its native code, if there is any yet."""
        cache.look(self.digest)

    def found(self) -> CompiledModule | None:
        """Return its native code, if there is any yet."""
        return cache.found(self.digest)

    def compiled(self, progress: Callable[[str], None] | None = None) -> CompiledModule:
        """Return its native code; the first time on a machine it is compiled, about 10 seconds."""
        name = f"the {self.name.replace('_', ' ').capitalize()} engine (about 10 s)"
        return cache.compiled(
            self.digest, self._wasm, name=name, timeout=_COMPILE_TIMEOUT, progress=progress
        )

    def _wasm(self) -> bytes:
        import lzma

        return lzma.decompress(_file(self.name, f"{self.name}.wasm.xz"))


@functools.cache
def guest(name: str) -> Guest:
    """Return the guest that stands in ``attest/evaluate/guests/NAME``."""
    facts = json.loads(_file(name, "guest.json"))
    return Guest(name, facts["version"], facts["sha256"])


def _file(guest_name: str, file: str) -> bytes:
    return (Path(__file__).parents[1] / "guests" / guest_name / file).read_bytes()
