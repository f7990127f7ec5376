"""One worker process, seen from the parent."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from attest.evaluate.host import jail, launch, wire
from attest.evaluate.host.job import Answer, Job, Seal
from attest.model.frozen import frozen
from attest.model.limits import Limits

START_TIMEOUT = 60.0
"""Seconds until a worker must be ready."""
PATIENCE = 5.0
"""Seconds that one policy waits for another that is read ahead in the worker it needs."""
MAX_STARTS = 3
"""Times that workers may fail to start before a job is given up."""
EXTRA_OUTPUT = 1 << 16
"""Bytes of a message beside the answer in it."""
_LAST_WORDS = 0.3
"""Seconds in which a worker that hung up may end by itself; everybody else waits as long."""
_MAX_BASE = 1 << 50
"""Bytes that a worker may say it needs itself: reserved address space counts."""
_WORKER = "attest.evaluate.host.worker"


@dataclass(slots=True)
class Item:
    """A document on its way: its place in the job, and whether it is asked again, alone.

    ``token`` is known to nobody who was not asked about it. ``calling`` says that a host call is
    performed for it; ``calls`` and ``moved`` count them and their bytes. ``refused`` is the error
    that a denied or failed call is, whatever the worker answers after it.
    """

    index: int
    document: bytes = field(repr=False)
    alone: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    calling: bool = False
    calls: int = 0
    moved: int = 0
    refused: Answer | None = None


@frozen
class _Awaited:
    """A message that the worker is ready, still to come: for how long, and for which request."""

    seconds: float
    request: bytes | None = field(default=None, repr=False)


class Broken(Exception):  # noqa: N818  # an event of the loop, not an error of this program
    """The worker is gone, or does not speak the protocol."""


class Worker:
    """A child process and the socket to it. ``seal`` is what it was loaded with.

    ``loaded`` says that it told so; until then none of a policy's code has run in it. Making one
    raises ``OSError`` when the system has no descriptor or process left.
    """

    def __init__(self) -> None:
        with contextlib.ExitStack() as started:
            self.socket, theirs = socket.socketpair()
            started.callback(self.socket.close)
            self._said = started.enter_context(tempfile.TemporaryFile())
            with theirs:
                self.process = subprocess.Popen(
                    launch.command(_WORKER, str(theirs.fileno())),
                    env={},
                    cwd="/",
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._said,
                    start_new_session=True,
                )
            started.pop_all()  # from here on `kill` closes them
        self.seal: Seal | None = None
        self.request: bytes | None = None
        self.jail = ""
        self.loaded = False
        self._awaited: deque[_Awaited] = deque()
        self.items: deque[Item] = deque()
        self.deadline = time.monotonic() + START_TIMEOUT
        self._out: deque[memoryview] = deque()
        self._in = bytearray()
        self._base = 0

    @property
    def ready(self) -> bool:
        """Whether it has done all that it was asked to do before the next document."""
        return self.seal is not None and not self._awaited

    @property
    def awaited(self) -> int:
        """How many messages are still to come before it is ready for a document."""
        return len(self._awaited)

    @property
    def preparing(self) -> bytes | None:
        """The request that it reads ahead now."""
        return self._awaited[0].request if self._awaited else None

    def load(self, job: Job) -> None:
        """Seal the worker to the job's runner over its modules."""
        self.seal = job.seal
        self._await(_Awaited(START_TIMEOUT))
        message = wire.pack({"runner": job.runner})
        try:
            descriptors = [one.descriptor for one in job.modules]
            socket.send_fds(self.socket, [message[: wire.SIZES]], descriptors)
            self.socket.sendall(message[wire.SIZES :])
        except OSError:
            raise Broken from None
        finally:
            self.socket.settimeout(0)

    def prepare(self, job: Job) -> None:
        """Have it read the job's request ahead of documents."""
        self._await(_Awaited(min(job.limits.timeout, START_TIMEOUT), job.request))
        self.request = job.request
        self.queue(wire.pack({"kind": "request"}, job.request))
        self.queue(wire.prepare(job.limits, job.at_ns))
        self.flush()

    def _await(self, awaited: _Awaited) -> None:
        self._awaited.append(awaited)
        self._wait_for_first(None)

    def wait_for(self, job: Job) -> None:
        """Give a worker that is not ready its time again: it is needed only now."""
        if not self.ready:
            self._wait_for_first(job.request)

    def _wait_for_first(self, request: bytes | None) -> None:
        first = self._awaited[0]
        own = first.request is None or first.request == request
        seconds = first.seconds if own else min(first.seconds, PATIENCE)
        self.deadline = time.monotonic() + seconds

    def become_ready(self, header: dict[str, Any], job: Job | None = None) -> None:
        """Take the message that it is ready; raise ``Broken`` at one that was not expected.

        ``job`` is the one that waits for it, if there is one.
        """
        if header.get("kind") != "ready" or not self._awaited:
            raise Broken
        if not self.loaded:  # said before any of a policy's code ran: later nothing is believed
            self.jail, base = str(header.get("jail")), header.get("base")
            if type(base) is not int or not 0 <= base <= _MAX_BASE:
                raise Broken
            self._base = base
        self.loaded = True
        self._awaited.popleft()
        if self._awaited:
            self._wait_for_first(job.request if job else None)
        else:
            self.deadline = float("inf")

    def bound(self, limits: Limits) -> None:
        """Set the walls for the documents that it has: it cannot move them itself."""
        if jail.BY_PARENT:
            most = max(len(item.document) for item in self.items)
            seconds, data = wire.walls(limits, most, self._base)
            jail.bound(seconds * len(self.items), data, self.process.pid)

    def queue(self, content: bytes) -> None:
        """Put a message on its way; `flush` sends it."""
        self._out.append(memoryview(content))

    @property
    def unsent(self) -> bool:
        """Whether `flush` has something to do."""
        return bool(self._out)

    def flush(self) -> None:
        """Send what the socket takes now."""
        try:
            while self._out:
                rest = self._out[0][self.socket.send(self._out[0]) :]
                self._out.popleft()
                if rest:
                    self._out.appendleft(rest)
        except BlockingIOError:
            pass
        except OSError:
            self._out.clear()  # it died: reading tells

    def receive(self, most: int) -> list[tuple[dict[str, Any], bytes]]:
        """Return the messages that have arrived; raise ``Broken`` at the end or at nonsense.

        ``most`` bounds a message's body.
        """
        try:
            part = self.socket.recv(1 << 20)
        except BlockingIOError:
            return []
        except OSError:
            part = b""
        if not part:
            raise Broken
        self._in += part
        messages = []
        while (message := self._next(most)) is not None:
            messages.append(message)
        return messages

    def _next(self, most: int) -> tuple[dict[str, Any], bytes] | None:
        if len(self._in) < wire.SIZES:
            return None
        header, body = wire.sizes(self._in)
        if header > wire.MAX_HEADER or body > most:
            raise Broken
        middle, end = wire.SIZES + header, wire.SIZES + header + body
        if len(self._in) < end:
            return None
        try:
            parsed = json.loads(bytes(self._in[wire.SIZES : middle]))
        except (ValueError, RecursionError):
            raise Broken from None
        content = bytes(self._in[middle:end])
        del self._in[:end]
        if not isinstance(parsed, dict):
            raise Broken
        return parsed, content

    def kill(self, *, gone: bool = False) -> str:
        """End the process; return how it ended and its last words.

        ``gone`` says that it hung up by itself: its own end is then waited for, briefly.
        """
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_LAST_WORDS if gone else 0)
        ended = self.process.poll()
        self.process.kill()
        how = "hung" if ended is None else _ending(ended)
        self.process.wait()
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - 2_000))
        words = self._said.read().decode("utf-8", "replace").strip().splitlines()
        self._said.close()
        return f"{how}: {words[-1]}" if words else how


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"died of {signal.Signals(-status).name}"
    except ValueError:
        return f"died of signal {-status}"
