"""What a worker that was taken over can do: cost its own documents, and nothing else."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from attest.errors import EngineError
from attest.evaluate.host import process
from attest.evaluate.host.job import CompiledModule, Job
from attest.evaluate.host.pool import Pool
from attest.model.limits import Limits
from tests.evaluate.host import liar
from tests.evaluate.host.test_pool import children, outcomes

NOBODY = (CompiledModule("0" * 64, 0),)
LOST = {"WORKER_DIED", "TIMEOUT"}


@pytest.fixture(autouse=True)
def _taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every worker be a liar."""
    monkeypatch.setattr(process, "_WORKER", "tests.evaluate.host.liar")


def job(*documents: bytes, seconds: float = 20.0, **fields: object) -> Job:
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a descriptor to send
        module = CompiledModule("0" * 64, os.dup(nothing.fileno()))
    limits = Limits(timeout=seconds)
    return Job("frozen", (module,), b"A", documents, limits, 0, **fields)  # type: ignore[arg-type]


def wait(_op: str, _body: bytes) -> bytes:
    time.sleep(2)
    return b""


def deny(_op: str, _body: bytes) -> bytes:
    raise EngineError("HTTP_FORBIDDEN", "no")


def test_a_liar_that_keeps_to_the_protocol_is_a_worker() -> None:
    with Pool(1) as pool:
        assert outcomes(pool.run(job(b"a", b"b"))) == ["a", "b"]


@pytest.mark.parametrize(
    "act",
    [
        *("answers_the_next", "guesses_a_token", "answers_while_it_calls", "calls_twice"),
        *("is_ready_again", "is_unfit", "floods", "announces_too_much", "hangs_up_and_lives_on"),
        *("nests", "not_a_number", "more_fuel_than_there_is"),
    ],
)
def test_a_broken_protocol_costs_the_document_that_broke_it(act: str) -> None:
    assert act.encode() in liar.ACTS
    with Pool(1) as pool:
        documents = [b"a", act.encode(), b"b", b"c"]
        answers = pool.run(job(*documents, seconds=3.0, perform=wait))
        assert outcomes(answers)[0] == "a"
        assert outcomes(answers)[1] in LOST
        assert outcomes(answers)[2:] == ["b", "c"]


def test_a_second_answer_is_nobody_s() -> None:
    with Pool(1) as pool:
        answers = outcomes(pool.run(job(b"a", b"two_answers", b"b", b"c")))
        assert "PASS" not in answers
        assert answers == ["a", "two answers", "b", "c"]


def test_an_answer_said_after_the_job_does_not_reach_the_next_one() -> None:
    with Pool(1) as pool:
        for _ in range(3):
            assert outcomes(pool.run(job(b"two_answers"))) == ["two answers"]
            assert outcomes(pool.run(job(b"mine"))) == ["mine"]


def test_a_refused_call_is_an_error_whatever_is_answered_after_it() -> None:
    with Pool(1) as pool:
        answers = pool.run(job(b"a", b"ignores_a_refusal", b"b", perform=deny))
    assert outcomes(answers) == ["a", "HTTP_FORBIDDEN", "b"]
    assert answers[1].body == b""


def test_what_is_no_unicode_is_replaced() -> None:
    with Pool(1) as pool:
        (answer,) = pool.run(job(b"no_unicode"))
    assert answer.logs == ("?",)
    answer.message.encode()


@pytest.mark.parametrize("act", ["drips", "deaf"])
def test_who_says_nothing_in_time_is_killed(act: str) -> None:
    with Pool(1) as pool:
        answers = pool.run(job(b"a", act.encode(), b"b", seconds=2.0))
        assert outcomes(answers) == ["a", "TIMEOUT", "b"]


def test_a_worker_that_does_not_read_is_killed() -> None:
    large = b"x" * (2 << 20)  # more than a socket holds
    with Pool(1) as pool:
        answers = pool.run(job(b"deaf", large, large, seconds=3.0))
    assert [answer.code for answer in answers] == ["TIMEOUT", None, None]


def test_one_that_hangs_up_costs_no_other_s_time() -> None:
    """Burying it takes a moment; an answer that comes meanwhile is not late."""
    documents = [b"hangs_up_and_lives_on"] * 4 + [b"%d" % n for n in range(400)]
    with Pool(2) as pool:
        answers = outcomes(pool.run(job(*documents, seconds=3.0)))
    assert answers[:4] == ["WORKER_DIED"] * 4
    assert answers[4:] == [str(n) for n in range(400)]


def test_nothing_is_left_open(module: CompiledModule) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names, nothing else
    others = set(children())
    for _ in range(3):
        with Pool(2) as pool:
            pool.run(Job("frozen", (module,), b"A", (b"a", b"floods", b"b"), Limits(20.0), 0))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  # as above
    assert set(children()) <= others


def test_a_system_without_processes_is_said_and_leaks_nothing(
    monkeypatch: pytest.MonkeyPatch, module: CompiledModule
) -> None:
    def none_left(*_given: object, **_options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", none_left)
    before = sorted(Path("/proc/self/fd").iterdir())
    with Pool(1) as pool:
        pool.warm()
        for _ in range(3):
            with pytest.raises(EngineError) as refused:
                pool.run(Job("frozen", (module,), b"A", (b"a",), Limits(), 0))
            assert refused.value.code == "WORKER_UNAVAILABLE"
        opened = len(list(Path("/proc/self/fd").iterdir()))
    assert opened - len(before) < 6
