"""The pool: one bad document costs itself alone."""

from __future__ import annotations

import os
import resource
import select
import signal
import threading
import time
from pathlib import Path

import pytest

from attest.errors import EngineError
from attest.evaluate.host import jail, process
from attest.evaluate.host.job import ERROR, VALUE, Answer, CompiledModule, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.run import Run
from attest.model.limits import Limits
from tests.evaluate.host import toy
from tests.evaluate.host.toy import job


def outcomes(answers: tuple[Answer, ...]) -> list[str]:
    return [answer.code or answer.body.decode() for answer in answers]


def test_answers_come_in_the_order_of_the_documents(pool: Pool, module: CompiledModule) -> None:
    documents = [b"d%d" % index for index in range(50)]
    answers = pool.run(job(module, *documents))
    assert [answer.body for answer in answers] == documents
    assert {answer.status for answer in answers} == {VALUE}


def test_no_documents_need_no_worker(module: CompiledModule) -> None:
    with Pool(2) as fresh:
        assert fresh.run(job(module)) == ()
        assert fresh.spawned == 0


def test_the_same_document_uses_the_same_fuel(pool: Pool, module: CompiledModule) -> None:
    answers = [pool.run(job(module, b"x", b"same", b"y"))[1] for _ in range(20)]
    assert len({(answer.body, answer.fuel) for answer in answers}) == 1
    assert answers[0].fuel > 0


def test_every_document_starts_from_the_prepared_policy(pool: Pool, module: CompiledModule) -> None:
    answers = pool.run(job(module, *[toy.COUNT] * 5, request=b"A"))
    assert [answer.body for answer in answers] == [bytes([42])] * 5


@pytest.mark.parametrize("request_", [b"A", b"B"])
def test_what_prepare_wrote_is_there(pool: Pool, module: CompiledModule, request_: bytes) -> None:
    (answer,) = pool.run(job(module, toy.PREPARED, request=request_))
    assert answer.body == bytes([request_[0] + 7 + 2])


def test_a_failed_prepare_is_the_answer_for_each_document(
    pool: Pool, module: CompiledModule
) -> None:
    answers = pool.run(job(module, b"a", b"b", request=b"E"))
    assert [(answer.status, answer.code) for answer in answers] == [(ERROR, None)] * 2


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (toy.TRAP, "TRAP"),
        (toy.GROW, "OUT_OF_MEMORY"),
        (toy.HUGE, "OUTPUT_LIMIT"),
        (toy.BOGUS, "GUEST_INVALID"),
        (toy.EXIT, "GUEST_EXIT"),
    ],
)
def test_a_misbehaving_document_costs_itself_alone(
    pool: Pool, module: CompiledModule, document: bytes, code: str
) -> None:
    answers = pool.run(job(module, b"a", document, b"b"))
    assert outcomes(answers) == ["a", code, "b"]


def test_a_loop_runs_out_of_fuel(pool: Pool, module: CompiledModule) -> None:
    answers = pool.run(job(module, b"a", toy.LOOP, b"b", fuel=5_000_000))
    assert outcomes(answers) == ["a", "OUT_OF_FUEL", "b"]
    assert answers[1].fuel == 5_000_000


def test_a_loop_without_end_is_killed_in_time(module: CompiledModule) -> None:
    with Pool(1) as single:
        answers = single.run(job(module, b"a", toy.LOOP, b"b", timeout=0.3, fuel=10**15))
        assert outcomes(answers) == ["a", "TIMEOUT", "b"]
        assert single.spawned == 2


def test_a_killed_worker_is_asked_again_and_then_believed(module: CompiledModule) -> None:
    done = threading.Event()
    killed: list[int] = []
    others = set(children())

    def kill_the_busy() -> None:
        while len(killed) < 2 and not done.wait(0.02):
            for pid in children():
                if pid not in {*killed, *others} and ticks(pid) > 30:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill_the_busy)
    killer.start()
    try:
        with Pool(1) as single:
            answers = single.run(job(module, b"a", toy.LOOP, b"b", fuel=10**15))
            assert single.spawned == 3
    finally:
        done.set()
        killer.join()
    assert outcomes(answers) == ["a", "WORKER_DIED", "b"]
    assert "SIGKILL" in answers[1].message


