"""Host calls as our own guests import them (worker side): module ``attest``, ``call`` and ``take``.

    call(ptr, len) -> i32    {"op": …, "request": {…}} as JSON; the length of the answer
    take(ptr)                copies that answer to ``ptr``

A call that is denied or fails does not return: the evaluation ends with the host's reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attest.evaluate.host.runners import Call, no_call
from attest.evaluate.host.settings import MAX_REQUEST
from attest.evaluate.host.stopped import Stopped
from attest.evaluate.host.wasi import Window

_MODULE = "attest"


class GuestCalls:
    """The imports of one instance at a time: `begin`, then let it run."""

    def __init__(self) -> None:
        self.begin(None)

    def begin(self, memory: Window | None, call: Call = no_call) -> None:
        """Serve the instance that has this memory; without ``call`` every call is denied."""
        self._memory = memory
        self._call = call
        self._answer = b""

    def functions(self) -> dict[tuple[str, str], Callable[..., int | None]]:
        """Return the imports, for `machine.Program`."""
        return {(_MODULE, "call"): self.call, (_MODULE, "take"): self.take}

    def call(self, pointer: int, size: int) -> int:
        """Have the host perform a request; return the length of its answer."""
        size &= 0xFFFF_FFFF
        if size > MAX_REQUEST:
            why = f"a request of {size:,} bytes, limit {MAX_REQUEST:,}"
            raise Stopped("HOST_CALL_LIMIT", why)
        op, request = _request(self._window().read(pointer, size))
        self._answer = self._call(op, json.dumps(request).encode())
        return len(self._answer)

    def take(self, pointer: int) -> None:
        """Copy the answer of the last call into the guest."""
        self._window().write(pointer, self._answer)
        self._answer = b""

    def _window(self) -> Window:
        if self._memory is None:
            raise Stopped("GUEST_INVALID", "a host call before its memory is known")
        return self._memory


def _request(content: bytes) -> tuple[str, Any]:
    try:
        said = json.loads(content)
        return str(said["op"]), said["request"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Stopped("GUEST_INVALID", f"a host call that is none: {error!r:.200}") from None
