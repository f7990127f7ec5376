"""The older Wasm convention of Chainloop, from the announcement of its Wasm engine (2025).

    Execute(position i32, length i32) -> i64, over plain WASI

The announcement shows it as Go for TinyGo: ``//go:wasmexport Execute``, whose input is read from
linear memory at ``position``, and whose result was copied there by ``CopyBufferToMemory``. How
memory is passed it leaves out. What TinyGo's users do elsewhere, and is done here: the host asks
the exported allocator (``malloc``) for the room of the document, and the result packs its position
into the upper 32 bits and its length into the lower ones. The input is the document alone: there
are no arguments and no host functions.
"""

from __future__ import annotations

from attest.evaluate.abi.extism.names import EXECUTE, WASI
from attest.evaluate.probe import Module, Reader, sections

ALLOCATORS = ("malloc", "allocate", "alloc")
"""The first that is exported is asked for memory."""
ALLOCATE_TYPE = "(i32) -> (i32)"
EXECUTE_TYPE = "(i32 i32) -> (i64)"

_TYPE, _FUNCTION, _EXPORT = 1, 3, 7
_FUNCTION_TYPE = 0x60
_NUMBERS = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64"}
_MOST = 1_000_000
"""Functions and types that are looked at."""


def is_older(module: Module, content: bytes) -> bool:
    """Tell whether a module speaks it: by its imports, its exports and their types."""
    functions = module.exported("func")
    allocator = next((name for name in ALLOCATORS if name in functions), None)
    if (
        EXECUTE not in functions
        or allocator is None
        or "memory" not in module.exported("memory")
        or any(one.module != WASI for one in module.imports)
    ):
        return False
    signatures = _signatures(content, len(module.imports))
    return signatures.get(EXECUTE) == EXECUTE_TYPE and signatures.get(allocator) == ALLOCATE_TYPE


def _signatures(content: bytes, imported: int) -> dict[str, str]:
    """Return the types of the exported functions, as far as they are made of numbers alone.

    ``imported`` functions come first in the index space (WebAssembly Core 2.0, §2.5).
    """
    types: list[str] = []
    functions: list[int] = []
    found: dict[str, str] = {}
    for section, body in sections(content):
        if section == _TYPE:
            types = _types(body)
        elif section == _FUNCTION:
            functions = [body.number() for _ in range(min(body.number(), _MOST))]
        elif section == _EXPORT:
            for _ in range(body.count()):
                name, kind, index = body.name(), body.byte(), body.number() - imported
                if not kind and 0 <= index < len(functions) and functions[index] < len(types):
                    found[name] = types[functions[index]]
    return found


def _types(body: Reader) -> list[str]:
    """Read function types (§5.3.6) up to the first of another kind."""
    types: list[str] = []
    for _ in range(min(body.number(), _MOST)):
        if body.byte() != _FUNCTION_TYPE:
            break
        parameters, results = _values(body), _values(body)
        if None in (*parameters, *results):
            break
        types.append(f"({' '.join(map(str, parameters))}) -> ({' '.join(map(str, results))})")
    return types


def _values(body: Reader) -> list[str | None]:
    """Read the types of values; ``None`` ends a list in which one is no number."""
    found: list[str | None] = []
    for _ in range(body.number()):
        found.append(_NUMBERS.get(body.byte()))
        if found[-1] is None:
            break
    return found
