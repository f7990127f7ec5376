"""Standard output that nobody reads: an answer that was not delivered must not look like one."""

from __future__ import annotations

import errno
import io
import sys


class _Closed(io.TextIOBase):
    """Stands in for a standard output that is not there, or is no longer."""

    def write(self, _text: str) -> int:
        """Refuse, as a closed descriptor would."""
        raise OSError(errno.EBADF, "standard output is closed")


def stand_in_for_closed() -> None:
    """Make writing to a standard output that was closed from the start an error.

    Python sets such a stream to ``None``, and click then drops what is printed.
    """
    if sys.stdout is None:
        sys.stdout = _Closed()


def give_up_stdout() -> None:
    """Drop what is still buffered: flushing it at the end would fail again, with another code."""
    sys.stdout = _Closed()
