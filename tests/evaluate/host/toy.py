"""A tiny guest in WebAssembly text that speaks the frozen convention and misbehaves on demand.

The first byte of a document says what it does; anything else is echoed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import wasmtime

from attest.evaluate.host import cache
from attest.evaluate.host.job import CompiledModule, Job
from attest.model.limits import Limits

LOOP, TRAP, GROW, HUGE, BOGUS, EXIT, COUNT, PREPARED, PRINT, CLOCK = (
    bytes([code]) for code in b"LTMOSXCRPK"
)
DOCUMENT, ANSWER = 1_024, 8_192

TOY = f"""
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 2)
  (global $count (export "__g0") (mut i32) (i32.const 0))
  (func $answer (param $status i32) (param $size i32) (result i32)
    (i32.store (i32.const {ANSWER}) (local.get $size))
    (i32.store8 (i32.const {ANSWER + 4}) (local.get $status))
    (i32.const {ANSWER}))
  (func $byte (param $value i32) (result i32)
    (i32.store8 (i32.const {ANSWER + 5}) (local.get $value))
    (call $answer (i32.const 118) (i32.const 1)))
  (func (export "alloc") (param i32) (result i32) (i32.const {DOCUMENT}))
  (func (export "prepare") (param $n i32) (result i32)
    (i32.store8 (i32.const 512) (i32.load8_u (i32.const {DOCUMENT})))
    (i32.store8 (i32.const 100000) (i32.const 7))
    (global.set $count (i32.const 40))
    (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.const 140000) (i32.const 2))
    (if (i32.eq (i32.load8_u (i32.const 512)) (i32.const 69))
      (then (return (call $answer (i32.const 101) (i32.const 0)))))
    (call $answer (i32.const 118) (i32.const 0)))
  (func (export "evaluate") (param $n i32) (result i32)
    (local $what i32)
    (local.set $what (i32.load8_u (i32.const {DOCUMENT})))
    (if (i32.eq (local.get $what) (i32.const 76)) (then (loop $again (br $again))))
    (if (i32.eq (local.get $what) (i32.const 84)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 77)) (then
      (loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
      (i32.store (i32.const 16) (i32.const 24))
      (i32.store (i32.const 20) (i32.const 23))
      (drop (call $write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 8)))
      unreachable))
    (if (i32.eq (local.get $what) (i32.const 79))
      (then (return (call $answer (i32.const 118) (i32.const 0x7fffffff)))))
    (if (i32.eq (local.get $what) (i32.const 83))
      (then (return (call $answer (i32.const 122) (i32.const 0)))))
    (if (i32.eq (local.get $what) (i32.const 88)) (then (call $exit (i32.const 3))))
    (if (i32.eq (local.get $what) (i32.const 67)) (then
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.store8 (i32.const 600) (i32.add (i32.load8_u (i32.const 600)) (i32.const 1)))
      (return (call $byte (i32.add (global.get $count) (i32.load8_u (i32.const 600)))))))
    (if (i32.eq (local.get $what) (i32.const 82)) (then
      (return (call $byte (i32.add (i32.load8_u (i32.const 512))
        (i32.add (i32.load8_u (i32.const 100000)) (i32.load8_u (i32.const 140000))))))))
    (if (i32.eq (local.get $what) (i32.const 80)) (then
      (i32.store (i32.const 16) (i32.const {DOCUMENT}))
      (i32.store (i32.const 20) (local.get $n))
      (drop (call $write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 8)))))
    (if (i32.eq (local.get $what) (i32.const 75)) (then
      (drop (call $clock (i32.const 0) (i64.const 0) (i32.const {ANSWER + 5})))
      (return (call $answer (i32.const 118) (i32.const 8)))))
    (memory.copy (i32.const {ANSWER + 5}) (i32.const {DOCUMENT}) (local.get $n))
    (call $answer (i32.const 118) (local.get $n)))
  (data (i32.const 24) "runtime: out of memory\\n"))
"""


def compiled(text: str = TOY, progress: Callable[[str], None] | None = None) -> CompiledModule:
    """Compile WebAssembly text by way of the cache."""
    wasm = bytes(wasmtime.wat2wasm(text))
    digest = hashlib.sha256(wasm).hexdigest()
    return cache.compiled(digest, lambda: wasm, name="a toy", progress=progress)


def job(module: CompiledModule, *documents: bytes, request: bytes = b"A", **limits: float) -> Job:
    """A job for the toy, under ``limits``."""
    walls = Limits(**{"timeout": 20.0, **limits})  # type: ignore[arg-type]  # names are checked
    return Job("frozen", (module,), request, documents, walls, at_ns=1_700_000_000 * 10**9)
