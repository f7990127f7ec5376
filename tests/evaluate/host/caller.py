"""A guest that passes its document on as a host call and answers what it got.

A document that starts with ``!`` is called twice; one that starts with ``N`` calls without end.
"""

from __future__ import annotations

import json
from dataclasses import replace

from attest.evaluate.host.job import CompiledModule, Job, Perform
from tests.evaluate.host import toy

DOCUMENT, ANSWER = 1_024, 65_536

CALLER = f"""
(module
  (import "attest" "call" (func $call (param i32 i32) (result i32)))
  (import "attest" "take" (func $take (param i32)))
  (memory (export "memory") 400)
  (func $answer (param $size i32) (result i32)
    (i32.store (i32.const {ANSWER}) (local.get $size))
    (i32.store8 (i32.const {ANSWER + 4}) (i32.const 118))
    (i32.const {ANSWER}))
  (func (export "alloc") (param i32) (result i32) (i32.const {DOCUMENT}))
  (func (export "prepare") (param $n i32) (result i32)
    (if (i32.eq (i32.load8_u (i32.const {DOCUMENT})) (i32.const 123))
      (then (drop (call $call (i32.const {DOCUMENT}) (local.get $n)))))
    (call $answer (i32.const 0)))
  (func (export "evaluate") (param $n i32) (result i32)
    (local $size i32)
    (if (i32.eq (i32.load8_u (i32.const {DOCUMENT})) (i32.const 78)) (then
      (loop $again
        (drop (call $call (i32.const {DOCUMENT + 1}) (i32.sub (local.get $n) (i32.const 1))))
        (br $again))))
    (if (i32.eq (i32.load8_u (i32.const {DOCUMENT})) (i32.const 33)) (then
      (drop (call $call (i32.const {DOCUMENT + 1}) (i32.sub (local.get $n) (i32.const 1))))
      (i32.store8 (i32.const {DOCUMENT}) (i32.const 32))))
    (local.set $size (call $call (i32.const {DOCUMENT}) (local.get $n)))
    (call $take (i32.const {ANSWER + 5}))
    (call $answer (local.get $size))))
"""


def job(module: CompiledModule, perform: Perform | None, *documents: bytes, **limits: float) -> Job:
    """A job for the caller."""
    request = b"{}" if limits.pop("in_prepare", 0) else b"A"
    memory = {"memory": 64 << 20, **limits}
    return replace(toy.job(module, *documents, request=request, **memory), perform=perform)


def asks(op: str, request: object) -> bytes:
    """A document that makes the guest call ``op``."""
    return json.dumps({"op": op, "request": request}).encode()
