"""The answers of one run: every request is sent once, and its answer stands for the whole run.

So all documents and policies of a run see one state of the world, an evaluation that is asked again
meets what it met before, and the record needs no order: a request, and its answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from attest.errors import EngineError, UsageError
from attest.model import strict_json
from attest.model.capability import HttpAnswer, HttpRequest, Send
from attest.model.frozen import frozen

SCHEMA = "attest/host-calls/v1"
MAX_REQUESTS = 10_000
"""Different requests of one run."""
MAX_KEPT = 128 << 20
"""Bytes of all their bodies and of those of their answers."""
_NO_DIGEST = "the record's digest of a request is not that of the request"
_RECORDED = frozenset({"HTTP_FAILED", "HTTP_TOO_LARGE", "HTTP_FORBIDDEN"})
"""Failures that are facts about the outside, and are met again in a replay."""


@frozen
class Outcome:
    """What came of a request: an answer, or the reason why there is none."""

    answer: HttpAnswer | None = None
    code: str = ""
    message: str = ""


@dataclass(slots=True)
class _Sent:
    """A request that was sent; ``done`` is set when its outcome is known."""

    request: HttpRequest
    done: Event = field(default_factory=Event)
    outcome: Outcome = Outcome()


def refuse_all(_request: HttpRequest, _seconds: float) -> HttpAnswer:
    """Send nothing: where no network is to be had."""
    raise EngineError("HTTP_OFFLINE", "this run opens no socket")


class Answers:
    """Sends requests, each once; may be asked by several threads."""

    def __init__(self, send: Send = refuse_all) -> None:
        self._send = send
        self._lock = Lock()
        self._known: dict[str, _Sent] = {}
        self._kept = 0

    def http(self, request: HttpRequest, seconds: float) -> Outcome:
        """Return what came of ``request``, sent now unless it was before.

        Raises ``EngineError`` HTTP_OFFLINE, HTTP_UNRECORDED, HOST_CALL_LIMIT.
        """
        key = digest(request)
        with self._lock:
            first = key not in self._known
            if first:
                self._count(len(request.body), 1)
            sent = self._known.setdefault(key, _Sent(request))
        if first:
            sent.outcome = self._outcome(request, seconds)
            sent.done.set()
        sent.done.wait()
        if sent.outcome.code and sent.outcome.code not in _RECORDED:
            raise EngineError(sent.outcome.code, sent.outcome.message)
        return sent.outcome

    def _outcome(self, request: HttpRequest, seconds: float) -> Outcome:
        try:
            answer = self._send(request, seconds)
            with self._lock:
                self._count(len(answer.body))
            return Outcome(answer)
        except EngineError as error:
            return Outcome(code=error.code, message=error.message)
        except Exception as error:  # noqa: BLE001  # whoever waits for the answer must wake up
            return Outcome(code="HTTP_FAILED", message=f"{request.url}: {error!r:.300}")

    def _count(self, size: int, requests: int = 0) -> None:
        """Count what is kept; raise HOST_CALL_LIMIT when the run has had its share."""
        self._kept += size
        if self._kept > MAX_KEPT or len(self._known) + requests > MAX_REQUESTS:
            why = f"more than {MAX_REQUESTS:,} requests or {MAX_KEPT:,} bytes in one run"
            raise EngineError("HOST_CALL_LIMIT", why)

    def record(self) -> bytes:
        """Return the record, as canonical JSON; what is still on its way is not in it."""
        with self._lock:
            known = sorted(self._known.items())
        calls = [
            {"op": "http", "digest": key, "request": _request(sent.request), **_written(sent)}
            for key, sent in known
            if sent.done.is_set() and (sent.outcome.answer or sent.outcome.code in _RECORDED)
        ]
        return _canonical({"schema": SCHEMA, "calls": calls}) + b"\n"


def replay(record: bytes) -> Answers:
    """Return answers that come from a record alone; raise ``UsageError`` RECORD_INVALID."""
    try:
        known = _calls(strict_json.parse(record))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("RECORD_INVALID", f"not a record of host calls: {error}") from None

    def answer(request: HttpRequest, _seconds: float) -> HttpAnswer:
        outcome = known.get(digest(request))
        if outcome is None:
            why = f"{request.method} {request.url} is not in the record"
            raise EngineError("HTTP_UNRECORDED", why)
        if outcome.answer is None:
            raise EngineError(outcome.code, outcome.message)
        return outcome.answer

    return Answers(answer)


def digest(request: HttpRequest) -> str:
    """Return the SHA-256 of a request's canonical JSON."""
    return "sha256:" + hashlib.sha256(_canonical(_request(request))).hexdigest()


def wire(answer: HttpAnswer) -> dict[str, Any]:
    """Return an answer as guests and records have it."""
    return {
        "status": answer.status,
        "headers": {name: list(values) for name, values in sorted(answer.headers.items())},
        "body": base64.b64encode(answer.body).decode(),
    }


def _request(request: HttpRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": base64.b64encode(request.body).decode(),
    }


def _written(sent: _Sent) -> dict[str, Any]:
    outcome = sent.outcome
    if outcome.answer is not None:
        return {"answer": wire(outcome.answer)}
    return {"failed": {"code": outcome.code, "message": outcome.message}}


def _calls(document: Any) -> dict[str, Outcome]:
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r:.50}, expected {SCHEMA!r}")
    known = dict(_read(one) for one in document["calls"])
    if len(known) != len(document["calls"]):
        raise ValueError("one request is recorded twice")
    return known


def _read(call: Any) -> tuple[str, Outcome]:
    key = str(call["digest"])
    said = "sha256:" + hashlib.sha256(_canonical(call["request"])).hexdigest()
    if call["op"] != "http" or key != said:
        raise ValueError(_NO_DIGEST)
    if "failed" in call:
        failed = call["failed"]
        if failed["code"] not in _RECORDED:
            raise ValueError(f"no failure of a call: {failed['code']!r:.50}")
        return key, Outcome(code=failed["code"], message=str(failed["message"]))
    answer = call["answer"]
    status = answer["status"]
    if type(status) is not int or not 100 <= status <= 999:  # noqa: PLR2004  # RFC 9110 §15
        raise ValueError(f"no status: {status!r:.50}")
    headers = {
        str(name): tuple(str(value) for value in values)
        for name, values in answer["headers"].items()
    }
    return key, Outcome(
        HttpAnswer(status, headers, base64.b64decode(answer["body"], validate=True))
    )


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
