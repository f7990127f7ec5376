"""One worker process, seen from the parent."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from attest.evaluate.host import launch, wire
from attest.evaluate.host.job import Job, Seal

START_TIMEOUT = 60.0
"""Seconds until a worker must be ready."""
MAX_STARTS = 3
"""Times that workers may fail to start before a job is given up."""
EXTRA_OUTPUT = 1 << 16
"""Bytes of a message beside the answer in it."""
_WORKER = "attest.evaluate.host.worker"


@dataclass(slots=True)
class Item:
    """A document on its way: its place in the job, and whether it is asked again, alone."""

    index: int
    document: bytes = field(repr=False)
    alone: bool = False


class Broken(Exception):  # noqa: N818  # an event of the loop, not an error of this program
    """The worker is gone, or does not speak the protocol."""


class Worker:
    """A child process and the socket to it. ``seal`` is what it was loaded with.

    ``awaited`` counts the messages that are still to come before it is ready for a document.
    """

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed in `kill`
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
        self.seal: Seal | None = None
        self.request: bytes | None = None
        self.jail = ""
        self.awaited = 0
        self.items: deque[Item] = deque()
        self.deadline = time.monotonic() + START_TIMEOUT
        self._out: deque[memoryview] = deque()
        self._in = bytearray()

    @property
    def ready(self) -> bool:
        """Whether it has done all that it was asked to do before the next document."""
        return self.seal is not None and not self.awaited

    def load(self, job: Job) -> None:
        """Seal the worker to the job's runner over its modules."""
        self.seal = job.seal
        self.await_ready()
        message = wire.pack({"runner": job.runner})
        try:
            descriptors = [one.descriptor for one in job.modules]
            socket.send_fds(self.socket, [message[: wire.SIZES]], descriptors)
            self.socket.sendall(message[wire.SIZES :])
        except OSError:
            raise Broken from None
        finally:
            self.socket.settimeout(0)

    def await_ready(self) -> None:
        """Expect one more message that it is ready."""
        self.awaited += 1
        self.deadline = time.monotonic() + START_TIMEOUT

    def wait_anew(self) -> None:
        """Give a worker that is not ready the whole time again: it is needed only now."""
        if not self.ready:
            self.deadline = time.monotonic() + START_TIMEOUT

    def become_ready(self, header: dict[str, Any]) -> None:
        """Take the message that it is ready; raise ``Broken`` at one that was not expected."""
        if header.get("kind") != "ready" or not self.awaited:
            raise Broken
        self.jail = str(header.get("jail"))
        self.awaited -= 1
        if not self.awaited:
            self.deadline = float("inf")

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
            self.process.wait(1.0 if gone else 0)
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
