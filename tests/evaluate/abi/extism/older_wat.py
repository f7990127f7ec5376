"""Programs of the older convention in WebAssembly text."""

from __future__ import annotations

from tests.evaluate.abi.extism.wat import CLEAN, CLEAN_SIZE, assemble

ALLOCATOR = """(global $top (mut i32) (i32.const 1024))
  (func (export "malloc") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (local.get $size)))
    (local.get $at))"""
SAY = f"(i64.const {CLEAN_SIZE})"
"""The text at address 0, as far as a clean answer is long."""
FORM = "(param $at i32) (param $size i32) (result i64)"


def older(
    execute: str = SAY,
    *,
    imports: str = "",
    extra: str = "",
    text: str = CLEAN,
    allocator: str = ALLOCATOR,
    form: str = FORM,
    memory: str = '(memory (export "memory") 4)',
) -> bytes:
    """Return a policy whose ``Execute`` runs these instructions; ``text`` stands at address 0."""
    data = f'(data (i32.const 0) "{text}")' if text else ""
    return assemble(
        f"(module {imports} {memory} {data} {allocator} {extra}"
        f' (func (export "Execute") {form} {execute}))'
    )
