"""Hostile answers: what a policy says, in the name of each engine that runs Wasm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from attest.model.policy import Policy
from tests.evaluate.abi.extism.older_wat import older
from tests.evaluate.abi.extism.wat import module
from tests.evaluate.abi.opa.wat import module as opa
from tests.evaluate.hostile.programs import PASSED, Case
from tests.evaluate.make import policy

_ESCAPE = r"\u001b[2J\n::error::gone\n##[error]gone\n<script>alert(1)</script>|`$(id)`"
ATTACK = b'"' + _ESCAPE.encode() + b'"'
"""A JSON string that attacks terminals, CI runners, HTML and Markdown."""
_FIELDS = {
    "violation": b'{"violations": [%b]}',
    "message": b'{"findings": [{"message": %b}]}',
    "rule": b'{"findings": [{"message": "m", "rule_id": %b}]}',
    "severity": b'{"findings": [{"message": "m", "severity": %b}]}',
    "location": b'{"findings": [{"message": "m", "location": %b}]}',
    "place": b'{"findings": [{"message": "m", "location": {%b: 1}}]}',
    "remedy": b'{"findings": [{"message": "m", "recommendation": %b}]}',
    "id": b'{"findings": [{"message": "m", "external_id": %b}]}',
    "details": b'{"findings": [{"message": "m", "details": {"id": %b}}]}',
    "reason": b'{"violations": [], "skipped": true, "skip_reason": %b}',
    "unknown member": b'{"violations": ["m"], %b: 1}',
}
_INSERTED: dict[str, tuple[bytes, str]] = {
    "escapes": (ATTACK, ""),
    "an escaped NUL": (rb'"a\u0000b"', ""),
    "NUL": (b'"a\0b"', "GARBAGE_RESULT"),
    "a line break": (b'"a\nb"', "GARBAGE_RESULT"),
    "bytes that are not UTF-8": (b'"\xff\xfe\xc0\x80"', "GARBAGE_RESULT"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "GARBAGE_RESULT"),
    "a lone surrogate": (rb'"\ud800"', "GARBAGE_RESULT"),
}
_WHOLE: dict[str, tuple[bytes, str]] = {
    "no text": (b"", "NO_RESULT"),
    "blanks": (b"   ", "GARBAGE_RESULT"),
    "words": (b"passed!", "GARBAGE_RESULT"),
    "null": (b"null", "GARBAGE_RESULT"),
    "true": (b"true", "GARBAGE_RESULT"),
    "a number": (b"0", "GARBAGE_RESULT"),
    "text": (b'"passed"', "GARBAGE_RESULT"),
    "an array": (b"[]", "GARBAGE_RESULT"),
    "an empty object": (b"{}", "GARBAGE_RESULT"),
    "half an object": (b'{"violations": []', "GARBAGE_RESULT"),
    "two objects": (b'{"violations": []}{"violations": ["x"]}', "GARBAGE_RESULT"),
    "violations that are null": (b'{"violations": null}', "GARBAGE_RESULT"),
    "violations that are an object": (b'{"violations": {}}', "GARBAGE_RESULT"),
    "violations that are false": (b'{"violations": false}', "GARBAGE_RESULT"),
    "a violation that is a number": (b'{"violations": [0]}', "GARBAGE_RESULT"),
    "a violation that is null": (b'{"violations": [null]}', "GARBAGE_RESULT"),
    "a finding that is text": (b'{"findings": ["x"]}', "GARBAGE_RESULT"),
    "a finding without a message": (b'{"findings": [{}]}', "GARBAGE_RESULT"),
    "a skip in words": (b'{"violations": [], "skipped": "false"}', "GARBAGE_RESULT"),
    "a skip in numbers": (b'{"violations": [], "skipped": 0}', "GARBAGE_RESULT"),
    "ignore in words": (b'{"violations": ["x"], "ignore": "true"}', "GARBAGE_RESULT"),
    "suppress in words": (
        b'{"findings": [{"message": "m", "suppress": "true"}]}',
        "GARBAGE_RESULT",
    ),
    "a reason that is a number": (
        b'{"violations": [], "skipped": true, "skip_reason": 1}',
        "GARBAGE_RESULT",
    ),
    "skipped with an objection": (b'{"violations": ["x"], "skipped": true}', "failed"),
    "ignored with an objection": (b'{"violations": ["x"], "ignore": true}', "failed"),
    "a severity that is a number": (
        b'{"findings": [{"message": "m", "severity": 9}]}',
        "failed",
    ),
    "a score of NaN": (
        b'{"findings": [{"message": "m", "cvss_v3_score": NaN}]}',
        "GARBAGE_RESULT",
    ),
    "NaN": (b'{"violations": [], "n": NaN}', "GARBAGE_RESULT"),
    "Infinity": (b'{"violations": [], "n": -Infinity}', "GARBAGE_RESULT"),
    "a number out of range": (b'{"violations": [], "n": 1e999}', "GARBAGE_RESULT"),
    "an integer of 4,000 digits": (b'{"violations": [], "n": ' + b"9" * 4_000 + b"}", PASSED),
    "an integer of 100,000 digits": (
        b'{"violations": [], "n": ' + b"9" * 100_000 + b"}",
        "GARBAGE_RESULT",
    ),
    "a key twice": (b'{"violations": ["x"], "violations": []}', "GARBAGE_RESULT"),
    "a key twice, spelled otherwise": (
        rb'{"violations": ["x"], "violation\u0073": []}',
        "GARBAGE_RESULT",
    ),
    "a key twice, inside": (
        b'{"findings": [{"message": "x", "suppress": false, "suppress": true}]}',
        "GARBAGE_RESULT",
    ),
    "a key in other letters": (b'{"Violations": []}', "GARBAGE_RESULT"),
    "100,000 levels": (
        b'{"violations": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "GARBAGE_RESULT",
    ),
    "100,000 levels that stay open": (b"[" * 100_000, "GARBAGE_RESULT"),
    "300 levels": (b'{"violations": [], "x": ' + b"[" * 300 + b"]" * 300 + b"}", "GARBAGE_RESULT"),
    "a byte-order mark": (b'\xef\xbb\xbf{"violations": []}', "GARBAGE_RESULT"),
    "UTF-16": ('{"violations": []}'.encode("utf-16"), "GARBAGE_RESULT"),
    "a comment": (b'{"violations": [] /* x */}', "GARBAGE_RESULT"),
    "a comma too many": (b'{"violations": [],}', "GARBAGE_RESULT"),
    "other quotes": (b"{'violations': []}", "GARBAGE_RESULT"),
}
_MANY: dict[str, tuple[bytes, str]] = {
    "10^6 violations": (b'{"violations": [' + b'"",' * 999_999 + b'""]}', "RESULT_TOO_LARGE"),
    "10^6 findings": (
        b'{"findings": [' + b'{"message":""},' * 999_999 + b'{"message":""}]}',
        "RESULT_TOO_LARGE",
    ),
    "5,001 of each": (
        b'{"violations": [' + b'"v",' * 5_000 + b'"v"], "findings": ['
        b"" + b'{"message":"f"},' * 5_000 + b'{"message":"f"}]}',
        "RESULT_TOO_LARGE",
    ),
    "17 MB": (b'{"violations": ["' + b"x" * (17 << 20) + b'"]}', "OUTPUT_LIMIT"),
}
_LARGE = {"memory": 256 << 20, "output": 16 << 20, "fuel": 10_000_000_000}

ECHO = module(
    "(call $output_set (call $input_offset) (call $input_length))",
    imports='(import "extism:host/env" "input_offset" (func $input_offset (result i64)))'
    '(import "extism:host/env" "input_length" (func $input_length (result i64)))',
)
"""A program of Extism's that answers with its document."""
OLDER_ECHO = older(
    """(i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $size)))""",
    memory='(memory (export "memory") 3000)',
)
"""The same in the older convention."""
_ECHOES = {"extism": ECHO, "older": OLDER_ECHO}
_100_MB = {
    "extism": module(
        "(call $output_set (call $alloc (i64.const 104857600)) (i64.const 104857600))"
    ),
    "older": older("(i64.const 104857600)", memory='(memory (export "memory") 3000)'),
    "opa": opa(
        evaluate="(drop (memory.grow (i32.const 1700))) (global.set $result (i32.const 1048576))"
        "(memory.fill (i32.const 1048576) (i32.const 32) (i32.const 104857600))"
    ),
}


