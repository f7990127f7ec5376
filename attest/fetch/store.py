"""Fetched content, kept per user under its digest: a saving of time, never a source of trust.

Every byte is hashed again when it is read; what is not what its name says is dropped. A file comes
into place whole, by renaming, so that neither a killed process nor a second one can leave half of
it. What was unused for longest goes first when the store is full.

    sha256/ab/abcd…    content, under its own digest
    lists/ab/abcd…     what was last seen attached to a policy: hints, whose content is checked
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from attest.errors import FetchError
from attest.fetch.places import private, store_folder
from attest.model.digest import HEX_LENGTHS, Digest
from attest.model.frozen import frozen

LIMIT = 1 << 30
"""Bytes that stay when a run has ended."""

LISTS = "lists"
_OFTEN = 256 << 20
"""Bytes between two collections of one run."""
_NEW = ".new-"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@frozen
class Entry:
    """One file of the store: its kind (an algorithm, or ``lists``), its name, bytes, last use."""

    kind: str
    name: str
    size: int
    used: float
    path: Path

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Store:
    """The store in ``folder``, by default the user's; nothing is touched before it is needed.

    Where it cannot be used, the run goes on without it, and ``tell`` is told so once. For several
    threads and processes.
    """

    def __init__(
        self,
        tell: Callable[[str], None] = lambda _: None,
        *,
        folder: Path | None = None,
        limit: int = LIMIT,
    ) -> None:
        self._tell = tell
        self._folder = folder
        self._limit = limit
        self._usable = True
        self._written = 0
        self._lock = threading.Lock()

    def get(self, digest: Digest, *, limit: int) -> bytes | None:
        """Return the content of ``digest``, or ``None``, also for more than ``limit`` bytes.

        Raises STORE_CORRUPT for a file of other bytes, which is dropped: whoever can fetches again.
        """
        content = self._read(digest.algorithm, digest.value, limit)
        if content is None or digest.matches(content):
            return content
        path = self._path(digest.algorithm, digest.value)
        with contextlib.suppress(OSError):
            path.unlink()
        seen = Digest.of(content, digest.algorithm)
        message = f"the store had other bytes under {digest}: {seen}; they were dropped"
        raise FetchError("STORE_CORRUPT", message, where=str(digest))

    def put(self, digest: Digest, content: bytes) -> None:
        """Keep ``content``, unless it is not what ``digest`` names."""
        if digest.matches(content):
            self._write(digest.algorithm, digest.value, content)

    def hint(self, name: str) -> bytes | None:
        """Return what was noted under ``name``, whatever it says."""
        return self._read(LISTS, Digest.of(name.encode()).value, 4 << 20)

    def note(self, name: str, content: bytes) -> None:
        """Note ``content`` under ``name``: a hint, for which no digest vouches."""
        self._write(LISTS, Digest.of(name.encode()).value, content)

    def close(self) -> None:
        """Collect what is too much, if anything was written."""
        if self._written:
            self._written = 0
            with contextlib.suppress(OSError, FetchError):
                self.collect(self._limit)

    def entries(self) -> list[Entry]:
        """List every file, the longest unused first; STORE_UNUSABLE when that is impossible."""
        try:
            found = [*self._entries()]
        except (OSError, RuntimeError) as error:
            raise _unusable(error) from None
        return sorted(found, key=lambda each: (each.used, each.kind, each.name))

    def drop(self, entry: Entry) -> None:
        """Remove one file; STORE_UNUSABLE when that is impossible."""
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(error) from None

    def collect(self, limit: int) -> list[Entry]:
        """Drop the longest unused until at most ``limit`` bytes stay; return what was dropped."""
        entries = self.entries()
        self._sweep()
        total = sum(each.size for each in entries)
        dropped = []
        for each in entries:
            if total <= limit:
                break
            self.drop(each)
            total -= each.size
            dropped.append(each)
        return dropped

    def _entries(self) -> Iterator[Entry]:
        root = self._root()
        for kind in (*HEX_LENGTHS, LISTS):
            for path in (root / kind).glob("??/[!.]*"):
                with contextlib.suppress(FileNotFoundError):
                    found = path.lstat()
                    yield Entry(kind, path.name, found.st_size, found.st_mtime, path)

    def _root(self) -> Path:
        if self._folder is None:
            self._folder = store_folder()
        return self._folder

    def _path(self, kind: str, name: str) -> Path:
        return self._root() / kind / name[:2] / name

    def _read(self, kind: str, name: str, limit: int) -> bytes | None:
        """Read a file of at most ``limit`` bytes, and mark it as used."""
        try:
            descriptor = os.open(self._path(kind, name), _READ)
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError) as error:
            self._give_up(error)
            return None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
                return None
            with contextlib.suppress(OSError):
                os.utime(descriptor)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(min(limit, found.st_size) + 1)
        except OSError as error:
            self._give_up(error)
            return None
        finally:
            os.close(descriptor)

    def _write(self, kind: str, name: str, content: bytes) -> None:
        if not self._usable:
            return
        try:
            private(self._root())
            place = self._path(kind, name)
            private(place.parent)
            self._rename(place, content)
        except (OSError, RuntimeError) as error:
            self._give_up(error)
            return
        with self._lock:
            self._written += len(content)
            full = self._written > _OFTEN
        if full:
            self.close()

    @staticmethod
    def _rename(place: Path, content: bytes) -> None:
        import tempfile  # with what it imports, as costly as the rest of this file

        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=_NEW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # says that somebody is still writing
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
            Path(name).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        finally:
            os.close(descriptor)

    def _sweep(self) -> None:
        """Remove what killed processes were writing; nobody holds a lock on it any more."""
        for path in self._root().glob(f"*/??/{_NEW}*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    def _give_up(self, error: OSError | RuntimeError) -> None:
        """Go on without the store, and say so once."""
        with self._lock:
            first, self._usable = self._usable, False
        if first:
            self._tell(f"! nothing is kept for later, the store cannot be used: {_reason(error)}")


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC:
            return "no space left"
        return error.strerror or type(error).__name__
    return str(error)


def _unusable(error: OSError | RuntimeError) -> FetchError:
    return FetchError("STORE_UNUSABLE", f"the store cannot be used: {_reason(error)}")