def test_a_worker_killed_while_idle_is_replaced(module: CompiledModule) -> None:
    with Pool(1) as single:
        others = set(children())
        assert outcomes(single.run(job(module, b"a"))) == ["a"]
        for pid in set(children()) - others:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert outcomes(single.run(job(module, b"b"))) == ["b"]
        assert single.spawned == 2


def test_many_documents_do_not_start_many_processes(module: CompiledModule) -> None:
    with Pool(2) as fresh:
        assert len(fresh.run(job(module, *[b"x"] * 100))) == 100
        assert fresh.spawned <= 2


def test_a_warm_worker_is_used(module: CompiledModule) -> None:
    with Pool(2) as fresh:
        fresh.warm()
        fresh.warm()
        assert outcomes(fresh.run(job(module, b"a"))) == ["a"]
        assert fresh.spawned == 1


def test_a_worker_killed_while_it_waits_for_code_is_replaced(module: CompiledModule) -> None:
    with Pool(1) as single:
        others = set(children())
        single.warm()
        for pid in set(children()) - others:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert outcomes(single.run(job(module, b"a"))) == ["a"]
        assert single.spawned == 2


def test_what_was_prepared_is_used(module: CompiledModule) -> None:
    with Pool(2) as fresh:
        for request in (b"A", b"B", b"E"):
            fresh.prepare(job(module, request=request))
        told = [fresh.run(job(module, toy.PREPARED, request=one))[0].body for one in (b"A", b"B")]
        assert told == [bytes([ord("A") + 9]), bytes([ord("B") + 9])]
        assert fresh.run(job(module, b"a", request=b"E"))[0].status == ERROR
        assert fresh.spawned == 1


def test_no_worker_gives_way_to_what_is_only_prepared(module: CompiledModule) -> None:
    others = [toy.compiled(toy.TOY.replace("(i32.const 40)", f"(i32.const {n})")) for n in (1, 2)]
    with Pool(1) as single:
        for one in (module, *others):
            single.prepare(job(one))
        assert single.spawned == 1
        assert single.run(job(module, toy.COUNT))[0].body == bytes([42])
        assert single.spawned == 1


def test_not_more_is_read_ahead_than_is_kept(module: CompiledModule) -> None:
    with Pool(1) as single:
        for number in range(40):
            single.prepare(job(module, request=bytes([number])))
        told = single.run(job(module, toy.PREPARED, request=bytes([5])))
        assert told[0].body == bytes([5 + 9])
        assert single.spawned == 1


def test_one_may_become_ready_while_another_is_asked(module: CompiledModule) -> None:
    other = toy.compiled(toy.TOY.replace("(i32.const 40)", "(i32.const 50)"))
    with Pool(2) as fresh:
        fresh.prepare(job(module))
        assert fresh.run(job(other, toy.COUNT))[0].body == bytes([52])
        assert len(fresh.run(job(other, *[toy.LOOP] * 3, fuel=50_000_000))) == 3
        assert fresh.run(job(module, toy.COUNT))[0].body == bytes([42])
        assert fresh.spawned == 2


def test_a_policy_that_cannot_be_prepared_in_time_costs_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = spins_in_prepare()
    monkeypatch.setattr(process, "START_TIMEOUT", 1.0)
    with Pool(1) as single:
        single.prepare(job(module, request=b"L", fuel=10**15))
        assert outcomes(single.run(job(module, b"a", request=b"A"))) == ["a"]
        late = single.run(job(module, b"a", request=b"L", fuel=10**15, timeout=0.3))
        assert outcomes(late) == ["TIMEOUT"]
        assert single.spawned == 2


