"""What an Extism policy asks of its host's network and of Chainloop's discovery, as host calls.

The parent decides about each of them, performs it and records it; nothing here reaches anything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from attest.evaluate.abi.extism.blocks import MAX_TEXT, Blocks
from attest.evaluate.host.runners import Call, no_call
from attest.evaluate.host.settings import MAX_REQUEST
from attest.evaluate.host.stopped import Stopped

HTTP, DISCOVERY = "http", "discover"
"""Names of the two host calls."""


@dataclass(slots=True)
class Requests:
    """The calls of one evaluation; ``status`` and ``headers`` are those of the latest response."""

    call: Call = no_call
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    def http(self, blocks: Blocks, request: int, body: int) -> int:
        """Perform a request (Extism, ``HttpRequest``); return a block with the response's body."""
        asked = _request(blocks.get(request, MAX_TEXT, "HTTP request"))
        content = blocks.get(body, MAX_REQUEST, "HTTP body") if body else b""
        asked["body"] = base64.b64encode(content).decode()
        answer = self._ask(HTTP, asked)
        self.status, self.headers = _status(answer), _headers(answer)
        return blocks.put(base64.b64decode(answer.get("body") or ""))

    def discover(self, blocks: Blocks, digest: int, kind: int) -> int:
        """Return a block with what is known of an artifact, or 0 (Chainloop, ``Discover``)."""
        asked = {
            "digest": blocks.text(digest, "digest"),
            "kind": blocks.text(kind, "kind") if kind else "",
        }
        answer = self._ask(DISCOVERY, asked)
        return blocks.put(json.dumps(answer, ensure_ascii=False).encode()) if answer else 0

    def _ask(self, op: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = json.loads(self.call(op, json.dumps(request).encode()))
        if answer is None:
            return {}
        if not isinstance(answer, dict):
            raise Stopped("HOST_CALL_FAILED", f"the host's answer to {op!r} is no object")
        return answer


def _request(text: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(text)
        url, method, headers = asked["url"], asked.get("method") or "GET", asked.get("headers")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Stopped("GUEST_INVALID", "an HTTP request that is no object with a url") from None
    headers = headers or {}
    texts = [url, method, *headers, *headers.values()] if isinstance(headers, dict) else [None]
    if not all(isinstance(one, str) for one in texts):
        raise Stopped("GUEST_INVALID", "an HTTP request whose members are not texts")
    return {"method": method, "url": url, "headers": headers}


def _status(answer: Mapping[str, Any]) -> int:
    status = answer.get("status")
    return status if isinstance(status, int) else 0


def _headers(answer: Mapping[str, Any]) -> dict[str, str]:
    """Extism has one value for each name."""
    given = answer.get("headers") or {}
    return {name.lower(): ", ".join(values) for name, values in given.items()}
