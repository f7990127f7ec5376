"""What a policy asks of its host: passed on as it was said, answered as the parent says."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from attest.errors import EngineError
from attest.evaluate import Evaluator, Settings
from attest.evaluate.abi.extism import adapter
from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.host.job import Answer, Perform
from attest.evaluate.host.pool import Pool
from attest.model.capability import Capabilities, HttpGrant
from attest.model.verdict import Outcome
from tests.evaluate.abi.extism.wat import CLEAN, CLEAN_SIZE, SAY, module
from tests.evaluate.make import AT, LIMITS, policy

HTTP = """
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $status (result i32)))
  (import "extism:host/env" "http_headers" (func $headers (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
"""
REQUEST = {"url": "https://feed.example/kev?x=1", "method": "POST", "headers": {"X-A": "b"}}


@pytest.fixture(scope="module")
def workers() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


@pytest.fixture
def pool(workers: Pool, scratch_evaluator: Evaluator) -> Pool:
    """Return workers; what is compiled goes to the scratch cache."""
    return workers


class Stub(PolicyHost):
    """A host that answers as the test says."""

    def __init__(self, answer: Perform) -> None:
        super().__init__()
        self._answer = answer

    def perform(self, op: str, body: bytes) -> bytes:
        """Answer."""
        return self._answer(op, body)


def settings(perform: Perform | None) -> Settings:
    return Settings(AT, LIMITS, host=PolicyHost() if perform is None else Stub(perform))


def ask(pool: Pool, program: bytes, perform: Perform | None = None) -> Answer:
    (answer,) = adapter.evaluate(policy(program), [b"{}"], settings(perform), pool)
    return answer


def escaped(text: str) -> str:
    return "".join(f"\\{byte:02x}" for byte in text.encode())


def asking(then: str, request: object = REQUEST, body: str = "hello") -> bytes:
    """A policy that makes a request, and then answers with what ``$block`` holds."""
    text = json.dumps(request) if not isinstance(request, str) else request
    size, length = len(text.encode()), len(body)
    sent = f"(call $put (i32.const {size}) (i32.const {length}))" if body else "(i64.const 0)"
    execute = f"""(local $block i64)
      (local.set $block (call $http (call $put (i32.const 0) (i32.const {size})) {sent}))
      {then} (call $output_set (local.get $block) (call $length (local.get $block)))"""
    return module(execute, imports=HTTP, text=escaped(text + body))


def test_the_request_is_passed_on_and_the_body_comes_back(pool: Pool) -> None:
    asked: list[tuple[str, Any]] = []

    def perform(op: str, request: bytes) -> bytes:
        asked.append((op, json.loads(request)))
        body = base64.b64encode(b'{"violations": []}').decode()
        return json.dumps({"status": 200, "headers": {}, "body": body}).encode()

    assert ask(pool, asking(""), perform).body == b'{"violations": []}'
    body = base64.b64encode(b"hello").decode()
    assert asked == [("http", {**REQUEST, "body": body})]


def test_status_and_headers_are_those_of_the_response(pool: Pool) -> None:
    def perform(_op: str, _request: bytes) -> bytes:
        headers = {"ETag": ["a"], "Link": ["b", "c"]}
        return json.dumps({"status": 204, "headers": headers, "body": ""}).encode()

    shown = """(if (i32.ne (call $status) (i32.const 204)) (then (unreachable)))
      (local.set $block (call $headers))"""
    answer = ask(pool, asking(shown, body=""), perform)
    assert json.loads(answer.body) == {"etag": "a", "link": "b, c"}


def test_a_failure_that_may_be_is_status_0(pool: Pool) -> None:
    def perform(_op: str, _request: bytes) -> bytes:
        return b'{"status": 0, "error": "refused"}'

    shown = f"""(if (i32.ne (call $status) (i32.const 0)) (then (unreachable)))
      (if (i64.ne (call $headers) (i64.const 0)) (then (unreachable)))
      (local.set $block (call $alloc (i64.const {CLEAN_SIZE})))"""
    assert ask(pool, asking(shown, body=""), perform).code is None


@pytest.mark.parametrize("code", ["HTTP_FORBIDDEN", "HOST_CALL_FAILED"])
def test_a_call_that_fails_ends_the_evaluation(pool: Pool, code: str) -> None:
    def perform(_op: str, _request: bytes) -> bytes:
        raise EngineError(code, "because")

    assert ask(pool, asking(""), perform).code == code


def test_without_a_grant_the_host_is_named(pool: Pool) -> None:
    answer = ask(pool, asking(""))
    assert answer.code == "HTTP_FORBIDDEN"
    assert "feed.example" in answer.message


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        {"url": 5},
        {"url": "https://x", "method": ["GET"]},
        {"url": "https://x", "headers": ["a"]},
        {"url": "https://x", "headers": {"a": 1}},
        "[" * 5_000,
    ],
)
def test_what_is_no_request_is_not_passed_on(pool: Pool, request_: object) -> None:
    def perform(_op: str, _request: bytes) -> bytes:
        raise AssertionError

    program = asking("", request_, body="")
    assert ask(pool, program, perform).code == "GUEST_INVALID"


def discovering(namespace: str, *, kind: bool) -> bytes:
    wanted = f"""(import "{namespace}" "chainloop_discover"
        (func $discover (param i64 i64) (result i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))"""
    passed = f"(call $put (i32.const {CLEAN_SIZE + 13}) (i32.const 5))" if kind else "(i64.const 0)"
    execute = f"""(local $block i64) {SAY}
      (local.set $block
        (call $discover (call $put (i32.const {CLEAN_SIZE}) (i32.const 13)) {passed}))
      (if (i64.ne (local.get $block) (i64.const 0)) (then
        (call $output_set (local.get $block) (call $length (local.get $block)))))"""
    return module(execute, imports=wanted, text=CLEAN + "sha256:abcdefSARIF")


@pytest.mark.parametrize("namespace", ["env", "extism:host/user"])
def test_what_is_known_comes_back(pool: Pool, namespace: str) -> None:
    asked: list[Any] = []

    def perform(op: str, request: bytes) -> bytes:
        asked.append((op, json.loads(request)))
        return b'{"digest": "sha256:abcdef", "references": [], "violations": []}'

    answer = ask(pool, discovering(namespace, kind=True), perform)
    assert json.loads(answer.body)["digest"] == "sha256:abcdef"
    assert asked == [("discover", {"digest": "sha256:abcdef", "kind": "SARIF"})]


@pytest.mark.parametrize("namespace", ["env", "extism:host/user"])
def test_nothing_known_is_block_0(pool: Pool, namespace: str) -> None:
    answer = ask(pool, discovering(namespace, kind=False), lambda _op, _request: b"null")
    assert answer.body == b'{"violations":[]}'


@pytest.mark.parametrize("namespace", ["env", "extism:host/user"])
def test_without_a_grant_it_is_denied(pool: Pool, namespace: str) -> None:
    assert ask(pool, discovering(namespace, kind=True)).code == "HOST_CALL_DENIED"


def test_nothing_of_a_response_is_left_for_the_next_document(pool: Pool) -> None:
    def perform(_op: str, _request: bytes) -> bytes:
        return b'{"status": 200, "headers": {"a": ["b"]}, "body": ""}'

    before = """(if (i32.ne (call $status) (i32.const 0)) (then (unreachable)))
      (if (i64.ne (call $headers) (i64.const 0)) (then (unreachable)))"""
    request = json.dumps(REQUEST)
    execute = f"""{before} {SAY}
      (drop (call $http
        (call $put (i32.const {CLEAN_SIZE}) (i32.const {len(request)})) (i64.const 0)))"""
    program = module(execute, imports=HTTP, text=CLEAN + escaped(request))
    answers = adapter.evaluate(policy(program), [b"1", b"2"], settings(perform), pool)
    assert [answer.code for answer in answers] == [None, None]


@pytest.mark.parametrize("granted", [True, False])
def test_the_second_opinion_has_no_network(scratch_evaluator: Evaluator, granted: bool) -> None:  # noqa: FBT001  # pytest gives it
    grants = (HttpGrant("feed.example"),) if granted else ()
    host = PolicyHost(Capabilities(grants))
    one = policy(module(SAY, imports=HTTP))
    checked = Settings(AT, LIMITS, cross_check=True, host=host)
    (decision,) = scratch_evaluator.evaluate(one, [b"{}"], checked)
    assert decision.cross_check is not None
    assert decision.cross_check.agrees is (None if granted else True)


def test_the_second_opinion_calls_the_same_export(scratch_evaluator: Evaluator) -> None:
    other = f"""(func (export "other") (result i32)
      (call $output_set (call $put (i32.const {CLEAN_SIZE}) (i32.const 5)) (i64.const 5))
      (i32.const 0))"""
    one = policy(module(SAY, extra=other, text=CLEAN + "false"), entrypoint="other")
    (decision,) = scratch_evaluator.evaluate(one, [b"{}"], Settings(AT, LIMITS, cross_check=True))
    assert decision.outcome is Outcome.FAILED
    assert decision.cross_check is not None
    assert decision.cross_check.agrees
