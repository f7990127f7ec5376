"""Wasm binaries taken apart and put together, whatever they then mean (Core 2.0, §5)."""

from __future__ import annotations

from collections.abc import Sequence

HEADER = b"\0asm\1\0\0\0"
TYPE, IMPORT, FUNCTION, CODE = 1, 2, 3, 10
_IF, _BLOCK, _JUMP_TABLE, _ZERO, _END = b"\x04\x40", b"\x02\x40", b"\x0e", b"\x41\x00", b"\x0b"

Sections = list[tuple[int, bytes]]
"""Identifiers and contents, in their order."""


def number(value: int) -> bytes:
    """Return an unsigned LEB128 number."""
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def split(wasm: bytes) -> Sections:
    """Return the sections of a well-formed module."""
    found, at = [], len(HEADER)
    while at < len(wasm):
        size, start = read(wasm, at + 1)
        found.append((wasm[at], wasm[start : start + size]))
        at = start + size
    return found


def join(sections: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a module of these sections."""
    parts = [bytes([name]) + number(len(content)) + content for name, content in sections]
    return HEADER + b"".join(parts)


def read(content: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def with_functions(wasm: bytes, body: bytes, many: int = 1) -> bytes:
    """Return the module with ``many`` more functions, ``() -> ()``, that nobody calls."""
    parts = dict(split(wasm))
    types, start = read(parts[TYPE], 0)
    code = number(len(body) + 2) + b"\0" + body + _END
    more = {
        TYPE: number(types + 1) + parts[TYPE][start:] + b"\x60\0\0",
        FUNCTION: _longer(parts[FUNCTION], many, number(types) * many),
        CODE: _longer(parts[CODE], many, code * many),
    }
    return join([(name, more.get(name, content)) for name, content in split(wasm)])


def _longer(vector: bytes, many: int, content: bytes) -> bytes:
    count, start = read(vector, 0)
    return number(count + many) + vector[start:] + content


def nested_ifs(depth: int) -> bytes:
    """Return a body of conditions inside each other."""
    return (_ZERO + _IF) * depth + _END * depth


def nested_blocks(depth: int) -> bytes:
    """Return a body of blocks inside each other."""
    return _BLOCK * depth + _END * depth


def jump_table(size: int) -> bytes:
    """Return a body with one jump table."""
    return _ZERO + _JUMP_TABLE + number(size) + bytes(size + 1)
