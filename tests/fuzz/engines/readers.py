"""Damaged answers, and damaged messages of a worker: read in the parent itself."""

from __future__ import annotations

import json
import socket
from collections import deque
from random import Random
from typing import Any

from attest.evaluate.engine import Engine
from attest.evaluate.evaluator import _decision
from attest.evaluate.host import wire
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.process import Broken, Worker
from attest.evaluate.registry import ENGINES
from attest.model.verdict import Engine as Identity
from tests.evaluate.make import policy
from tests.fuzz.engines.oracle import outcome_of
from tests.fuzz.runner import mutate

_FINDING = (
    '{"message": "m", "rule_id": "r", "severity": "high", "location": {"file": "a", "line": 3}, '
    '"recommendation": "x", "external_id": "CVE-1", "cvss_v3_score": 7.1, "suppress": false}'
)
_OBJECT = f'{{"violations": ["no", {{"msg": "x"}}], "findings": [{_FINDING}], "skipped": false}}'
_ANSWERS: dict[str, tuple[bytes, ...]] = {
    "extism": (_OBJECT.encode(), b'{"violations": ["x"], "skip_reason": "", "ignore": false}'),
    "rego": (
        (
            b'{"mode":"rules","rules":[{"package":"p","rule":"deny","value":["a",{"msg":"b"}]},'
            b'{"package":"p","rule":"allow","value":false},{"package":"q","rule":"warn","value":[]}]}'
        ),
        b'{"mode":"chainloop","rule":"result","value":' + _OBJECT.encode() + b"}",
        b'{"mode":"entrypoint","rule":"allow","value":false}',
    ),
    "opa-wasm": (
        (
            b'{"declared":false,"chainloop":false,"answers":{"p/allow":"[{\\"result\\":false}]",'
            b'"p/deny":"[{\\"result\\":[\\"x\\"]}]"}}'
        ),
        (
            b'{"declared":true,"chainloop":false,"answers":{"p/result":"[{\\"result\\":'
            b'{\\"violations\\":[\\"x\\"]}}]"}}'
        ),
    ),
}
_JSON = tuple(
    one.encode()
    for one in (
        *("true", "false", "null", "0", "[]", "{}", '""', ",", ":", "[", "]", "{", "}", "\\u0000"),
        *('"violations"', '"findings"', '"skipped":true', '"ignore":true', '"suppress":true'),
        *(
            '"rules":[]',
            '"value":true',
            '"value":[]',
            '"undefined":true',
            "NaN",
            "1e999",
            "\\ud800",
        ),
        *(
            '"message":null',
            '"severity":null',
            '"mode":"chainloop"',
            "\0",
            "\x1b",
            '[{"result":[]}]',
        ),
        *('"chainloop":true', '"declared":true', '"answers":{}', "[" * 300, "9" * 5_000, "[]" * 50),
    )
)
_WHO = Identity("fuzzed", "")


def answer(random: Random) -> str:
    """Read a damaged answer as the evaluator does: it is an objection, a skip or an error."""
    engine: Engine = random.choice(ENGINES)
    said = random.choice(_ANSWERS[engine.name])
    if random.random() < 0.6:
        said = json.dumps(_changed(json.loads(said), random)).encode()
    if random.random() < 0.6:
        said = mutate(said, random, _JSON)
    named = random.choice((None, None, "p/allow", "Execute"))
    one = policy("package p\n", entrypoint=named)
    return outcome_of(_decision(engine, _WHO, one, Answer(VALUE, said)))


def _changed(value: Any, random: Random) -> Any:
    """Return JSON in which here and there something else stands, or nothing."""
    if random.random() < 0.08:
        return random.choice((None, True, False, 0, -1.5, "", "x", [], {}, [[]], {"a": 1}, ["y"]))
    if isinstance(value, str) and value[:1] == "[" and random.random() < 0.5:
        return json.dumps(_changed(json.loads(value), random))
    if isinstance(value, list):
        return [_changed(one, random) for one in value if random.random() > 0.05]
    if isinstance(value, dict):
        kept = [name for name in value if random.random() > 0.05]
        if random.random() < 0.1:
            kept.append(random.choice(_NAMES))
        return {name: _changed(value.get(name, _YES), random) for name in kept}
    return value


_YES = True
_NAMES = ("skipped", "ignore", "violations", "findings", "suppress", "undefined", "x", "mode")


_MESSAGES = (
    wire.pack({"kind": "ready", "jail": "seccomp", "base": 1 << 29}),
    wire.answer(Answer(VALUE, b'{"violations": []}', fuel=12, logs=("a", "b")), "00ff00ff00ff00ff"),
    wire.answer(Answer("error", code="TRAP", message="m", duration_ms=1.5), "00ff00ff00ff00ff"),
    wire.call("http", "00ff00ff00ff00ff", b'{"method": "GET"}'),
    wire.pack({"kind": "unfit", "code": "GUEST_INVALID", "why": "x"}),
)
_SIZES = tuple(size.to_bytes(4, "little") for size in (0, 1, 255, 1 << 20, (1 << 20) + 1, 1 << 31))


def message(random: Random) -> str:
    """Receive what a worker might send: whole messages, each with a header, or it is given up."""
    sent = mutate(random.choice(_MESSAGES) + random.choice(_MESSAGES), random, (*_JSON, *_SIZES))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = _listening(ours)
        theirs.sendall(sent[: 1 << 16])
        theirs.shutdown(socket.SHUT_WR)
        try:
            found = worker.receive(1 << 16)
        except Broken:
            return "broken"
        for header, body in found:
            if header.get("kind") != "answer":
                continue
            try:
                given = wire.read_answer(header, body)
            except ValueError:
                return "no answer"
            json.dumps(given.message).encode()
            "".join(given.logs).encode()
    return "heard"


def _listening(channel: socket.socket) -> Worker:
    """Return a worker without a process."""
    worker = object.__new__(Worker)
    worker.socket = channel
    channel.settimeout(0)
    worker._in, worker._out = bytearray(), deque()  # what `receive` reads into
    return worker
