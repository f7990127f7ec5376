"""Compiled Wasm, kept per user (skeleton)."""

from __future__ import annotations

from collections.abc import Callable

from attest.evaluate.host.job import CompiledModule


def compiled(
    digest: str,
    read: Callable[[], bytes],
    *,
    name: str,
    timeout: float = 120.0,
    memory: int = 2 << 30,
    progress: Callable[[str], None] | None = None,
) -> CompiledModule:
    """Return native code for the Wasm whose SHA-256 (hex) is ``digest``, compiling it at most once.

    ``read`` gives the Wasm bytes when they must be compiled; ``name`` is what progress lines call
    it. Raises ``EngineError`` COMPILE_FAILED, COMPILE_MEMORY, COMPILE_TIMEOUT.
    """
    raise NotImplementedError
