"""The walls around a policy. A worker process needs this of the model, and no more."""

from __future__ import annotations

from attest.model.frozen import frozen


@frozen
class Limits:
    """The walls around one evaluation: seconds, bytes, Wasm fuel units, bytes of output."""

    timeout: float = 60.0
    memory: int = 256 << 20
    fuel: int = 50_000_000_000
    output: int = 16 << 20
