"""Hostile Rego: what each policy does, and the reason code that it gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.evaluate.hostile.programs import PASSED, Case
from tests.evaluate.make import policy

LIMITS: dict[str, Any] = {"fuel": 2_000_000_000, "memory": 96 << 20, "timeout": 20.0}
MAIN = "package p\n\n"


def _deny(body: str) -> str:
    return f"{MAIN}deny contains x if {{\n  {body}\n}}\n"


def _doubling(first: str, again: str, last: str) -> str:
    """Return a rule in which each of 40 values is twice as large as the one before."""
    steps = "\n  ".join(again.format(f"a{at}", f"a{at - 1}") for at in range(1, 41))
    return _deny(f"a0 := {first}\n  {steps}\n  x := {last}")


def _types() -> str:
    """Return rules whose types are each twice as large as the one before."""
    rules = "\n".join(f"r{at} := [r{at - 1}, r{at - 1}]" for at in range(1, 41))
    return f"{MAIN}r0 := [input.x]\n{rules}\nallow if r40[0]\n"


def _wide(depth: int, width: int) -> bytes:
    tree: Any = 0
    for _ in range(depth):
        tree = [tree] * width
    return json.dumps(tree).encode()


_LAUGHS = "\\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 10)]
)

_RUNNING: dict[str, tuple[str, str]] = {
    "comprehension bomb": (
        _deny(
            "x := count({[a, b, c] | some a in numbers.range(1, 3000);"
            " some b in numbers.range(1, 3000); some c in numbers.range(1, 3000); a * b * c < 0})"
        ),
        "OUT_OF_FUEL",
    ),
    "memory bomb": (
        _deny(
            "x := count([[a, b] | some a in numbers.range(1, 3000);"
            " some b in numbers.range(1, 3000)])"
        ),
        "OUT_OF_FUEL",
    ),
    "texts that double": (
        _doubling('"aaaaaaaaaaaaaaaa"', "{0} := concat({1}, [{1}, {1}])", "a40"),
        "OUT_OF_MEMORY",
    ),
    "arrays that double": (_doubling("[1]", "{0} := array.concat({1}, {1})", "a40"), "OUT_OF_FUEL"),
    "references that double": (_doubling("[1]", "{0} := [{1}, {1}]", "a40"), "OUT_OF_FUEL"),
    "range of 10^9": (_deny("x := count(numbers.range(1, 1000000000))"), "OUT_OF_FUEL"),
    "types that double": (_types(), "UNDEFINED_RESULT"),
    "comprehensions in each other": (
        f"{MAIN}allow if {'count([1 | ' * 2_000}true{']) >= 0' * 2_000}\n",
        "TRAP",
    ),
    "a body of 30,000 lines, backwards": (
        f"{MAIN}allow if {{\n"
        + "".join(f"  v{at} = v{at + 1}\n" for at in range(30_000))
        + "  v30000 = 1\n}\n",
        "OUT_OF_FUEL",
    ),
    "regex that backtracks elsewhere": (
        _deny('regex.match("^(a+)+$", concat("", ["a" | numbers.range(1, 5000)[_]]))\n  x := "no"')
        + 'deny contains "b" if regex.match("(a|aa)+$", concat("", ["a", "b"]))\n',
        "failed",
    ),
    "regex that is too large": (
        _deny('regex.match("((x{1000}){1000}){1000}", "x")\n  x := 1'),
        "BUILTIN_ERROR",
    ),
    "glob": (
        _deny(f'glob.match("{"*a" * 30}b", [], "{"a" * 4000}")\n  x := 1') + "allow := true\n",
        PASSED,
    ),
    "function that calls itself": (
        f"{MAIN}f(n) := f(n)\n\nallow if f(1)\n",
        "POLICY_COMPILE",
    ),
    "rule that needs itself": (f"{MAIN}allow if not allow\n", "POLICY_COMPILE"),
    "unsafe variable": (_deny("not missing[x]"), "POLICY_COMPILE"),
    "unsafe variable in a head": (f'{MAIN}deny contains x if input.a == "b"\n', "POLICY_COMPILE"),
    "misspelt variable": (
        f'{MAIN}deny contains "bad" if {{ input.sev == "high"; severty == "high" }}\n',
        "POLICY_COMPILE",
    ),
    "Rego v0": (f'{MAIN}deny[msg] {{ msg := "x" }}\n', "POLICY_PARSE"),
    "input defined": (f"{MAIN}input := 1\n\nallow := true\n", "POLICY_COMPILE"),
    "double assignment": (f"{MAIN}allow if {{ x := 1; x := 2 }}\n", "POLICY_COMPILE"),
    "deep parentheses": (f"{MAIN}allow := {'(' * 100_000}true{')' * 100_000}\n", "TRAP"),
    "deep arrays": (f"{MAIN}allow := {'[' * 100_000}{']' * 100_000}\n", "TRAP"),
    "open brackets": (f"{MAIN}allow := {'[{' * 50_000}\n", "TRAP"),
    "deep negation": (f"{MAIN}allow if {'not ' * 100_000}true\n", "POLICY_PARSE"),
    "deep sum": (f"{MAIN}allow if {'1+' * 100_000}1 == 1\n", "TRAP"),
    "number of 200,000 digits": (
        f"{MAIN}allow if {'9' * 200_000} == input.n\n\ndefault allow := false\n",
        "OUT_OF_FUEL",
    ),
    "huge exponent": (f"{MAIN}deny contains 1e999999999 + 1\n", "POLICY_PARSE"),
    "product of huge exponents": (
        _deny("x := 1e10000000 * 1e10000000"),
        "POLICY_PARSE",
    ),
    "shift without end": (
        _deny("x := bits.lsh(1, 100000000000)"),
        "EVAL_ERROR",
    ),
    "10 MB of comments": (f"{MAIN}{'# x' * 3_500_000}\nallow := true\n", "OUT_OF_FUEL"),
    "10 MB of rules": (
        MAIN + "".join(f"r{at} := {at}\n" for at in range(600_000)) + "allow := true\n",
        "OUT_OF_FUEL",
    ),
    "100,000 rules of one name": (
        MAIN + "deny contains 1\n" * 100_000,
        "OUT_OF_FUEL",
    ),
    "flood of prints": (
        _deny('some n in numbers.range(1, 4000)\n  print("spam", n)\n  n < 0\n  x := n'),
        PASSED,
    ),
    "print of much": (
        _deny(f'print("{"spam" * 50_000}")\n  false\n  x := 1'),
        PASSED,
    ),
    "sprintf bomb": (
        _deny('x := sprintf("%1000000000d", [1])'),
        "failed",
    ),
    "sprintf without end": (
        _deny(
            'all := numbers.range(1, 2000)\n  x := sprintf(concat("", ["%500000d" | all[_]]), all)'
        ),
        "OUT_OF_MEMORY",
    ),
    "YAML laughs": (_deny(f'x := yaml.unmarshal("{_LAUGHS}")'), "BUILTIN_ERROR"),
    "deep JSON text": (
        _deny(f'x := json.unmarshal("{"[" * 100_000}")'),
        "BUILTIN_ERROR",
    ),
    "paths of a dense graph": (
        _deny(
            "nodes := numbers.range(1, 30)\n"
            "  g := {n: nodes | some n in nodes}\n"
            "  x := count(graph.reachable_paths(g, {1}))"
        ),
        "OUT_OF_FUEL",
    ),
    "schema from elsewhere": (
        _deny('x := json.match_schema({}, {"$ref": "http://127.0.0.1:1/x"})'),
        "BUILTIN_ERROR",
    ),
    "conflict": (f"{MAIN}allow := true\n\nallow := false\n", "EVAL_CONFLICT"),
    "certificates that are none": (
        _deny('x := crypto.x509.parse_certificates("AAAA")'),
        "BUILTIN_ERROR",
    ),
    "token that is none": (_deny('x := io.jwt.decode("a.b.c")'), "BUILTIN_ERROR"),
    "10^6 violations": (
        f'{MAIN}result := {{"violations": ["x" | numbers.range(1, 1000000)[_]]}}\n',
        "OUT_OF_FUEL",
    ),
    "20,000 findings": (
        f'{MAIN}result := {{"findings": [{{"message": "x"}} | numbers.range(1, 20000)[_]]}}\n',
        "RESULT_TOO_LARGE",
    ),
    "result that is no object": (f"{MAIN}result := [1]\n", "GARBAGE_RESULT"),
    "result without a verdict": (f"{MAIN}result := {{}}\n", "GARBAGE_RESULT"),
    "deny that is a number": (f"{MAIN}deny := 7\n", "GARBAGE_RESULT"),
    "text that is not UTF-8": (
        _deny('x := base64.decode("/////w==")'),
        "failed",
    ),
    "no rule": (f"{MAIN}x := 1\n", "NO_ENTRY_RULE"),
    "undefined": (f"{MAIN}allow if input.missing\n", "UNDEFINED_RESULT"),
    "text of 100 MB": (
        _deny('x := concat("", ["aaaaaaaaaa" | numbers.range(1, 10000000)[_]])'),
        "OUT_OF_FUEL",
    ),
    "text beyond the output": (
        _deny(f'x := "{"a" * 1_100_000}"'),
        "OUTPUT_LIMIT",
    ),
    **{
        f"{name} without a grant": (_deny(f"x := {call}"), code)
        for name, code, call in (
            (
                "http.send",
                "HTTP_FORBIDDEN",
                'http.send({"method": "get", "url": "http://127.0.0.1:1"})',
            ),
            ("net.lookup_ip_addr", "POLICY_COMPILE", 'net.lookup_ip_addr("example.com")'),
            ("opa.runtime", "POLICY_COMPILE", "opa.runtime()"),
            ("rego.parse_module", "POLICY_COMPILE", 'rego.parse_module("a", "package a")'),
            ("trace", "POLICY_COMPILE", 'trace("x")'),
        )
    },
}
_DOCUMENTS: dict[str, tuple[str, bytes, str]] = {
    "walk of a wide tree": (
        _deny("walk(input, [path, value])\n  walk(value, [_, x])\n  x < 0"),
        _wide(6, 7),
        "OUT_OF_FUEL",
    ),
    "walk of a deep tree": (
        _deny("walk(input, [path, value])\n  count(path) < 0\n  x := value"),
        b"[" * 500 + b"]" * 500,
        PASSED,
    ),
    "document of 100,000 levels": (_deny("x := input"), b"[" * 100_000, "INPUT_INVALID"),
    "document with a key twice": (_deny("x := input"), b'{"a": 1, "a": 2}', "INPUT_INVALID"),
    "document with NaN": (_deny("x := input"), b'{"a": NaN}', "INPUT_INVALID"),
    "document that is not UTF-8": (_deny("x := input"), b'{"a": "\xff"}', "INPUT_INVALID"),
    "document with a lone surrogate": (_deny("x := input"), rb'{"a": "\ud800"}', "INPUT_INVALID"),
    "document with NUL": (_deny("x := input"), b'{"a": "\0"}', "INPUT_INVALID"),
    "empty document": (_deny("x := input"), b"", "INPUT_INVALID"),
    "huge number in a document": (
        f"{MAIN}default allow := false\n\nallow if input.n > 5\n",
        b'{"n": 1e999999999}',
        "EVAL_ERROR",
    ),
    "document of its own arguments": (_deny("x := input.args"), b'{"args": {}}', "INPUT_INVALID"),
}
_TEXT = {
    "NUL in the text": (f"{MAIN}allow := true\n\0deny contains 1\n".encode(), "ENGINE_UNKNOWN"),
    "text in Latin-1": (f"{MAIN}# \xe9\nallow := true\n".encode("latin-1"), "ENGINE_UNKNOWN"),
    "text in UTF-16": (f"{MAIN}allow := true\n".encode("utf-16"), "ENGINE_UNKNOWN"),
    "byte-order mark": (f"\ufeff{MAIN}allow := true\n".encode(), "ENGINE_UNKNOWN"),
}


def rego() -> Iterator[Case]:
    """Yield every hostile policy in Rego."""
    for name, (source, code) in _RUNNING.items():
        yield Case(name, "rego", partial(policy, source), frozenset({code}), limits=LIMITS)
    for name, (source, document, code) in _DOCUMENTS.items():
        make = partial(policy, source)
        yield Case(name, "rego", make, frozenset({code}), document=document, limits=LIMITS)
    for name, (content, code) in _TEXT.items():
        yield Case(name, "rego", partial(policy, content), frozenset({code}))
