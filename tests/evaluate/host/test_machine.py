"""Programs and instances: every limit holds before and while a guest runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from attest.evaluate.host import machine
from attest.evaluate.host.machine import Module, Program, compile_module, load_module
from attest.evaluate.host.settings import MAX_HOST_CALLS
from attest.evaluate.host.stopped import Stopped
from attest.model.limits import Limits

LIMITS = Limits(memory=1 << 20, fuel=1_000_000)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


class Build:
    """Compiles WebAssembly text the way the product does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, text: str) -> Module:
        """Return the loaded module."""
        self._count += 1
        path = self._folder / f"{self._count}.cwasm"
        path.write_bytes(compile_module(bytes(wasmtime.wat2wasm(text))))
        return load_module(str(path))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(func $f (loop $l (br $l))) (start $f)", "OUT_OF_FUEL"),
        ("(func $f unreachable) (start $f)", "TRAP"),
        ('(memory (export "memory") 1000)', "OUT_OF_MEMORY"),
        ("(table 2000000 funcref)", "TRAP"),
        ('(memory 1 1) (data (i32.const 65536) "x")', "TRAP"),
    ],
)
def test_a_module_that_misbehaves_at_its_start_is_stopped(
    build: Build, text: str, code: str
) -> None:
    program = Program(build(f"(module {text})"), {})
    with pytest.raises(Stopped) as stopped:
        program.start(LIMITS)
    assert stopped.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("(loop $l (br $l))", "OUT_OF_FUEL"),
        ("(call $run)", "TRAP"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "TRAP"),
        ("(drop (i32.load (i32.const -1)))", "TRAP"),
    ],
)
def test_a_function_that_misbehaves_is_stopped(build: Build, body: str, code: str) -> None:
    module = build(f'(module (memory (export "memory") 1) (func $run (export "run") {body}))')
    instance = Program(module, {}).start(LIMITS)
    with pytest.raises(Stopped) as stopped:
        instance.call("run")
    assert stopped.value.code == code


def test_memory_grows_to_the_limit_and_no_further(build: Build) -> None:
    text = """(module (memory (export "memory") 1)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"""
    instance = Program(build(text), {}).start(LIMITS)
    assert instance.call("grow", 15) == 1
    assert instance.call("grow", 1) == -1
    assert instance.memory is not None
    with pytest.raises(Stopped) as stopped:
        instance.memory.grow(1)
    assert stopped.value.code == "OUT_OF_MEMORY"


def test_an_import_that_nobody_serves_fails_to_link(build: Build) -> None:
    module = build('(module (import "env" "thing" (func)))')
    with pytest.raises(Stopped) as stopped:
        Program(module, {})
    assert stopped.value.code == "GUEST_INVALID"
    assert "thing" in stopped.value.message


def test_memory_outside_is_neither_read_nor_written(build: Build) -> None:
    instance = Program(build('(module (memory (export "memory") 1))'), {}).start(LIMITS)
    memory = instance.memory
    assert memory is not None
    memory.write(65_530, b"abcdef")
    assert memory.read(65_530, 6) == b"abcdef"
    for act in (
        lambda: memory.read(65_531, 6),
        lambda: memory.read(-1, 2),
        lambda: memory.write(65_531, b"abcdef"),
        lambda: memory.write(-1, b"ab"),
        lambda: memory.write_all([(65_531, b"abcdef")]),
        lambda: memory.write_all([(-1, b"a")]),
    ):
        with pytest.raises(Stopped) as stopped:
            act()
        assert stopped.value.code == "GUEST_INVALID"


def test_changed_finds_what_was_written(build: Build) -> None:
    text = '(module (memory (export "memory") 2) (data (i32.const 9) "abc"))'
    program = Program(build(text), {})
    before, after = program.start(LIMITS).memory, program.start(LIMITS).memory
    assert before is not None
    assert after is not None
    assert after.changed(before) == ()
    after.write(4_095, b"xy")
    after.grow(1)
    after.write(131_072, b"z")
    runs = after.changed(before)
    assert [(at, len(content)) for at, content in runs] == [(0, 8_192), (131_072, 4_096)]
    other = program.start(LIMITS).memory
    assert other is not None
    other.grow(1)
    other.write_all(runs)
    assert other.read(0, other.size) == after.read(0, after.size)


def test_what_a_host_function_raises_passes_through(build: Build) -> None:
    module = build("""(module (import "env" "call" (func $call (param i32) (result i32)))
      (func (export "run") (result i32) (call $call (i32.const 4))))""")

    def call(_number: int) -> int:
        raise LookupError("here")

    instance = Program(module, {("env", "call"): call}).start(LIMITS)
    with pytest.raises(LookupError):
        instance.call("run")
    doubled = Program(module, {("env", "call"): lambda number: 2 * number}).start(LIMITS)
    assert doubled.call("run") == 8


def test_calls_into_the_host_are_counted(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_HOST_CALLS", 100)
    assert MAX_HOST_CALLS > 100
    module = build("""(module (import "env" "call" (func $call))
      (func (export "run") (loop $l (call $call) (br $l))))""")
    instance = Program(module, {("env", "call"): lambda: None}).start(LIMITS)
    with pytest.raises(Stopped) as stopped:
        instance.call("run")
    assert stopped.value.code == "OUT_OF_FUEL"


def test_a_module_beside_serves_imports_and_starts_fresh(build: Build) -> None:
    kernel = build("""(module (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))""")
    plugin = build("""(module (import "kernel" "next" (func $next (result i32)))
      (func (export "run") (result i32) (call $next)))""")
    program = Program(plugin, {}, beside=[("kernel", kernel)])
    for _ in range(2):
        instance = program.start(LIMITS)
        assert [instance.call("run"), instance.call("run")] == [1, 2]
        assert instance.beside["kernel"].call("next") == 3
        assert instance.fuel_used() > 0
        instance.close()


def test_globals_are_read_and_set(build: Build) -> None:
    module = build('(module (global (export "g") (mut i32) (i32.const -5)))')
    program = Program(module, {})
    instance = program.start(LIMITS)
    assert program.globals == ("g",)
    assert instance.get_global("g") == -5
    instance.set_global("g", 7)
    assert instance.get_global("g") == 7
    with pytest.raises(Stopped):
        instance.get_global("h")


def test_what_is_not_exported_cannot_be_called(build: Build) -> None:
    instance = Program(build("(module)"), {}).start(LIMITS)
    assert not instance.has("run")
    with pytest.raises(Stopped) as stopped:
        instance.call("run")
    assert stopped.value.code == "GUEST_INVALID"
