"""What an Extism policy may import. Anything else is refused before the module is compiled."""

from __future__ import annotations

from attest.errors import EngineError
from attest.evaluate.probe import Module

ENVIRONMENT = "extism:host/env"
EXECUTE = "Execute"
"""The function that decides (Chainloop, policy engine, Wasm)."""

KERNEL_FUNCTIONS = (
    "alloc",
    "free",
    "length",
    "length_unsafe",
    "load_u8",
    "load_u64",
    "store_u8",
    "store_u64",
    "input_set",
    "input_length",
    "input_offset",
    "input_load_u8",
    "input_load_u64",
    "output_set",
    "output_offset",
    "output_length",
    "error_set",
    "error_get",
    "memory_bytes",
)
LOG_LEVELS = ("trace", "debug", "info", "warn", "error")
HTTP_REQUEST = "http_request"
HOST_FUNCTIONS = (
    "config_get",
    "var_get",
    "var_set",
    HTTP_REQUEST,
    "http_status_code",
    "http_headers",
    "get_log_level",
    *(f"log_{level}" for level in LOG_LEVELS),
)
DISCOVER = "chainloop_discover"
DISCOVER_MODULES = ("env", "extism:host/user")
"""Chainloop's Go toolkit imports it from one namespace, its JavaScript toolkit from the other."""

WASI = "wasi_snapshot_preview1"
_ALLOWED = (
    frozenset((ENVIRONMENT, name) for name in (*KERNEL_FUNCTIONS, *HOST_FUNCTIONS))
    | frozenset((module, DISCOVER) for module in DISCOVER_MODULES)
)  # fmt: skip
_MAX_LISTED = 10


def screen(module: Module, path: str, export: str = EXECUTE) -> None:
    """Refuse a module that wants more than Extism offers, or lacks the ``export`` that decides.

    Raises ``EngineError`` IMPORT_FORBIDDEN with the list, or EXPORT_MISSING. Which of the WASI
    functions exist is for the host to say when it links.
    """
    refused = [
        one
        for one in module.imports
        if one.kind != "func"
        or (one.module != WASI and (one.module, one.name) not in _ALLOWED)
        or (one.module == WASI and not (one.name.isidentifier() and one.name.isascii()))
    ]
    if refused:
        listed = ", ".join(f"{one} ({one.kind})" for one in refused[:_MAX_LISTED])
        more = f" and {len(refused) - _MAX_LISTED} more" if len(refused) > _MAX_LISTED else ""
        raise EngineError("IMPORT_FORBIDDEN", f"{path} imports {listed}{more}")
    if export not in module.exported("func"):
        raise EngineError("EXPORT_MISSING", f"{path} exports no function {export!r}")
