"""What an OPA program says of itself, read from its bytes without running it.

OPA's compiler writes ``builtins`` and ``entrypoints`` as functions that put constant names and
numbers into an object (opa, `internal/compiler/wasm/wasm.go`, ``compileExternalFuncDecls``). Where
a function looks otherwise its list is unknown here; the worker asks the program in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attest.errors import EngineError
from attest.evaluate.probe import Module, Reader, sections
from attest.model.frozen import frozen

_GLOBAL, _EXPORT, _CODE, _DATA = 6, 7, 10, 11
_LISTS = ("builtins", "entrypoints")
_ABI = ("opa_wasm_abi_version", "opa_wasm_abi_minor_version")
_I32_CONST, _I64_CONST, _GLOBAL_GET, _REF_NULL, _REF_FUNC = 0x41, 0x42, 0x23, 0xD0, 0xD2
_FLOATS = {0x43: 4, 0x44: 8}
_END, _CALL = 0x0B, 0x10
_LOCALS = frozenset({0x20, 0x21, 0x22})
"""Opcodes (§5.4): constants, and what a function needs that lists names."""
_MAX_SEGMENTS = 100_000
_MAX_NAME = 1_024
_PAGE = 65_536


@frozen
class Claims:
    """A program's own words. ``None``: it does not say, or not in the way OPA's compiler does.

    ``pages`` is how many pages its memory needs before its data segments are copied there.
    """

    abi: tuple[int, int] | None
    entrypoints: tuple[str, ...] | None
    builtins: tuple[str, ...] | None
    pages: int


def claims(content: bytes, module: Module) -> Claims:
    """Read the claims of ``module``, whose bytes are ``content``.

    Raises ``EngineError`` WASM_MALFORMED.
    """
    found = dict(sections(content))

    def part(section: int) -> Reader:
        return found.get(section) or Reader(b"\0", 0, 1)

    exports = _exports(part(_EXPORT))
    constants = _globals(part(_GLOBAL), _imported(module, "global"))
    version = [constants.get(exports.get(name, -1)) for name in _ABI]
    segments = tuple(_segments(part(_DATA)))
    first = _imported(module, "func")
    wanted = {exports[name] - first: name for name in _LISTS if name in exports}
    bodies = _bodies(part(_CODE), wanted)
    return Claims(
        abi=None if version[0] is None else (version[0], version[1] or 0),
        entrypoints=_names(bodies.get("entrypoints"), segments),
        builtins=_names(bodies.get("builtins"), segments),
        pages=max((-(-(at + len(part)) // _PAGE) for at, part in segments), default=0),
    )


def _imported(module: Module, kind: str) -> int:
    return sum(one.kind == kind for one in module.imports)


def _exports(section: Reader) -> dict[str, int]:
    found: dict[str, int] = {}
    for _ in range(section.count()):
        name, _kind, index = section.name(), section.byte(), section.number()
        found[name] = index
    return found


def _globals(section: Reader, imported: int) -> dict[int, int | None]:
    """Return the values of the globals that are constants of 32 bits."""
    found: dict[int, int | None] = {}
    for at in range(section.count()):
        kind, changes = section.byte(), section.byte()
        value = _constant(section)
        if kind == 0x7F and not changes:  # noqa: PLR2004  # i32 (§5.3.1)
            found[imported + at] = value
    return found


def _constant(reader: Reader) -> int | None:
    """Read a constant expression (§5.4.9); return its value where it is one integer."""
    code = reader.byte()
    value = None
    if code in {_I32_CONST, _I64_CONST}:
        value = reader.signed(64)
    elif code in _FLOATS:
        reader.part(_FLOATS[code])
    elif code in {_GLOBAL_GET, _REF_NULL, _REF_FUNC}:
        reader.number()
    else:
        raise EngineError("WASM_MALFORMED", f"not a Wasm module: opcode {code:#x} in a constant")
    if reader.byte() != _END:
        raise EngineError("WASM_MALFORMED", "not a Wasm module: a constant that is calculated")
    return value


def _segments(section: Reader) -> Iterator[tuple[int, bytes]]:
    """Yield the active data segments that stand at a constant place (§5.5.14)."""
    for _ in range(min(section.number(), _MAX_SEGMENTS)):
        form = section.number()
        at: int | None = None
        if form == 2:  # noqa: PLR2004  # the form that names a memory
            section.number()
        if form != 1:
            at = _constant(section)
        content = section.part(section.number()).rest()
        if at is not None:
            yield at & 0xFFFF_FFFF, content


def _bodies(section: Reader, wanted: Mapping[int, str]) -> dict[str, Reader]:
    """Return the bodies of the functions ``wanted``, by their places in the code section."""
    found: dict[str, Reader] = {}
    for at in range(section.number()):
        if len(found) == len(wanted):
            break
        body = section.part(section.number())
        if at in wanted:
            found[wanted[at]] = body
    return found


def _names(body: Reader | None, segments: Sequence[tuple[int, bytes]]) -> tuple[str, ...] | None:
    """Return the names that a function lists, or ``None`` when it does anything else."""
    if body is None or (constants := _listed(body)) is None:
        return None
    names = tuple(_text(at, segments) for at in constants)
    return tuple(name for name in names if name is not None) if None not in names else None


def _listed(body: Reader) -> list[int] | None:
    """Return the addresses of the names: a text's address, then a number, and again."""
    for _ in range(body.count()):  # declarations of locals
        body.number()
        body.byte()
    addresses: list[int] = []
    text_is_next = True
    while not body.done:
        code = body.byte()
        if code == _I32_CONST and text_is_next:
            addresses.append(body.signed() & 0xFFFF_FFFF)
            text_is_next = False
        elif code == _I64_CONST and not text_is_next:
            body.signed(64)
            text_is_next = True
        elif code == _CALL or code in _LOCALS:
            body.number()
        elif code != _END or not body.done:
            return None
    return addresses if text_is_next else None


def _text(at: int, segments: Sequence[tuple[int, bytes]]) -> str | None:
    """Return the text at an address, up to its NUL; a later segment covers an earlier one."""
    for start, content in reversed(segments):
        if start <= at < start + len(content):
            text, end, _ = content[at - start : at - start + _MAX_NAME].partition(b"\0")
            try:
                return text.decode("utf-8") if end else None
            except UnicodeDecodeError:
                return None
    return None
