"""One policy's host calls: granted by the plan, or an error whatever the policy would answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from attest.errors import EngineError
from attest.evaluate.capabilities.answers import Answers, Outcome, wire
from attest.evaluate.capabilities.request import PORTS, read
from attest.model.capability import DISCOVER, Capabilities, HttpAnswer, HttpGrant, HttpRequest

MAX_SECONDS = 30.0
"""The longest that one request may take, inside the limits of its evaluation."""
_ERROR_STATUS = 300
_NOTHING = Capabilities()


def _know_nothing(_request: bytes) -> bytes:
    return b"null"


class PolicyHost:
    """What one policy may ask of the host. ``declared`` is ``None`` where it declares nothing.

    ``discover`` answers Chainloop's discovery, from what was verified.

    ``used`` lists what it was answered: method, place, status, and the digest of the body. Several
    threads may ask at once.
    """

    def __init__(
        self,
        granted: Capabilities = _NOTHING,
        answers: Answers | None = None,
        *,
        declared: Capabilities | None = None,
        seconds: float = MAX_SECONDS,
        discover: Callable[[bytes], bytes] = _know_nothing,
    ) -> None:
        self.granted = granted
        self._answers = answers or Answers()
        self._declared = declared
        self._seconds = min(seconds, MAX_SECONDS)
        self._discover = discover
        self._used: set[str] = set()

    @property
    def used(self) -> tuple[str, ...]:
        """What was used, sorted."""
        return tuple(sorted(self._used))

    def perform(self, op: str, body: bytes) -> bytes:
        """Answer one host call (`Job.perform`).

        Raises ``EngineError`` HOST_CALL_DENIED, HOST_CALL_INVALID, HTTP_FORBIDDEN, HTTP_FAILED,
        HTTP_STATUS, HTTP_TOO_LARGE, HTTP_OFFLINE, HTTP_UNRECORDED.
        """
        if op == "discover":
            return self._discovered(body)
        if op != "http":
            raise EngineError("HOST_CALL_DENIED", f"it called {op[:100]!r}, which nobody serves")
        request = read(body)
        grant = self._grant(request)
        outcome = self._answers.http(request, self._seconds)
        place = f"http {request.method} {_origin(request)}"
        if outcome.answer is None:
            return self._failed(place, outcome, grant)
        answer = outcome.answer
        hashed = hashlib.sha256(answer.body).hexdigest()
        self._used.add(f"{place} {answer.status} sha256:{hashed}")
        if not grant.may_fail and not 200 <= answer.status < _ERROR_STATUS:  # noqa: PLR2004  # 2xx
            raise EngineError("HTTP_STATUS", _status(request, answer))
        return json.dumps(wire(answer)).encode()

    def _discovered(self, body: bytes) -> bytes:
        if self._declared is not None and DISCOVER not in self._declared.functions:
            why = f"it called {DISCOVER}, which is not among what the policy declares"
            raise EngineError("HOST_CALL_DENIED", why)
        if DISCOVER not in self.granted.functions:
            line = f"grant: {{functions: [{DISCOVER}]}}"
            why = (
                f"it called {DISCOVER}, which is not granted; to allow it, add to the plan: {line}"
            )
            raise EngineError("HOST_CALL_DENIED", why)
        answer = self._discover(body)
        self._used.add(f"function {DISCOVER} sha256:{hashlib.sha256(answer).hexdigest()}")
        return answer

    def _failed(self, place: str, outcome: Outcome, grant: HttpGrant) -> bytes:
        self._used.add(f"{place} failed")
        if not grant.may_fail or outcome.code == "HTTP_FORBIDDEN":
            raise EngineError(outcome.code, outcome.message)
        return json.dumps({"status": 0, "error": outcome.message}).encode()

    def _grant(self, request: HttpRequest) -> HttpGrant:
        if self._declared is not None and not _find(self._declared, request):
            why = f"{request.method} {_origin(request)} is not among what the policy declares"
            raise EngineError("HTTP_FORBIDDEN", why)
        grant = _find(self.granted, request)
        if grant is None:
            why = (
                f"{request.method} {_origin(request)} is not granted; "
                f"to allow it, {self._line(request)}"
            )
            raise EngineError("HTTP_FORBIDDEN", why)
        return grant

    def _line(self, request: HttpRequest) -> str:
        """Say how to grant this besides what is granted now."""
        wanted = HttpGrant(_host(request), (request.method,), plain=request.scheme == "http")
        listed = []
        for one in self.granted.http:
            if (one.host, one.plain) == (wanted.host, wanted.plain):
                wanted = replace(one, methods=(*one.methods, request.method))
            else:
                listed.append(one)
        return grant_line((*listed, wanted))


def grant_line(grants: Sequence[HttpGrant]) -> str:
    """Tell the reader to add the key of attest.yaml that grants this."""
    listed = ", ".join(_yaml(one) for one in grants)
    return f"add to the policy's entry in the plan: grant: {{http: [{listed}]}}"


def _find(given: Capabilities, request: HttpRequest) -> HttpGrant | None:
    host, plain = _host(request), request.scheme == "http"
    for one in given.http:
        if one.host == host and one.plain == plain and request.method in one.methods:
            return one
    return None


def _host(request: HttpRequest) -> str:
    """Return the host as grants have it: with a port that is not the scheme's own."""
    own = request.port == PORTS[request.scheme]
    return request.host if own else f"{request.host}:{request.port}"


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{_host(request)}"


def _status(request: HttpRequest, answer: HttpAnswer) -> str:
    to = " ".join(answer.headers.get("location", ()))
    redirect = f", which redirects to {to[:200]!r}; redirects are not followed" if to else ""
    return (
        f"{request.method} {request.url}: expected a status of 2xx, seen {answer.status}{redirect}"
    )


def _yaml(grant: HttpGrant) -> str:
    host = json.dumps(f"http://{grant.host}") if grant.plain else json.dumps(grant.host)
    fields = f"host: {host}, methods: [{', '.join(grant.methods)}]"
    return "{" + fields + (", may_fail: true" if grant.may_fail else "") + "}"
