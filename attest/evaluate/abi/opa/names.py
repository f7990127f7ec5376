"""What an OPA program may import. Anything else is refused before the module is compiled."""

from __future__ import annotations

from attest.errors import EngineError
from attest.evaluate.probe import Module

ENVIRONMENT = "env"
MEMORY = "memory"
BUILTINS = tuple(f"opa_builtin{count}" for count in range(5))
FUNCTIONS = ("opa_abort", "opa_println", *BUILTINS)

EXPORTS = (
    "eval",
    "builtins",
    "entrypoints",
    "opa_malloc",
    "opa_json_parse",
    "opa_json_dump",
    "opa_value_parse",
    "opa_value_dump",
    "opa_eval_ctx_new",
    "opa_eval_ctx_set_input",
    "opa_eval_ctx_set_data",
    "opa_eval_ctx_set_entrypoint",
    "opa_eval_ctx_get_result",
)
"""Functions of ABI 1.0 that the host calls; later versions have them as well."""

_MAX_LISTED = 10


def screen(module: Module, path: str) -> None:
    """Refuse a program that wants more than OPA's ABI offers, or lacks a part of it.

    Raises ``EngineError`` IMPORT_FORBIDDEN with the list, or EXPORT_MISSING.
    """
    refused = [
        one
        for one in module.imports
        if one.module != ENVIRONMENT
        or not (
            (one.kind == "func" and one.name in FUNCTIONS)
            or (one.kind == "memory" and one.name == MEMORY)
        )
    ]
    if refused:
        listed = ", ".join(f"{one} ({one.kind})" for one in refused[:_MAX_LISTED])
        more = f" and {len(refused) - _MAX_LISTED} more" if len(refused) > _MAX_LISTED else ""
        raise EngineError("IMPORT_FORBIDDEN", f"{path} imports {listed}{more}")
    missing = [name for name in EXPORTS if name not in module.exported("func")]
    if missing:
        raise EngineError("EXPORT_MISSING", f"{path} exports no function {', '.join(missing)}")
    if not any(one.kind == "memory" for one in module.imports) and (
        MEMORY not in module.exported("memory")
    ):
        raise EngineError("EXPORT_MISSING", f"{path} neither imports nor exports a memory")
