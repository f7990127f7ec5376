"""What one document does leaves no trace in the answer about the next one.

Hostile documents and harmless ones in one job, in an order of chance: each harmless one is answered
as it is alone, byte for byte and with the same fuel.
"""

from __future__ import annotations

from random import Random

import pytest

from attest.evaluate.engine import Settings, find
from attest.evaluate.host.pool import Pool
from attest.evaluate.registry import ENGINES
from attest.model.limits import Limits
from attest.model.policy import Policy
from tests.evaluate.make import AT, policy

LIMITS = Limits(timeout=60.0, memory=64 << 20, fuel=400_000_000, output=1 << 18)
POLICY = policy("""package p

deny contains sprintf("%v", [[input.n, count(object.get(input, "many", [])), rand.intn("k", 99)]])

deny contains x if {
\tinput.act == "loop"
\tsome i in numbers.range(1, 100000)
\tsome j in numbers.range(1, 100000)
\ti * j < 0
\tx := "never"
}

deny contains x if { input.act == "memory"; x := count([[i, input.many] | some i in input.many]) }

deny contains x if { input.act == "fail"; x := to_number("x") }

deny contains x if { input.act == "much"; x := concat("", [input.text, input.text]) }

deny contains x if { input.act == "print"; print(input.text); x := "printed" }

deny contains x if { input.act == "conflict"; x := {k: v | some v in [1, 2]; k := "a"} }
""")
_TEXT = b"x" * 200_000
_LIST = b"[" + b"1," * 60_000 + b"1]"
HOSTILE = (
    b'{"act": "loop"}',
    b'{"act": "fail", "n": 1}',
    b'{"act": "conflict", "n": 1}',
    b'{"act": "much", "text": "%b"}' % _TEXT,
    b'{"act": "print", "n": 1, "text": "%b"}' % _TEXT,
    b'{"act": "memory", "many": %b}' % _LIST,
    b'{"act": "large", "many": %b}' % _LIST,
    b"{",
    b'{"a": 1, "a": 2}',
    b"[" * 10_000,
    b'{"args": 1}',
)
HARMLESS = (b'{"n": 1}', b'{"n": "two", "many": [1, 2]}', b'{"n": null}', b'{"n": {"x": [3]}}')

Said = tuple[str, bytes, str | None, int, tuple[str, ...]]


def ask(one: Policy, documents: list[bytes], pool: Pool) -> list[Said]:
    answers = find(one, ENGINES).ask(one, documents, Settings(AT, LIMITS), pool)
    return [(one.status, one.body, one.code, one.fuel, one.logs) for one in answers]


@pytest.mark.parametrize("seed", range(3))
def test_a_harmless_document_is_answered_as_if_it_were_alone(seed: int) -> None:
    alone = {}
    for document in HARMLESS:
        with Pool(1) as pool:
            (alone[document],) = ask(POLICY, [document], pool)
    documents = [*HOSTILE, *HARMLESS, *HARMLESS, *HARMLESS, *HARMLESS]
    Random(seed).shuffle(documents)  # noqa: S311  # an order, the same each time
    with Pool(1) as pool:
        found = ask(POLICY, documents, pool)
    for document, answer in zip(documents, found, strict=True):
        if document in alone:
            assert answer == alone[document]
    assert all(answer[0] == "value" for answer in alone.values())
    assert {answer[2] for answer in found} >= {"OUT_OF_FUEL", "OUTPUT_LIMIT"}


def test_a_hostile_document_is_answered_the_same_wherever_it_stands() -> None:
    with Pool(1) as pool:
        found = ask(POLICY, [*HOSTILE, *HARMLESS, *reversed(HOSTILE)], pool)
    first, last = found[: len(HOSTILE)], found[-len(HOSTILE) :]
    assert first == last[::-1]
