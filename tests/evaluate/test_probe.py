"""Reading a module's outside: exact on real modules, bounded on every other text."""

from __future__ import annotations

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate.probe import MAX_MODULE, Import, Module, probe
from tests.evaluate.abi.extism.test_extism import VECTOR
from tests.evaluate.abi.extism.wat import SAY, assemble, module

HEADER = b"\0asm\1\0\0\0"
RICH = """(module
  (import "m" "f" (func (param i32)))
  (import "m" "g" (global (mut i64)))
  (import "m" "t" (table 1 2 funcref))
  (import "m" "memory" (memory 1 9))
  (import "m" "tag" (tag (param i32)))
  (func (export "run")) (global (export "version") i32 (i32.const 1))
  (export "memory" (memory 0)) (start 1))"""


def section(number: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes([number, len(body)]) + body


def test_imports_exports_and_start() -> None:
    seen = probe(assemble(RICH))
    assert [(one.name, one.kind) for one in seen.imports] == [
        ("f", "func"),
        ("g", "global"),
        ("t", "table"),
        ("memory", "memory"),
        ("tag", "tag"),
    ]
    assert seen.imports[0] == Import("m", "f", "func")
    assert seen.exports == (("run", "func"), ("version", "global"), ("memory", "memory"))
    assert seen.starts
    assert seen.exported("global") == {"version"}


def test_custom_sections_are_named() -> None:
    named = HEADER + section(0, b"\x04metaBODY") + section(0, b"\x01x")
    assert probe(named).custom == ("meta", "x")


def test_a_component_is_only_recognised() -> None:
    assert probe(b"\0asm\x0d\0\1\0" + b"\xff" * 9) == Module(component=True)


def test_agrees_with_wasmtime() -> None:
    contents = [module(SAY)]
    if VECTOR.is_file():
        contents.append(VECTOR.read_bytes())
    for content in contents:
        compiled = wasmtime.Module(wasmtime.Engine(), content)
        seen = probe(content)
        assert [(one.module, one.name) for one in compiled.imports] == [
            (one.module, one.name) for one in seen.imports
        ]
        assert [one.name for one in compiled.exports] == [name for name, _ in seen.exports]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0as",
        b"\0asm",
        b"\0asm\2\0\0\0",
        HEADER + b"\x07",
        HEADER + b"\x07\xff",
        HEADER + b"\x07\xff\xff\xff\xff\x0f",
        HEADER + b"\x07\xff\xff\xff\xff\xff\x01\x00",
        HEADER + b"\x07\xff\xff\xff\xff\x7f",
        HEADER + section(7, b"\xff\xff\x7f"),
        HEADER + section(7, b"\x01\x01\xff\x00\x00"),
        HEADER + section(7, b"\x01\x01a\x09\x00"),
        HEADER + section(7, b"\x02\x01a\x00\x00\x01a\x00\x00"),
        HEADER + section(7, b"\x00\x00"),
        HEADER + section(7, b"\x00") + section(7, b"\x00"),
        HEADER + section(7, b"\x00") + section(2, b"\x00"),
        HEADER + section(14, b"\x00"),
        HEADER + section(0, b""),
        HEADER + section(0, b"\xff\xff\x7f"),
    ],
)
def test_malformed(content: bytes) -> None:
    with pytest.raises(EngineError) as refused:
        probe(content)
    assert refused.value.code == "WASM_MALFORMED"


def test_a_module_has_a_largest_size() -> None:
    with pytest.raises(EngineError, match="limit"):
        probe(HEADER + bytes(MAX_MODULE))


def long_section(number: int, body: bytes) -> bytes:
    size = len(body)
    return bytes([number, size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14]) + body


def test_exports_are_counted() -> None:
    exports = b"".join(b"\x03%03x\x00\x00" % at for at in range(4096))
    assert len(probe(HEADER + long_section(7, b"\x80\x20" + exports)).exports) == 4096
    many = b"".join(b"\x04%04x\x00\x00" % at for at in range(10_001))
    with pytest.raises(EngineError, match="10001 imports or exports"):
        probe(HEADER + long_section(7, b"\x91\x4e" + many))


def test_names_have_a_largest_size() -> None:
    longest = b"\x80\x08" + b"n" * 1024 + b"\x00\x00"
    assert probe(HEADER + long_section(7, b"\x01" + longest)).exports
    longer = b"\x81\x08" + b"n" * 1025 + b"\x00\x00"
    with pytest.raises(EngineError, match="1025 bytes"):
        probe(HEADER + long_section(7, b"\x01" + longer))


def test_numbers_end_at_32_bits() -> None:
    wide = b"\x01\x01a\x00\xff\xff\xff\xff\x1f"
    with pytest.raises(EngineError, match="32 bits"):
        probe(HEADER + section(7, wide))


def test_custom_sections_are_counted() -> None:
    with pytest.raises(EngineError, match="custom"):
        probe(HEADER + section(0, b"\0") * 10_001)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tail: bytes) -> None:
    try:
        probe(HEADER + tail)
    except EngineError as error:
        assert error.code == "WASM_MALFORMED"  # noqa: PT017  # both ends are right


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 400))
def test_damaged_modules_are_read_or_refused(at: int, byte: int, end: int) -> None:
    content = bytearray(module(SAY))
    content[at % len(content)] = byte
    try:
        probe(bytes(content[: 8 + end]))
    except EngineError as error:
        assert error.code == "WASM_MALFORMED"  # noqa: PT017  # both ends are right
