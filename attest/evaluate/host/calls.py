"""Host calls on their way: each in a thread of the parent, so that no other document waits."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from dataclasses import field

from attest.errors import EngineError
from attest.evaluate.host.job import Perform
from attest.evaluate.host.settings import MAX_ANSWER
from attest.model.frozen import frozen


@frozen
class Returned:
    """How the call of the evaluation ``token`` ended: an answer, or a reason code of `ENGINE`."""

    token: str
    body: bytes = field(default=b"", repr=False)
    code: str | None = None
    message: str = ""


class Calls:
    """Performs calls; ``bell`` becomes readable when one has ended."""

    def __init__(self) -> None:
        self.bell, self._rope = socket.socketpair()
        for end in (self.bell, self._rope):
            end.settimeout(0)
        self._ended: queue.SimpleQueue[Returned] = queue.SimpleQueue()

    def start(self, token: str, perform: Perform, op: str, body: bytes) -> None:
        """Begin one call; it ends by itself, whether or not somebody still waits for it."""
        arguments = (token, perform, op, body)
        threading.Thread(target=self._run, args=arguments, name="host call", daemon=True).start()

    def ended(self) -> list[Returned]:
        """Return the calls that have ended since the last time."""
        with contextlib.suppress(OSError):
            self.bell.recv(1 << 12)
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._ended.get_nowait())
        return found

    def close(self) -> None:
        """Forget the calls that are still on their way."""
        self.bell.close()
        self._rope.close()

    def _run(self, token: str, perform: Perform, op: str, body: bytes) -> None:
        try:
            answer = perform(op, body)
            ended = Returned(token, answer)
            if len(answer) > MAX_ANSWER:
                why = f"an answer of {len(answer):,} bytes, limit {MAX_ANSWER:,}"
                ended = Returned(token, code="HOST_CALL_LIMIT", message=why)
        except EngineError as error:
            ended = Returned(token, code=error.code, message=error.message)
        except Exception as error:  # noqa: BLE001  # a thread has nobody above it who would tell
            ended = Returned(token, code="HOST_CALL_FAILED", message=f"{op}: {error!r:.300}")
        self._ended.put(ended)
        with contextlib.suppress(OSError):
            self._rope.send(b"!")