def answers() -> Iterator[Case]:
    """Yield every hostile answer, for every engine that could give it.

    Where in an answer a text stands is for the reader of all engines: OPA's is given a part.
    """
    for name, (text, code) in {**_WHOLE, **_inserted(_FIELDS), **_MANY}.items():
        for engine, program in _ECHOES.items():
            make = partial(policy, program)
            yield Case(name, engine, make, frozenset({code}), document=text, limits=_LARGE)
    for name, (text, code) in {**_WHOLE, **_inserted(["violation"]), **_MANY}.items():
        codes = frozenset({_OPA_SAYS.get(name, code)})
        yield Case(name, "opa", partial(_opa, text), codes, limits=_LARGE)
    for engine, program in _100_MB.items():
        make = partial(policy, program)
        yield Case("100 MB", engine, make, frozenset({"OUTPUT_LIMIT"}), limits=_LARGE)


def _inserted(fields: Iterable[str]) -> dict[str, tuple[bytes, str]]:
    """Return each text in each place."""
    return {
        f"{what} in a {field}": (
            _FIELDS[field] % text,
            code or ("skipped" if field == "reason" else "failed"),
        )
        for field in fields
        for what, (text, code) in _INSERTED.items()
    }


def _opa(text: bytes) -> Policy:
    """Return a program of OPA's that answers so; the host makes room for what it holds."""
    said = _written(b'[{"result": ' + text + b"}]")
    data = f'(data (i32.const {_FAR}) "{said}")'
    far = f"(global.set $result (i32.const {_FAR}))"
    return policy(opa(evaluate=far, extra=data, entrypoints='{"p/result": 0}'))


_FAR = 131_072


def _written(content: bytes) -> str:
    """Return bytes as WebAssembly text has them."""
    return "".join(_BYTES[byte] for byte in content)


_BYTES = [chr(one) if chr(one).isalnum() and one < 0x80 else f"\\{one:02x}" for one in range(256)]


_OPA_SAYS = {
    "no text": "GARBAGE_RESULT",
    "UTF-16": "GUEST_INVALID",
    "10^6 findings": "OUTPUT_LIMIT",  # its quotes are escaped on their way
    "bytes that are not UTF-8 in a violation": "GUEST_INVALID",
    "an encoded surrogate in a violation": "GUEST_INVALID",
}
"""What is noticed elsewhere: it reads its result set as text, which begins before the answer."""