def spins_in_prepare() -> CompiledModule:
    """A guest that never comes to the end of preparing the request ``L``."""
    loop = "(if (i32.eq (i32.load8_u (i32.const 512)) (i32.const 76)) (then (loop $l (br $l))))"
    prepare = "(global.set $count (i32.const 40))"
    return toy.compiled(toy.TOY.replace(prepare, prepare + loop))


def test_what_is_read_ahead_has_the_time_of_its_own_limits_and_no_more() -> None:
    module = spins_in_prepare()
    with Pool(1) as single:
        spinning = job(module, b"a", request=b"L", fuel=10**15, timeout=0.5)
        single.prepare(spinning)
        started = time.monotonic()
        assert outcomes(single.run(spinning)) == ["TIMEOUT"]
        assert time.monotonic() - started < process.START_TIMEOUT / 2
        assert single.spawned == 1


def test_fuel_that_preparing_uses_up_is_used_up_once() -> None:
    module = spins_in_prepare()
    with Pool(1) as single:
        answers = single.run(job(module, *[b"a"] * 300, request=b"L", fuel=500_000_000))
        assert {(one.code, one.fuel) for one in answers} == {("OUT_OF_FUEL", 500_000_000)}
        assert single.spawned == 1


def test_a_policy_waits_a_little_for_another_that_is_read_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.3)
    module = spins_in_prepare()
    with Pool(1) as single:
        single.prepare(job(module, request=b"L", fuel=10**15, timeout=50.0))
        started = time.monotonic()
        assert outcomes(single.run(job(module, b"a", request=b"A"))) == ["a"]
        assert time.monotonic() - started < process.START_TIMEOUT / 2


def test_an_answer_that_came_is_not_late(module: CompiledModule) -> None:
    """Also when the parent was busy until after the deadline."""
    with Pool(1) as single:
        single.run(job(module, b"warm"))
        run = Run(single, job(module, b"a"))
        run._staff()  # noqa: SLF001  # a moment of `answers` that cannot be met from outside
        (worker,) = run._workers  # noqa: SLF001
        run._feed(worker)  # noqa: SLF001
        select.select([worker.socket], [], [], 20)
        worker.deadline = 0.0
        run._kill_late()  # noqa: SLF001
        assert outcomes(run.answers()) == ["a"]
        assert single.spawned == 1


def test_a_worker_that_dies_while_it_prepares_is_replaced(module: CompiledModule) -> None:
    with Pool(1) as single:
        others = set(children())
        single.prepare(job(module))
        for pid in set(children()) - others:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert outcomes(single.run(job(module, b"a"))) == ["a"]
        assert single.spawned == 2


def test_a_few_workers_keep_their_code_and_no_more() -> None:
    modules = [toy.compiled(toy.TOY.replace("(i32.const 40)", f"(i32.const {n})")) for n in (1, 2)]
    with Pool(1) as single:
        for module in modules * 3:
            assert len(single.run(job(module, b"a"))) == 1
        assert single.spawned == 2
        for n in range(3, 8):
            other = toy.compiled(toy.TOY.replace("(i32.const 40)", f"(i32.const {n})"))
            assert len(single.run(job(other, b"a"))) == 1
        assert len(single._workers) == 3  # noqa: SLF001  # what is not shown but must not grow


def test_a_dead_idle_worker_is_forgotten_while_another_works(module: CompiledModule) -> None:
    other = toy.compiled(toy.TOY.replace("(i32.const 40)", "(i32.const 50)"))
    with Pool(1) as single:
        others = set(children())
        single.run(job(module, b"a"))
        (idle,) = set(children()) - others
        os.kill(idle, signal.SIGKILL)
        assert outcomes(single.run(job(other, b"b"))) == ["b"]
        assert idle not in children()
        assert outcomes(single.run(job(module, b"a"))) == ["a"]


