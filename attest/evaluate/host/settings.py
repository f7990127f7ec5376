"""How wasmtime compiles and runs every module: part of the cache's key, and read without wasmtime.

Code compiled under other settings must never be loaded: wasmtime does not notice.
"""

from __future__ import annotations

SETTINGS: dict[str, bool | str] = {
    "consume_fuel": True,
    "cranelift_nan_canonicalization": True,
    "cranelift_opt_level": "speed",
    "wasm_relaxed_simd_deterministic": True,
    "wasm_threads": False,
    "wasm_multi_memory": False,
    "wasm_memory64": False,
    "wasm_exceptions": False,
    "native_unwind_info": False,
}
"""Attributes of ``wasmtime.Config``. No epochs: the wall clock is the parent's, which kills."""

MAX_TABLE = 1_000_000
"""Elements of one table: at most 8 MB of memory, which counts beside the memory limit."""
MAX_TABLES = 8
"""Tables of one module."""
MAX_HOST_CALLS = 1_000_000
"""Calls into the host that one evaluation may make: they cost time but no fuel."""
MAX_REQUEST = 1 << 20
"""Bytes of one request to the parent (a host call that it performs)."""
MAX_ANSWER = 16 << 20
"""Bytes of its answer."""
MAX_CALLS = 64
"""Such calls of one evaluation."""
MAX_CALL_BYTES = 64 << 20
"""Bytes of all their requests and answers."""
MAX_MEMORY = 4 << 30
"""Bytes that a 32-bit memory can have; a larger limit means this."""
MAX_FUEL = 1 << 62
"""A larger fuel limit means this."""
PAGE = 65_536
"""Bytes of a Wasm page."""
