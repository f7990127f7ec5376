"""The worker process: loads one runner over its modules, closes the doors, answers tasks."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
from collections import deque
from functools import partial
from typing import Any, NoReturn

from attest.evaluate.host import jail, runners, wire
from attest.evaluate.host.job import ERROR, Answer
from attest.evaluate.host.runners import Runner, Task
from attest.evaluate.host.settings import MAX_MEMORY, MAX_REQUEST
from attest.evaluate.host.stopped import Exited, Stopped
from attest.model.limits import Limits

_MAX_MODULES = 4
_DESCRIPTORS = 8
_BASE_MEMORY = 512 << 20
"""Private memory that the worker itself may need beyond what it holds once it is loaded."""
_READ_AHEAD = 900.0
"""CPU seconds for what it reads before there is a document."""


def main(arguments: list[str]) -> None:
    """Serve the socket whose descriptor is the only argument until the parent is gone."""
    channel = socket.socket(fileno=int(arguments[0]))
    # Imported while the parent still checks the compiled code that it will send.
    from attest.evaluate.host import machine

    header, descriptors = _load_message(channel)
    try:
        modules = [machine.load_module(f"/dev/fd/{one}") for one in descriptors]
        runner = runners.load(header["runner"], modules)
    except Stopped as stopped:
        channel.sendall(wire.pack({"kind": "unfit", "code": stopped.code, "why": stopped.message}))
        os._exit(0)
    for one in descriptors:
        os.close(one)
    gc.freeze()
    base = jail.private_memory() + _BASE_MEMORY
    jail.bound(_READ_AHEAD, base + 2 * MAX_MEMORY)
    held = jail.close_doors(_DESCRIPTORS)
    ready = wire.pack({"kind": "ready", "jail": held, "base": base})
    channel.sendall(ready)
    _serve(channel, runner, base, ready)


class _Inbox:
    """Messages in their order, except that the return of a host call is taken out of turn."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._passed: deque[tuple[dict[str, Any], bytes]] = deque()

    def next(self) -> tuple[dict[str, Any], bytes]:
        """Return the next message."""
        return self._passed.popleft() if self._passed else _message(self._channel)

    def call(self, token: str, op: str, request: bytes) -> bytes:
        """Ask the parent for a host call; documents that were sent ahead are kept for later."""
        if len(request) > MAX_REQUEST:
            why = f"a request of {len(request):,} bytes, limit {MAX_REQUEST:,}"
            raise Stopped("HOST_CALL_LIMIT", why)
        self._channel.sendall(wire.call(op[:100], token, request))
        while True:
            header, body = _message(self._channel)
            if header["kind"] == "return":
                break
            self._passed.append((header, body))
        if header["code"] is not None:
            raise Stopped(header["code"], header["message"])
        return body


def _serve(channel: socket.socket, runner: Runner, base: int, ready: bytes) -> NoReturn:
    """Answer tasks; ``base`` is the private memory that the worker itself may have.

    What holds while a policy runs is set by the parent, where it can be: a worker that is taken
    over must not move it.
    """
    request, inbox = b"", _Inbox(channel)
    while True:
        header, body = inbox.next()
        if header["kind"] == "request":
            request = body
            continue
        limits = Limits(**header["limits"])
        if not jail.BY_PARENT:
            jail.bound(*wire.walls(limits, len(body), base))
        if header["kind"] == "prepare":
            with contextlib.suppress(Stopped, Exited):  # it comes again with the first document
                runner.prepare(Task(request, body, limits, header["at_ns"]))
            channel.sendall(ready)
        else:
            token = header["token"]
            task = Task(request, body, limits, header["at_ns"], partial(inbox.call, token))
            channel.sendall(wire.answer(_evaluate(runner, task), token))


def _evaluate(runner: Runner, task: Task) -> Answer:
    try:
        return runner.evaluate(task)
    except Stopped as stopped:
        fuel = task.limits.fuel if stopped.code == "OUT_OF_FUEL" else 0
        return Answer(
            ERROR, code=stopped.code, message=stopped.message, fuel=fuel, logs=stopped.logs
        )
    except Exited as exited:
        return Answer(ERROR, code="GUEST_EXIT", message=str(exited))


def _load_message(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    content, descriptors, _, _ = socket.recv_fds(channel, wire.SIZES, _MAX_MODULES)
    if len(content) < wire.SIZES:
        os._exit(0)
    size, _ = wire.sizes(content)
    header: dict[str, Any] = json.loads(_take(channel, size))
    return header, descriptors


def _message(channel: socket.socket) -> tuple[dict[str, Any], bytes]:
    header, body = wire.sizes(_take(channel, wire.SIZES))
    return json.loads(_take(channel, header)), _take(channel, body)


def _take(channel: socket.socket, size: int) -> bytes:
    content = channel.recv(size, socket.MSG_WAITALL) if size else b""
    while len(content) < size:  # a signal came between
        part = channel.recv(size - len(content))
        if not part:  # the parent is gone
            os._exit(0)
        content += part
    return content
