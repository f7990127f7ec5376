"""Host calls: what is denied or fails is an error; a server that is slow holds nobody else up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from attest.errors import EngineError
from attest.evaluate.host.job import Answer, CompiledModule
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.settings import MAX_ANSWER, MAX_CALL_BYTES, MAX_CALLS, MAX_REQUEST
from tests.evaluate.host import caller, toy
from tests.evaluate.host.caller import asks, job


@pytest.fixture(scope="module")
def module() -> CompiledModule:
    return toy.compiled(caller.CALLER)


@pytest.fixture
def single() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def echo(op: str, body: bytes) -> bytes:
    return f"{op}:{body.decode()}".encode()


def refuse(_op: str, body: bytes) -> bytes:
    if b"no" in body:
        raise EngineError("HTTP_FORBIDDEN", "not granted: h\u00e9")
    return b"yes"


def outcomes(answers: tuple[Answer, ...]) -> list[str]:
    return [answer.code or answer.body.decode() for answer in answers]


def test_a_call_is_performed_by_the_parent(pool: Pool, module: CompiledModule) -> None:
    documents = [asks("http", {"n": n}) for n in range(30)]
    answers = pool.run(job(module, echo, *documents))
    assert outcomes(answers) == [f'http:{{"n": {n}}}' for n in range(30)]
    assert len({answer.fuel for answer in answers[:10]}) == 1


def test_an_evaluation_may_call_more_than_once(pool: Pool, module: CompiledModule) -> None:
    seen: list[str] = []

    def note(op: str, _body: bytes) -> bytes:
        seen.append(op)
        return b"x"

    assert outcomes(pool.run(job(module, note, b"!" + asks("one", 1)))) == ["x"]
    assert seen == ["one", "one"]


def test_what_nobody_performs_is_denied(pool: Pool, module: CompiledModule) -> None:
    answers = pool.run(job(module, None, asks("http", {}), asks("discover", {})))
    assert outcomes(answers) == ["HOST_CALL_DENIED"] * 2
    assert "'http'" in answers[0].message


def test_a_refused_call_ends_its_evaluation_and_no_other(
    pool: Pool, module: CompiledModule
) -> None:
    documents = [asks("http", word) for word in ("a", "no", "b")]
    answers = pool.run(job(module, refuse, *documents))
    assert outcomes(answers) == ["yes", "HTTP_FORBIDDEN", "yes"]
    assert answers[1].message == "not granted: h\u00e9"
    assert answers[1].status == "error"


def test_what_a_performer_raises_is_an_error(pool: Pool, module: CompiledModule) -> None:
    def broken(_op: str, _body: bytes) -> bytes:
        raise KeyError("oops")

    assert outcomes(pool.run(job(module, broken, asks("http", 1)))) == ["HOST_CALL_FAILED"]


def test_no_call_is_served_while_a_policy_is_prepared(pool: Pool, module: CompiledModule) -> None:
    prepared = job(module, echo, asks("http", 1), in_prepare=1)
    assert outcomes(pool.run(prepared))[0] in {"HOST_CALL_DENIED", "GUEST_INVALID"}


@pytest.mark.parametrize("document", [b"no JSON", b"[]", b'{"op": "x"}', b"\xff", b"[" * 50_000])
def test_a_call_that_is_none_is_refused(
    pool: Pool, module: CompiledModule, document: bytes
) -> None:
    assert outcomes(pool.run(job(module, echo, document))) == ["GUEST_INVALID"]


def test_calls_are_counted(pool: Pool, module: CompiledModule) -> None:
    made: list[bytes] = []

    def count(_op: str, body: bytes) -> bytes:
        made.append(body)
        return b""

    answers = pool.run(job(module, count, b"N" + asks("http", 1), asks("http", 2)))
    assert outcomes(answers) == ["HOST_CALL_LIMIT", ""]
    assert made.count(b"1") == MAX_CALLS


def test_bytes_of_calls_are_counted(pool: Pool, module: CompiledModule) -> None:
    part = b"x" * (MAX_ANSWER - 1)
    made: list[bytes] = []

    def large(_op: str, body: bytes) -> bytes:
        made.append(body)
        return part

    (answer,) = pool.run(job(module, large, b"N" + asks("http", 1)))
    assert answer.code == "HOST_CALL_LIMIT"
    assert len(made) == MAX_CALL_BYTES // MAX_ANSWER


def test_an_answer_has_a_limit(pool: Pool, module: CompiledModule) -> None:
    answers = pool.run(job(module, lambda _op, _body: b"x" * (MAX_ANSWER + 1), asks("http", 1)))
    assert outcomes(answers) == ["HOST_CALL_LIMIT"]


def test_a_request_may_be_larger_than_an_answer(pool: Pool, module: CompiledModule) -> None:
    request = asks("http", "x" * (MAX_REQUEST // 2))
    answers = pool.run(job(module, lambda _op, _body: b"ok", request, output=1_000))
    assert outcomes(answers) == ["ok"]


def test_a_request_has_a_limit(pool: Pool, module: CompiledModule) -> None:
    answers = pool.run(job(module, echo, asks("http", "x" * MAX_REQUEST)))
    assert outcomes(answers) == ["HOST_CALL_LIMIT"]


def test_the_deadline_goes_on_during_a_call(single: Pool, module: CompiledModule) -> None:
    over = threading.Event()

    def slow(_op: str, body: bytes) -> bytes:
        if body == b"1":
            over.wait(20)
        return b"late"

    try:
        started = time.monotonic()
        answers = single.run(job(module, slow, asks("h", 1), asks("h", 2), timeout=2.0))
        spent = time.monotonic() - started
    finally:
        over.set()
    assert outcomes(answers) == ["TIMEOUT", "late"]
    assert "host call" in answers[0].message
    assert spent < 15


def test_a_slow_server_holds_no_other_document_up(module: CompiledModule) -> None:
    others, done = threading.Event(), list[bytes]()

    def waits(_op: str, body: bytes) -> bytes:
        if body == b"0":
            others.wait(20)
        done.append(body)
        if len(done) == 50:
            others.set()
        return body

    with Pool(2) as pair:
        answers = pair.run(job(module, waits, *[asks("h", n) for n in range(300)]))
        assert pair.spawned == 2
    assert [int(answer.body) for answer in answers] == list(range(300))
    assert done.index(b"0") >= 50
