"""One request and its answer, as values; and how long it all may take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import field
from typing import BinaryIO, Protocol

from attest.errors import FetchError
from attest.fetch.urls import Url
from attest.model.frozen import frozen


class Deadline:
    """The end of one call, whatever the servers do until then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self, where: str) -> float:
        """Return the seconds that are left; FETCH_TIMEOUT when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            message = f"{where}: not complete after {self._seconds:g} s"
            raise FetchError("FETCH_TIMEOUT", message, where=where)
        return left


class Into(Protocol):
    """Takes the body of an answer piece by piece instead of as a whole."""

    @property
    def room(self) -> int:
        """How many bytes may still come."""

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Tell whether the body of this answer is to be taken; it is then given to `write`."""

    def write(self, chunk: bytes) -> object:
        """Take the next bytes."""


@frozen
class Response:
    """An answer: header names in lower case; ``reach`` is how far its sender's address reaches.

    ``fields`` are the headers as they came, each of those that came more than once. ``content`` is
    empty when the body went elsewhere (`Bounds`).
    """

    url: Url
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    reach: int
    fields: tuple[tuple[str, str], ...] = ()


@frozen
class Outgoing:
    """What is sent: header names are the caller's affair."""

    headers: Mapping[str, str] = field(repr=False)
    method: str = "GET"
    body: bytes | BinaryIO | None = field(default=None, repr=False)


@frozen
class Bounds:
    """The bounds of one answer.

    A body over ``limit`` bytes is refused with the code ``too_large``. ``any_status`` says that the
    body of an error counts as well, ``into`` where the body goes piece by piece.
    """

    limit: int
    too_large: str
    deadline: Deadline
    any_status: bool = False
    into: Into | None = None
