# ruff: noqa: PLR2004, S101  # a tool for development, not the product
"""Freeze a Go guest: start its runtime once, and make that the module's initial state.

`_initialize` and a warm-up run in the deterministic WASI of attest's own host; linear memory and
the mutable globals are then written back into the module as data segments and initial values. The
bytes that come out depend on the bytes that go in and on nothing else. The mutable globals are
exported as `__g0`, `__g1` …, so that the host can restore what preparing a policy changed.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from attest.evaluate.host.machine import Instance, Program, compile_module, load_module
from attest.evaluate.host.wasi import Wasi
from attest.model.limits import Limits

MEMORY, GLOBAL, EXPORT, ELEMENT, DATA, DATA_COUNT = 5, 6, 7, 9, 11, 12
"""Section ids (WebAssembly Core 2.0, §5.5.2)."""
I32_CONST, I64_CONST, END = 0x41, 0x42, 0x0B
PAGE, CHUNK = 65_536, 4_096
LIMITS = Limits(memory=256 << 20, fuel=10**12)
HOST = {
    ("attest", name): lambda *_: sys.exit("a warm-up calls the host") for name in ("call", "take")
}
"""The imports that only an evaluation has anybody behind."""


@dataclass(frozen=True, slots=True)
class Number:
    """One global: its type, whether it is mutable, and the constant it starts with."""

    type: int
    mutable: bool
    opcode: int
    value: int


def freeze(reactor: bytes, warm_up: list[tuple[str, bytes]]) -> bytes:
    """Return ``reactor`` as it is after `_initialize` and the calls of ``warm_up``."""
    numbers = next(_globals(body) for kind, body in _sections(reactor) if kind == GLOBAL)
    _table_is_fixed(reactor)
    exported = _export_globals(reactor, numbers)
    instance = _start(exported)
    instance.call("_initialize")
    for name, content in warm_up:
        _ask(instance, name, content)
    instance.call("collect")
    assert instance.memory is not None
    image = instance.memory.read(0, instance.memory.size)
    values = {
        index: instance.get_global(f"__g{index}")
        for index, number in enumerate(numbers)
        if number.mutable
    }
    return _rewrite(exported, image, numbers, values)


_SMALL = {
    "modules": [
        {
            "path": "w.rego",
            "text": 'package w\n\ndeny contains sprintf("%d", [x]) if some x in input.y\n',
        }
    ],
    "time_ns": 0,
    "memory": 256 << 20,
}


def rego_warm_up() -> list[tuple[str, bytes]]:
    """A small policy and document that run through parser, compiler and evaluator once."""
    call = {"name": "sprintf", "args": ['"%d"', "[1]"], "time_ns": 0}
    return [
        ("prepare", json.dumps(_SMALL).encode()),
        ("evaluate", b'{"y":[1]}'),
        ("builtin", json.dumps(call).encode()),
    ]


def rego_tools_warm_up() -> list[tuple[str, bytes]]:
    """The same small policy, checked."""
    return [
        ("prepare", json.dumps(_SMALL).encode()),
        ("evaluate", json.dumps(_SMALL | {"op": "check"}).encode()),
    ]


def _start(wasm: bytes) -> Instance:
    with tempfile.NamedTemporaryFile() as file:
        file.write(compile_module(wasm))
        file.flush()
        module = load_module(file.name)
        wasi = Wasi()
        instance = Program(module, {**wasi.functions(), **HOST}).start(LIMITS)
    wasi.attach(instance.memory)
    return instance


def _ask(instance: Instance, name: str, content: bytes) -> None:
    assert instance.memory is not None
    instance.memory.write(instance.call("alloc", len(content)), content)
    at = instance.call(name, len(content))
    size, status = struct.unpack("<Ic", instance.memory.read(at, 5))
    if status != b"v":
        raise SystemExit(f"warm-up {name}: {instance.memory.read(at + 5, size)!r}")


def _sections(wasm: bytes) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at < len(wasm):
        kind = wasm[at]
        size, at = _leb(wasm, at + 1)
        yield kind, wasm[at : at + size]
        at += size


def _globals(body: bytes) -> list[Number]:
    count, at = _leb(body, 0)
    found = []
    for _ in range(count):
        kind, mutable, opcode = body[at : at + 3]
        value, at = _leb(body, at + 3, signed=True)
        if opcode not in {I32_CONST, I64_CONST} or body[at] != END:
            raise SystemExit("a global does not start with an integer constant")
        found.append(Number(kind, bool(mutable), opcode, value))
        at += 1
    return found


def _table_is_fixed(wasm: bytes) -> None:
    """Refuse a second element segment, or one that code could copy from (Core 2.0, §5.5.12).

    The host puts back memory and globals, not the table: Go fills it by one active segment, and
    its compiler knows no instruction that changes it afterwards.
    """
    for kind, body in _sections(wasm):
        if kind == ELEMENT and (_leb(body, 0)[0], body[1]) != (1, 0):
            raise SystemExit("the table may change while it runs")


def _export_globals(wasm: bytes, numbers: list[Number]) -> bytes:
    out = [wasm[:8]]
    for kind, body in _sections(wasm):
        new = body
        if kind == EXPORT:
            count, at = _leb(body, 0)
            extra = [index for index, number in enumerate(numbers) if number.mutable]
            entries = [
                _unsigned(len(name)) + name + b"\3" + _unsigned(index)
                for index in extra
                for name in [b"__g%d" % index]
            ]
            new = _unsigned(count + len(extra)) + body[at:] + b"".join(entries)
        out.append(_section(kind, new))
    return b"".join(out)


def _rewrite(wasm: bytes, image: bytes, numbers: list[Number], values: dict[int, int]) -> bytes:
    segments = list(_segments(image))
    out = [wasm[:8]]
    for kind, body in _sections(wasm):
        new = body
        if kind == DATA_COUNT:
            continue
        if kind == MEMORY:
            _, at = _leb(body, 2)
            new = _unsigned(1) + body[1:2] + _unsigned(len(image) // PAGE) + body[at:]
        elif kind == GLOBAL:
            new = _unsigned(len(numbers)) + b"".join(
                bytes([one.type, one.mutable, one.opcode])
                + _signed(values.get(index, one.value))
                + bytes([END])
                for index, one in enumerate(numbers)
            )
        elif kind == DATA:
            new = _unsigned(len(segments)) + b"".join(
                bytes([0, I32_CONST])
                + _signed(_as_i32(at))
                + bytes([END])
                + _unsigned(len(content))
                + content
                for at, content in segments
            )
        out.append(_section(kind, new))
    return b"".join(out)


def _segments(image: bytes) -> Iterator[tuple[int, bytes]]:
    first: int | None = None
    blank = bytes(CHUNK)
    for at in range(0, len(image) + CHUNK, CHUNK):
        chunk = image[at : at + CHUNK]
        if chunk and chunk != blank:
            first = at if first is None else first
        elif first is not None:
            yield first, image[first:at]
            first = None


def _section(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _unsigned(len(body)) + body


def _as_i32(value: int) -> int:
    return value if value < 1 << 31 else value - (1 << 32)


def _leb(content: bytes, at: int, *, signed: bool = False) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if signed and byte & 0x40:
        value -= 1 << shift
    return value, at


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        out.append(byte | 0x80 if value else byte)
        if not value:
            return bytes(out)


def _signed(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        done = (value == 0 and not byte & 0x40) or (value == -1 and bool(byte & 0x40))
        out.append(byte if done else byte | 0x80)
        if done:
            return bytes(out)
