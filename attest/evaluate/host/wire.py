"""Messages between the parent and a worker: two lengths, a JSON header, a body of bytes."""

from __future__ import annotations

import functools
import json
import math
import struct
from dataclasses import asdict
from typing import Any

from attest.evaluate.host.job import ERROR, UNDEFINED, VALUE, Answer
from attest.evaluate.host.settings import MAX_FUEL
from attest.model.limits import Limits

MAX_HEADER = 1 << 20
"""Bytes of a header; the log of an evaluation is in it."""
_SIZES = struct.Struct("<II")
SIZES = _SIZES.size


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return one message."""
    text = json.dumps(header).encode()
    return _SIZES.pack(len(text), len(body)) + text + body


def sizes(content: bytes | bytearray) -> tuple[int, int]:
    """Return the lengths of header and body that a message starts with."""
    header, body = _SIZES.unpack_from(content)
    return header, body


def task(limits: Limits, at_ns: int, document: bytes, token: str) -> bytes:
    """Return the message that asks about one document; ``token`` must come back with its answer."""
    header = {"kind": "task", "token": token, "limits": _plain(limits), "at_ns": at_ns}
    return pack(header, document)


def prepare(limits: Limits, at_ns: int) -> bytes:
    """Return the message that asks to read the request ahead of its documents."""
    return pack({"kind": "prepare", "limits": _plain(limits), "at_ns": at_ns})


def walls(limits: Limits, document: int, base: int) -> tuple[float, int]:
    """Return the CPU seconds and private memory of a worker while it is at a document.

    ``document`` is its size in bytes, ``base`` what the worker itself needs.
    """
    return limits.timeout + 5, base + 2 * limits.memory + 4 * document


def call(op: str, token: str, request: bytes) -> bytes:
    """Return the message by which an evaluation asks for a host call."""
    return pack({"kind": "call", "op": op, "token": token}, request)


def returned(body: bytes, code: str | None = None, message: str = "") -> bytes:
    """Return the message that ends a host call: its answer, or why there is none."""
    return pack({"kind": "return", "code": code, "message": message}, body)


def answer(given: Answer, token: str) -> bytes:
    """Return the message that carries one answer."""
    header = {
        "kind": "answer",
        "token": token,
        "status": given.status,
        "code": given.code,
        "message": given.message,
        "fuel": given.fuel,
        "duration_ms": given.duration_ms,
        "logs": given.logs,
    }
    return pack(header, given.body)


def read_answer(header: dict[str, Any], body: bytes) -> Answer:
    """Rebuild an answer; raise ``ValueError`` if it is none: the worker may be hostile."""
    try:
        given = Answer(
            status=str(header["status"]),
            body=body,
            code=None if header["code"] is None else str(header["code"]),
            message=_text(header["message"])[:2_000],
            fuel=int(header["fuel"]),
            duration_ms=float(header["duration_ms"]),
            logs=tuple(_text(line) for line in header["logs"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"not an answer: {error!r}") from None
    measured = 0 <= given.fuel <= MAX_FUEL and 0 <= given.duration_ms < math.inf
    if not isinstance(header["logs"], list):
        raise ValueError("not an answer")  # noqa: TRY004  # as everything else that a worker says
    if given.status not in {VALUE, UNDEFINED, ERROR} or not measured:
        raise ValueError("not an answer")
    return given


def _text(value: Any) -> str:
    """Return text that every report can hold: JSON can spell what is no Unicode."""
    return str(value).encode("utf-8", "replace").decode()


@functools.lru_cache(maxsize=8)
def _plain(limits: Limits) -> dict[str, Any]:
    return asdict(limits)
