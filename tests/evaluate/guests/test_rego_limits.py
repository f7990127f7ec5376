"""The Rego engine: the same answer always, and what one bad document costs."""

from __future__ import annotations

import pytest

from attest.evaluate.host.job import ERROR
from attest.model.limits import Limits
from tests.evaluate.guests.conftest import MAIN, Ask, rules


def test_the_same_document_gives_the_same_bytes_and_fuel(ask: Ask) -> None:
    random = '[time.now_ns(), rand.intn("a", 1000), uuid.rfc4122("k")]'
    source = f'{MAIN}deny contains sprintf("%v %v %v", {random})'
    answers = [ask(source, documents=(b'{"n": %d}' % n, b"{}"))[1] for n in range(20)]
    assert len({(answer.status, answer.body, answer.fuel) for answer in answers}) == 1
    (text,) = rules(answers[0])["main.deny"]
    assert text.startswith("1767323045000000000 ")


LOOP = (
    MAIN
    + """
deny contains "slow" if {
  input.loop
  some x in numbers.range(1, 100000)
  some y in numbers.range(1, 100000)
  x * y < 0
}
deny contains "fine" if not input.loop
"""
)
THREE = (b"{}", b'{"loop": true}', b'{"a": 1}')


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(timeout=20, fuel=500_000_000), "OUT_OF_FUEL"),
        (Limits(timeout=0.4, fuel=10**14), "TIMEOUT"),
    ],
)
def test_a_loop_costs_itself_alone(ask: Ask, limits: Limits, code: str) -> None:
    first, looping, last = ask(LOOP, documents=THREE, limits=limits)
    assert rules(first) == rules(last) == {"main.deny": ["fine"]}
    assert (looping.status, looping.code) == (ERROR, code)


def test_a_memory_bomb_costs_itself_alone(ask: Ask) -> None:
    source = (
        MAIN
        + """
deny contains count(bomb) if {
  input.loop
  bomb := [[x, y] | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000)]
}
deny contains "fine" if not input.loop
"""
    )
    limits = Limits(timeout=60, memory=40 << 20, fuel=10**14)
    first, bomb, last = ask(source, documents=THREE, limits=limits)
    assert rules(first) == rules(last) == {"main.deny": ["fine"]}
    assert (bomb.status, bomb.code, bomb.logs) == (ERROR, "OUT_OF_MEMORY", ())


def test_a_very_deep_policy_stops_cleanly(ask: Ask) -> None:
    (answer,) = ask(f"{MAIN}deny contains {'(' * 5_000}1{')' * 5_000}")
    assert (answer.status, answer.code) == (ERROR, "TRAP")


def test_an_answer_that_is_too_large_is_refused(ask: Ask) -> None:
    source = MAIN + "deny contains x if { some x in numbers.range(1, 1000) }"
    (answer,) = ask(source, limits=Limits(timeout=20, output=1_000))
    assert answer.code == "OUTPUT_LIMIT"


def test_what_a_policy_prints_is_kept(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + 'deny contains "x" if { print("one", {"a": [1]}); print("two\\nlines") }'
    )
    assert answer.logs == ('one {"a": [1]}', "two\\nlines")


def test_what_a_policy_prints_before_it_fails_is_kept(ask: Ask) -> None:
    (answer,) = ask(MAIN + 'deny contains to_number("x") if print("before")')
    assert (answer.code, answer.logs) == ("BUILTIN_ERROR", ("before",))


def test_much_print_is_cut(ask: Ask) -> None:
    (answer,) = ask(
        MAIN + 'deny contains "x" if { some n in numbers.range(1, 9000); print(n, "spam") }'
    )
    assert answer.status == "value"
    assert answer.logs[0] == "1 spam"
    assert answer.logs[-1].endswith("bytes more]")


def test_answers_are_not_escaped_for_html(ask: Ask) -> None:
    assert b"<&>" in ask(MAIN + 'deny contains "<&>"')[0].body


def test_a_hundred_documents_do_not_start_a_hundred_processes(ask: Ask) -> None:
    source, documents = MAIN + "deny contains input.n", [b'{"n":%d}' % n for n in range(100)]
    answers = ask(source, documents=tuple(documents))
    assert [rules(answer)["main.deny"] for answer in answers] == [[n] for n in range(100)]
    before = ask.pool.spawned
    ask(source, documents=tuple(documents))
    assert ask.pool.spawned - before <= 1
