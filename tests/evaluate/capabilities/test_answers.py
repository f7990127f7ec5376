"""One answer for each request of a run, and a record that gives it again."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError, UsageError
from attest.evaluate.capabilities import Answers, replay
from attest.evaluate.capabilities import answers as module
from attest.model.capability import HttpAnswer, HttpRequest

ASKED = HttpRequest("GET", "https", "a.example", 443, "/x", (("x-a", "1"),), b"\0\xff")
ANSWER = HttpAnswer(200, {"b": ("1", "2"), "a": ("\u00e9",)}, b"\0body\xff")


class World:
    """Answers each request with its number, or fails."""

    def __init__(self, code: str = "") -> None:
        self.count = 0
        self.code = code

    def send(self, _request: HttpRequest, _seconds: float) -> HttpAnswer:
        """Say how many requests there were."""
        self.count += 1
        if self.code:
            raise EngineError(self.code, f"no {self.count}")
        return replace(ANSWER, body=b"%d" % self.count)


def code(answers: Answers, request: HttpRequest = ASKED) -> str:
    with pytest.raises(EngineError) as refused:
        answers.http(request, 1)
    return refused.value.code


def test_each_request_is_sent_once() -> None:
    world = World()
    answers = Answers(world.send)
    first = answers.http(ASKED, 1)
    assert answers.http(ASKED, 1) == first
    assert answers.http(replace(ASKED, body=b""), 1) != first
    assert world.count == 2


def test_a_failure_stands_for_the_whole_run_too() -> None:
    world = World("HTTP_FAILED")
    answers = Answers(world.send)
    assert answers.http(ASKED, 1) == answers.http(ASKED, 1)
    assert answers.http(ASKED, 1).message == "no 1"
    assert world.count == 1


def test_who_asks_meanwhile_gets_the_same() -> None:
    started, go = threading.Event(), threading.Event()
    world = World()

    def slow(request: HttpRequest, seconds: float) -> HttpAnswer:
        started.set()
        go.wait(20)
        return world.send(request, seconds)

    answers = Answers(slow)
    seen: list[Any] = []
    threads = [
        threading.Thread(target=lambda: seen.append(answers.http(ASKED, 1))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    started.wait(20)
    assert json.loads(answers.record())["calls"] == []
    go.set()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert world.count == 1


def test_a_run_keeps_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 100)
    world = World()
    answers = Answers(
        lambda request, seconds: replace(world.send(request, seconds), body=b"x" * 40)
    )
    others = [replace(ASKED, target=f"/{n}", body=b"") for n in range(5)]
    for one in others[:2]:
        answers.http(one, 1)
    for one in others[2:]:
        assert code(answers, one) == "HOST_CALL_LIMIT"
    assert world.count == 3
    assert answers.http(others[0], 1).answer is not None
    assert len(json.loads(answers.record())["calls"]) == 2


def test_a_run_asks_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REQUESTS", 2)
    answers = Answers(World().send)
    seen = [replace(ASKED, target=f"/{n}") for n in range(5)]
    for one in seen[:2]:
        answers.http(one, 1)
    assert code(answers, seen[2]) == "HOST_CALL_LIMIT"


def test_without_a_network_all_is_refused() -> None:
    assert code(Answers()) == "HTTP_OFFLINE"


def test_whoever_waits_is_told_of_a_crash() -> None:
    def broken(_request: HttpRequest, _seconds: float) -> HttpAnswer:
        raise KeyError("oops")

    assert Answers(broken).http(ASKED, 1).code == "HTTP_FAILED"


def test_a_record_gives_the_same_answers_and_the_same_record() -> None:
    first = Answers(lambda _request, _seconds: ANSWER)
    others = [replace(ASKED, target=f"/{n}") for n in range(5)]
    for one in (ASKED, *others):
        first.http(one, 1)
    record = first.record()
    second = replay(record)
    for one in (*reversed(others), ASKED):
        assert second.http(one, 1).answer == ANSWER
    assert second.record() == record


def test_recorded_failures_are_met_again() -> None:
    for failed in ("HTTP_FAILED", "HTTP_TOO_LARGE", "HTTP_FORBIDDEN"):
        first = Answers(World(failed).send)
        outcome = first.http(ASKED, 1)
        assert replay(first.record()).http(ASKED, 1) == outcome


def test_what_depends_on_this_machine_is_not_recorded() -> None:
    answers = Answers(World("HTTP_OFFLINE").send)
    assert code(answers) == "HTTP_OFFLINE"
    assert json.loads(answers.record()) == {"schema": "attest/host-calls/v1", "calls": []}


def test_what_is_not_in_the_record_is_an_error() -> None:
    second = replay(Answers().record())
    assert code(second) == "HTTP_UNRECORDED"
    assert json.loads(second.record())["calls"] == []


def recorded() -> dict[str, Any]:
    answers = Answers(lambda _request, _seconds: ANSWER)
    answers.http(ASKED, 1)
    document: dict[str, Any] = json.loads(answers.record())
    return document


def damaged(change: Any) -> bytes:
    document = recorded()
    change(document, document["calls"][0])
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "record",
    [
        *(b"", b"[]", b"null", b"{}", b'{"schema": "attest/host-calls/v2", "calls": []}'),
        damaged(lambda _all, one: one["request"].update(url="https://b.example:443/x")),
        damaged(lambda _all, one: one.update(digest="sha256:" + "0" * 64)),
        damaged(lambda _all, one: one.update(op="file")),
        damaged(lambda _all, one: one.pop("answer")),
        damaged(lambda _all, one: one["answer"].update(status="200")),
        damaged(lambda _all, one: one["answer"].update(status=True)),
        damaged(lambda _all, one: one["answer"].update(status=0)),
        damaged(lambda _all, one: one["answer"].update(body="?")),
        damaged(lambda _all, one: one["answer"].update(headers=[])),
        damaged(lambda _all, one: one["answer"].update(headers={"a": 1})),
        damaged(lambda _all, one: one.update(failed={"code": "PASSED", "message": ""})),
        damaged(lambda every, one: every["calls"].append(one)),
    ],
)
def test_a_damaged_record_is_refused(record: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        replay(record)
    assert (refused.value.code, refused.value.exit_code) == ("RECORD_INVALID", 2)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_any_record_is_read_or_refused(value: Any) -> None:
    for document in (value, {"schema": "attest/host-calls/v1", "calls": value}):
        try:
            replay(json.dumps(document).encode())
        except UsageError as error:
            assert error.code == "RECORD_INVALID"  # noqa: PT017  # either is fine