def test_other_code_gets_another_worker(module: CompiledModule) -> None:
    other = toy.compiled(toy.TOY.replace("(i32.const 40)", "(i32.const 50)"))
    with Pool(1) as single:
        assert single.run(job(module, toy.COUNT))[0].body == bytes([42])
        assert single.run(job(other, toy.COUNT))[0].body == bytes([52])
        assert single.spawned == 2


def test_code_that_cannot_be_linked_is_an_error_for_each_document(pool: Pool) -> None:
    alien = toy.compiled('(module (import "env" "unknown" (func)) (memory (export "memory") 1))')
    answers = pool.run(job(alien, b"a", b"b"))
    assert outcomes(answers) == ["GUEST_INVALID"] * 2
    assert "unknown" in answers[0].message


def test_code_whose_start_function_loops_is_an_error(pool: Pool) -> None:
    start = '(module (memory (export "memory") 1) (func $f (loop $l (br $l))) (start $f))'
    answers = pool.run(job(toy.compiled(start), b"a", fuel=5_000_000))
    assert outcomes(answers) == ["OUT_OF_FUEL"]


def test_a_runner_that_is_not_known_is_refused(module: CompiledModule) -> None:
    with Pool(1) as single, pytest.raises(EngineError) as refused:
        single.run(Job("nobody", (module,), b"", (b"a",), Limits(), 0))
    assert refused.value.code == "WORKER_UNAVAILABLE"


def test_logs_and_clock_are_the_job_s(pool: Pool, module: CompiledModule) -> None:
    printed, clock = pool.run(job(module, b"P one\ntwo", toy.CLOCK))
    assert printed.logs == ("P one", "two")
    assert int.from_bytes(clock.body, "little") == 1_700_000_000 * 10**9


def test_limits_beyond_all_measure_are_taken_for_the_largest(
    pool: Pool, module: CompiledModule
) -> None:
    walls = Limits(timeout=1e30, memory=1 << 80, fuel=1 << 80)
    answers = pool.run(Job("frozen", (module,), b"A", (b"a", toy.CLOCK), walls, -1))
    assert answers[0].body == b"a"
    assert answers[1].body == b"\xff" * 8


@pytest.mark.skipif(not jail.BY_PARENT, reason="prlimit is Linux's")
def test_the_parent_bounds_a_worker_that_cannot_move_its_limits(module: CompiledModule) -> None:
    before = set(children())
    bounds: list[tuple[int, int]] = []
    with Pool(1) as fresh:
        for timeout, memory in ((5.0, 64 << 20), (50.0, 256 << 20)):
            walls = Limits(timeout=timeout, memory=memory)
            fresh.run(Job("frozen", (module,), b"A", (b"a",), walls, 0))
            (pid,) = set(children()) - before
            kinds = (resource.RLIMIT_CPU, resource.RLIMIT_DATA)
            cpu, data = (resource.prlimit(pid, kind)[0] for kind in kinds)
            bounds.append((cpu, data))
    (cpu, data), (more_cpu, more_data) = bounds
    assert more_data - data == 2 * (192 << 20)
    assert 10 < cpu < 20
    assert 50 < more_cpu < 70


def test_large_documents_pass_through(pool: Pool, module: CompiledModule) -> None:
    # Larger than the toy's memory: the host must notice, not the guest.
    answers = pool.run(job(module, b"a" * 3_000_000, b"b"))
    assert outcomes(answers) == ["GUEST_INVALID", "b"]


def test_closing_leaves_no_process(module: CompiledModule) -> None:
    before = set(children())
    with Pool(2) as fresh:
        fresh.run(job(module, b"a"))
        assert set(children()) - before
    assert set(children()) <= before


def children() -> list[int]:
    """Return this process's children."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(pid) for pid in found.split()]


def ticks(pid: int) -> int:
    """Return the CPU time that a process has used, in ticks of 10 ms."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
