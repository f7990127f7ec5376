"""Damaged Rego, and documents as nobody writes them."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from attest.evaluate import Evaluator
from attest.model.verdict import Outcome
from tests.evaluate.hostile.answers import ECHO
from tests.evaluate.make import decide, policy
from tests.fuzz.engines.oracle import outcome_of
from tests.fuzz.runner import mutate

_LIMITS: dict[str, Any] = {
    "timeout": 10.0,
    "memory": 96 << 20,
    "fuel": 300_000_000,
    "output": 1 << 20,
}
SOURCES = [
    one.encode()
    for one in (
        (
            'package p\n\ndeny contains msg if {\n  some i\n  input.runs[i].level == "error"\n'
            '  msg := sprintf("%v: %v", [i, input.runs[i].id])\n}\n\ndeny contains "always"\n'
        ),
        (
            "package p\n\ndefault allow := false\n\nallow if {\n  every x in input.list { x > 1 }\n"
            '  count(input.list) > 0\n  not input.off\n  regex.match("^a+$", input.name)\n}\n'
        ),
        (
            'package main\n\nresult := {"skipped": skipped, "violations": violations}\n\n'
            "default skipped := false\n\nskipped if not input.specVersion\n\n"
            'violations contains "no" if true\n\n'
            "violations contains v if {\n  some c in input.components\n"
            '  v := concat("@", [c.name, c.version])\n}\n'
        ),
        (
            'package p.q\n\nimport data.lists\n\nviolation contains {"msg": m} if {\n'
            "  m := json.marshal({k: v | some k, v in input})\n}\n"
            'violation_x contains {"msg": "x"}\n'
            'warn contains time.now_ns()\nexception contains ["none"] if false\n'
        ),
        (
            "package p\n\nf(x) := y if { y := x * 2 } else := 0\n\n"
            "allow if f(input.n) == 4 with input.n as 2\n"
            "deny contains $`{input.a}` if input.a\n"
        ),
    )
]
_WORDS = tuple(
    one.encode()
    for one in (
        *("deny", "allow", "violation", "result", "default ", " := ", " = ", " if ", " contains "),
        *(
            "not ",
            "some ",
            "every ",
            " in ",
            " with ",
            " as ",
            "else ",
            "import rego.v1\n",
            "input",
        ),
        *(
            "data",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "|",
            '"',
            "`",
            "#",
            "\n",
            "\t",
            "\\",
            "\0",
            "\ufeff",
        ),
        *("http.send({})", "opa.runtime()", "walk(input)", "1e999", "0x", "_", "null", "true"),
        *("numbers.range(0, 9999999)", "[x | x := input[_]]", "package q\n", "true", "\u202e"),
    )
)
_DOCUMENT = (
    b'{"runs": [{"level": "error", "id": 1.5e3}], "list": [2, 3], "name": "aa", "n": -0, '
    b'"specVersion": "1.5", "components": [{"name": "\\u00e9", "version": "\xc3\xa9"}], "a": null}'
)


class Texts:
    """Asks the Rego guest."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def source(self, random: Random) -> str:
        """Evaluate a damaged policy. The guest is ours: it must keep its convention."""
        source = random.choice(SOURCES)
        text = (
            mutate(source, random, _WORDS)
            if random.random() < 0.2
            else rewritten(source, random.choice(SOURCES), random)
        )
        named = random.choice((None, None, None, "p/allow", "p/deny", "main/result"))
        one = policy(text, engine="rego", entrypoint=named, v0_compatible=random.random() < 0.1)
        decision = decide(self._evaluator, one, _DOCUMENT, **_LIMITS)
        return outcome_of(decision, "GUEST_INVALID", "GUEST_EXIT")

    def document(self, random: Random) -> str:
        """Have a policy say what it was given: the same, or the document was refused."""
        document = any_document(random)
        decision = decide(self._evaluator, _MARSHAL, document, **_LIMITS)
        if decision.outcome is Outcome.FAILED:
            (found,) = decision.findings
            assert _read(found.message.encode()) == _read(document), found.message
        else:
            assert decision.outcome is Outcome.ERROR
        return outcome_of(decision, "GUEST_INVALID", "GUEST_EXIT", "TRAP")

    def extism_document(self, random: Random) -> str:
        """Have a program answer with its document: it is an answer like any other."""
        document = mutate(b'{"violations": ["no"], "findings": [{"message": "m"}]}', random, _JSON)
        return outcome_of(decide(self._evaluator, policy(ECHO), document))


def rewritten(source: bytes, other: bytes, random: Random) -> bytes:
    """Return Rego in which a few words are gone, moved, repeated, or of another policy."""
    words, theirs = _WORD.findall(source), _WORD.findall(other)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(3, len(words))
        act = random.randrange(5)
        if act == 0:
            del words[at]
        elif act == 1:
            words.insert(at, random.choice(theirs))
        elif act == 2:
            alike = [one for one in theirs if one[:1].isalnum() == words[at][:1].isalnum()]
            words[at] = random.choice((*alike, *_WORDS[:12]))
        elif act == 3:
            to = random.randrange(3, len(words))
            words[at], words[to] = words[to], words[at]
        else:
            line = [*theirs, b"\n", *theirs]
            words[at:at] = line[(start := random.randrange(len(theirs))) : start + 12]
    return b"".join(words)


_WORD = re.compile(rb'\s+|\w+|"[^"\n]*"|[^\s\w]')
_MARSHAL = policy("package p\n\ndeny contains json.marshal(input)\n")
_JSON = tuple(
    one.encode()
    for one in (
        *(
            '{"',
            '"}',
            "[",
            "]",
            "[]",
            "{}",
            ",",
            ":",
            '"',
            "\\",
            "\\u0000",
            "\\ud800",
            "\\ud83d\\ude00",
        ),
        *("null", "true", "NaN", "-Infinity", "1e400", "-0", "0.1", "1E-7", "18446744073709551617"),
        *("\0", "\u2028", "\ufeff", "/**/", "'a'", '"a":1,"a":2', "[" * 300, "9" * 400, " "),
        *('"violations"', '"findings"', '"skipped":true', '"suppress":true', '"args":{}'),
    )
)


def any_document(random: Random) -> bytes:
    """Return a document: well-formed, damaged, or neither."""
    text = json.dumps(_value(random, 0), ensure_ascii=random.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    return text if random.random() < 0.4 else mutate(text, random, _JSON)


def _value(random: Random, depth: int) -> Any:
    kind = random.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return random.choice((None, True, False))
    if kind == 1:
        return random.choice((0, -1, 2**63, -(2**64) - 5, 10 ** random.randrange(30)))
    if kind == 2:
        return random.choice((0.5, 1e-7, 1.25e300, -2.5, random.random()))
    if kind <= 5:
        return "".join(chr(random.choice(_CHARACTERS)) for _ in range(random.randrange(6)))
    many = random.randrange(4)
    if kind <= 7:
        return {_name(random): _value(random, depth + 1) for _ in range(many)}
    return [_value(random, depth + 1) for _ in range(many)]


_CHARACTERS = (*range(32, 128), 0, 10, 0x7F, 0xE9, 0x2028, 0xFFFD, 0xD800, 0x1F600, 0x202E)


def _name(random: Random) -> str:
    return random.choice(("a", "b", "runs", "", "é", "\0", "x y", "__proto__"))


def _read(text: bytes) -> Any:
    """Read JSON in which a number is what was written."""
    return json.loads(text.decode(), parse_float=_number, parse_int=_number)


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond its own limit
        return text
