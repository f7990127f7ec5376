"""Reading a Wasm module's outside without running or compiling it.

Only what detection needs: imports, exports, whether a start function exists, and the names of the
custom sections (WebAssembly Core 2.0, §5.5). Every count and length is bounded before it is
believed; whether the module is *valid* is for the compiler inside the sandbox to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from attest.errors import EngineError
from attest.model.frozen import frozen

MAGIC = b"\0asm"
CORE_VERSION = b"\1\0\0\0"
COMPONENT_VERSION = b"\x0d\0\1\0"

MAX_MODULE = 64 << 20
"""Bytes of the largest module that is looked at."""
MAX_NAMES = 10_000
"""Imports, exports or custom sections of one module."""
MAX_NAME = 1_024
"""Bytes of one name."""

_KINDS = ("func", "table", "memory", "global", "tag")
_CUSTOM, _IMPORT, _EXPORT, _START, _TAG, _DATA_COUNT = 0, 2, 7, 8, 13, 12
_ORDER = (1, 2, 3, 4, 5, _TAG, 6, 7, 8, 9, _DATA_COUNT, 10, 11)
"""The order that known sections must stand in; each at most once (§5.5.16)."""
_REFERENCE_TYPES = frozenset({0x63, 0x64})


@frozen
class Import:
    """Something that the module wants from its host."""

    module: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.module!a}.{self.name!a}"


@frozen
class Module:
    """A module seen from outside. ``exports`` maps a name to its kind.

    A ``component`` (WebAssembly Component Model) is only recognised: everything else is empty.
    """

    imports: tuple[Import, ...] = ()
    exports: tuple[tuple[str, str], ...] = ()
    custom: tuple[str, ...] = ()
    starts: bool = False
    component: bool = False

    def exported(self, kind: str) -> frozenset[str]:
        """Return the names of the exports of this kind (``func``, ``global``, …)."""
        return frozenset(name for name, its_kind in self.exports if its_kind == kind)


def is_wasm(content: bytes) -> bool:
    """Tell whether ``content`` starts as a Wasm binary does."""
    return content.startswith(MAGIC)


def probe(content: bytes) -> Module:
    """Read the outside of a Wasm binary; raise ``EngineError`` WASM_MALFORMED when it has none."""
    if len(content) > MAX_MODULE:
        raise _malformed(f"the module has {len(content)} bytes, the limit is {MAX_MODULE}")
    if not is_wasm(content):
        raise _malformed("the bytes do not start with the Wasm magic number")
    version = content[4:8]
    if version == COMPONENT_VERSION:
        return Module(component=True)
    if version != CORE_VERSION:
        raise _malformed(f"version field {version.hex()}, expected {CORE_VERSION.hex()}")
    return _outside(content)


def sections(content: bytes) -> Iterator[tuple[int, Reader]]:
    """Yield the sections of a core module: id and content. Raises ``EngineError`` WASM_MALFORMED.

    Known sections come in their order (§5.5.16), each at most once.
    """
    reader, place = Reader(content, 8, len(content)), -1
    while not reader.done:
        section, body = reader.byte(), reader.part(reader.number())
        if section != _CUSTOM:
            place = _next_place(section, place)
        yield section, body


def _outside(content: bytes) -> Module:
    imports: tuple[Import, ...] = ()
    exports: tuple[tuple[str, str], ...] = ()
    custom: list[str] = []
    starts = False
    for section, body in sections(content):
        if section == _CUSTOM:
            if len(custom) >= MAX_NAMES:
                raise _malformed(f"more than {MAX_NAMES} custom sections")
            custom.append(body.name())
        elif section == _IMPORT:
            imports = tuple(_import(body) for _ in range(body.count()))
        elif section == _EXPORT:
            exports = tuple(_export(body) for _ in range(body.count()))
        elif section == _START:
            starts = True
            body.number()
        if section in {_IMPORT, _EXPORT, _START} and not body.done:
            raise _malformed(f"bytes are left over in section {section}")
    if len({name for name, _ in exports}) != len(exports):
        raise _malformed("an export name occurs twice")
    return Module(imports, exports, tuple(custom), starts)


def _next_place(section: int, place: int) -> int:
    if section not in _ORDER:
        raise _malformed(f"section id {section} is not known")
    if _ORDER.index(section) <= place:
        raise _malformed(f"section {section} is repeated or out of order")
    return _ORDER.index(section)


def _import(body: Reader) -> Import:
    module, name, kind = body.name(), body.name(), _kind(body)
    if kind == "table":
        _value_type(body)
        _limits(body)
    elif kind == "memory":
        _limits(body)
    elif kind == "global":
        _value_type(body)
        body.byte()
    else:
        if kind == "tag":
            body.byte()
        body.number()
    return Import(module, name, kind)


def _export(body: Reader) -> tuple[str, str]:
    name, kind = body.name(), _kind(body)
    body.number()
    return name, kind


def _kind(body: Reader) -> str:
    code = body.byte()
    if code >= len(_KINDS):
        raise _malformed(f"kind {code} of an import or export is not known")
    return _KINDS[code]


def _limits(body: Reader) -> None:
    flags = body.byte()
    body.number(64)
    if flags & 1:
        body.number(64)
    if flags & 8:
        body.number()


def _value_type(body: Reader) -> None:
    if body.byte() in _REFERENCE_TYPES:
        body.number()


def _malformed(message: str) -> EngineError:
    return EngineError("WASM_MALFORMED", f"not a Wasm module: {message}")


class Reader:
    """A cursor over one section that never leaves it."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content = content
        self._at = at
        self._end = end

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._at >= self._end

    def byte(self) -> int:
        """Read one byte."""
        if self.done:
            raise _malformed("it ends in the middle of a section")
        value = self._content[self._at]
        self._at += 1
        return value

    def number(self, bits: int = 32) -> int:
        """Read an unsigned LEB128 number (§5.2.2) of at most ``bits`` bits."""
        value, shift = 0, 0
        while shift < bits:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004  # the continuation bit
                break
        else:
            raise _malformed(f"a number is longer than {bits} bits")
        if value >> bits:
            raise _malformed(f"a number is larger than {bits} bits")
        return value

    def signed(self, bits: int = 32) -> int:
        """Read a signed LEB128 number (§5.2.2) of at most ``bits`` bits."""
        value, shift = 0, 0
        while shift < bits:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004  # the continuation bit
                return value - (1 << shift) if byte & 0x40 else value
        raise _malformed(f"a number is longer than {bits} bits")

    def count(self) -> int:
        """Read how many there are of something that has names."""
        value = self.number()
        if value > MAX_NAMES:
            raise _malformed(f"{value} imports or exports, the limit is {MAX_NAMES}")
        return value

    def rest(self) -> bytes:
        """Return what is left, without moving."""
        return self._content[self._at : self._end]

    def part(self, size: int) -> Reader:
        """Read ``size`` bytes, as a reader of their own."""
        if size > self._end - self._at:
            raise _malformed(f"a length of {size} reaches past the end")
        self._at += size
        return Reader(self._content, self._at - size, self._at)

    def name(self) -> str:
        """Read a name (§5.2.4)."""
        size = self.number()
        if size > MAX_NAME:
            raise _malformed(f"a name of {size} bytes, the limit is {MAX_NAME}")
        try:
            return self.part(size).rest().decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed("a name is not UTF-8") from None
