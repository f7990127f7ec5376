"""Where the bytes of one blob go, in order: what came before a connection broke is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import BinaryIO

from attest.errors import FetchError
from attest.model.digest import Digest

_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:([0-9]{1,19})|\*)")
"""RFC 9110, "Content-Range"."""


class Sink:
    """Writes a blob of ``size`` bytes to ``file``, which must be empty and seekable.

    Whether the bytes are the right ones is for its owner to see: a server may answer a range of
    something else.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._whole = False
        self.received = 0

    @property
    def room(self) -> int:
        """How many bytes are missing."""
        return self._size - self.received

    @property
    def headers(self) -> dict[str, str]:
        """Ask for the rest of what has begun to come."""
        if not self.received or self._whole:
            return {}
        return {"Range": f"bytes={self.received}-{self._size - 1}"}

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Tell whether an answer holds what is missing, or the blob from its beginning.

        A server need not know ranges. One that answers another range than it was asked for is
        asked for the whole from then on, BODY_TRUNCATED.
        """
        if status == _OK:
            self.restart()
            return True
        if status == _PARTIAL and self._continues(headers):
            return True
        if status in {_PARTIAL, _UNSATISFIABLE} and self.headers:
            self._whole = True
            self.restart()
            seen = headers.get("content-range", "")[:60]
            raise FetchError("BODY_TRUNCATED", f"asked for the rest of a blob, seen range {seen!r}")
        return False

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _unwritable(error) from None
        self.received += len(chunk)

    def restart(self) -> None:
        """Forget what has come."""
        try:
            self._file.seek(0)
            self._file.truncate()
        except OSError as error:
            raise _unwritable(error) from None
        self.received = 0

    def _continues(self, headers: Mapping[str, str]) -> bool:
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        if match is None or not self.headers:
            return False
        whole = self._size if match[3] is None else int(match[3])
        asked = (self.received, self._size - 1, self._size)
        return (int(match[1]), int(match[2]), whole) == asked


class HashingSink(Sink):
    """A sink that hashes what passes, for blobs that are never in memory as a whole."""

    def __init__(self, file: BinaryIO, size: int, digest: Digest) -> None:
        super().__init__(file, size)
        self._digest = digest
        self._hash = hashlib.new(digest.algorithm)

    def write(self, chunk: bytes) -> None:
        """Take and hash the next bytes."""
        super().write(chunk)
        self._hash.update(chunk)

    def restart(self) -> None:
        """Forget what has come."""
        super().restart()
        self._hash = hashlib.new(self._digest.algorithm)

    def check(self, where: str) -> None:
        """Refuse what has not exactly the digest and the size; nothing is left of it."""
        seen = f"{self._digest.algorithm}:{self._hash.hexdigest()}"
        problem = None
        if self.room:
            message = f"{where}: {self._digest} should be {self._size:,} bytes long"
            problem = "SIZE_MISMATCH", f"{message}, seen {self.received:,}"
        elif seen != str(self._digest):
            problem = "DIGEST_MISMATCH", f"{where}: expected {self._digest}, seen {seen}"
        if problem is not None:
            self.restart()
            raise FetchError(*problem, where=where)
        try:
            self._file.flush()
        except OSError as error:
            raise _unwritable(error) from None


def _unwritable(error: OSError) -> FetchError:
    message = f"what was fetched cannot be written: {error.strerror or error}"
    return FetchError("WRITE_FAILED", message)
