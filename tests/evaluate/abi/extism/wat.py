"""Extism policies in WebAssembly text: a prelude, and what goes wrong."""

from __future__ import annotations

import wasmtime

_IMPORTS = """
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
"""
_PUT = """
  ;; Copy $size bytes of linear memory at $at into a new block.
  (func $put (param $at i32) (param $size i32) (result i64)
    (local $block i64) (local $index i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $size))))
    (loop $next
      (call $store
        (i64.add (local.get $block) (i64.extend_i32_u (local.get $index)))
        (i32.load8_u (i32.add (local.get $at) (local.get $index))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $size))))
    (local.get $block))
"""
CLEAN = r"{\22violations\22:[]}"
"""A clean answer, in WAT's escapes; its size is `CLEAN_SIZE`."""
CLEAN_SIZE = 17
SAY = (
    f"(call $output_set (call $put (i32.const 0) (i32.const {CLEAN_SIZE}))"
    f" (i64.const {CLEAN_SIZE}))"
)
"""Answer with the text at address 0 as far as a clean answer is long."""


def module(
    execute: str = "",
    *,
    imports: str = "",
    extra: str = "",
    text: str = CLEAN,
    memory: str = '(memory (export "memory") 1)',
    form: str = "(result i32)",
    returns: str = "(i32.const 0)",
) -> bytes:
    """Return a policy whose ``Execute`` runs these instructions; ``text`` stands at address 0."""
    data = f'(data (i32.const 0) "{text}")' if text else ""
    return assemble(
        f"(module {_IMPORTS} {imports} {memory} {data} {_PUT} {extra}"
        f' (func (export "Execute") {form} {execute} {returns}))'
    )


def answering(text: str, size: int) -> bytes:
    """Return a policy that answers with ``size`` bytes of ``text``."""
    say = f"(call $output_set (call $put (i32.const 0) (i32.const {size})) (i64.const {size}))"
    return module(say, text=text)


def assemble(source: str) -> bytes:
    """Return the Wasm of a module in text."""
    return bytes(wasmtime.wat2wasm(source))
