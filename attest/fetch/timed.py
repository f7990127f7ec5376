"""Reads from a socket that end with their call, however slowly its bytes drip."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any

_BUFFER = 64 << 10


class TimedResponse(http.client.HTTPResponse):
    """An answer, its head included, of which every single read has a time of its own.

    ``wait`` gives the seconds that the next read may take. A timeout of the socket alone would
    begin anew with every byte.
    """

    def __init__(
        self, sock: socket.socket, *args: Any, wait: Callable[[], float], **options: Any
    ) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, wait), _BUFFER)


class _Timed(io.RawIOBase):
    def __init__(self, sock: socket.socket, wait: Callable[[], float]) -> None:
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._wait = wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._wait())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
