"""Regular files, read within bounds."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attest.errors import FetchError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest

_CHUNK = 1 << 20
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever."""


def path_of(reference: Reference) -> str:
    """Return where a file or folder is on this machine, relative paths taken from ``base``."""
    if "\0" in reference.locator:
        raise FetchError("REFERENCE_MALFORMED", "a path cannot hold a NUL byte")
    return os.path.join(reference.base, reference.locator)  # noqa: PTH118  # locators are text


def read(reference: Reference, *, limit: int) -> Artifact:
    """Read a whole file of at most ``limit`` bytes; a pinned digest is checked."""
    with _opened(reference) as descriptor:
        content = read_open(descriptor, str(reference), limit=limit)
    check_pin(reference, content)
    return Artifact.of(reference, content)


def read_open(descriptor: int, where: str, *, limit: int) -> bytes:
    """Read an open regular file to its end; refuse one over ``limit`` before reading it."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise FetchError(
            "FILE_NOT_REGULAR", f"expected a regular file, seen {_sort_of(status)}", where=where
        )
    if status.st_size > limit:
        raise _too_large(where, f"{status.st_size:,} bytes", limit)
    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        # A file that grows while it is read must not escape the bound.
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise _too_large(where, f"more than {limit:,} bytes", limit)
    return content


def digest(reference: Reference, algorithms: Sequence[str]) -> tuple[Digest, ...]:
    """Digest a file of any size under each of ``algorithms``, in one pass and little memory."""
    names = list(algorithms)
    if reference.digest is not None and reference.digest.algorithm not in names:
        names.append(reference.digest.algorithm)
    hashes = [hashlib.new(name) for name in names]
    with _opened(reference) as descriptor:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FetchError(
                "FILE_NOT_REGULAR",
                f"expected a regular file, seen {_sort_of(status)}",
                where=str(reference),
            )
        with os.fdopen(descriptor, "rb", closefd=False, buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                for each in hashes:
                    each.update(chunk)
    found = tuple(Digest(name, each.hexdigest()) for name, each in zip(names, hashes, strict=True))
    if reference.digest is not None and reference.digest not in found:
        seen = next(each for each in found if each.algorithm == reference.digest.algorithm)
        raise mismatch(reference, seen)
    return found[: len(algorithms)]


def chunks(reference: Reference) -> Iterator[bytes]:
    """Yield a regular file of any size, piece by piece."""
    with _opened(reference) as descriptor:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            message = f"expected a regular file, seen {_sort_of(status)}"
            raise FetchError("FILE_NOT_REGULAR", message, where=str(reference))
        with os.fdopen(descriptor, "rb", closefd=False, buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def check_pin(reference: Reference, content: bytes) -> None:
    """Refuse ``content`` when ``reference`` is pinned to other bytes."""
    if reference.digest is not None and not reference.digest.matches(content):
        raise mismatch(reference, Digest.of(content, reference.digest.algorithm))


def mismatch(reference: Reference, seen: Digest) -> FetchError:
    """Make the refusal of bytes that are not those of the pin."""
    return FetchError(
        "DIGEST_MISMATCH", f"expected {reference.digest}, seen {seen}", where=str(reference)
    )


def failure(error: OSError, where: str) -> FetchError:
    """Name what the operating system said, without the machine's own path."""
    code = "FILE_UNREADABLE"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        code = "FILE_NOT_FOUND"
    reason = error.strerror or type(error).__name__
    return FetchError(code, f"{where}: {reason}", where=where)


def open_read(reference: Reference) -> int:
    """Open a file for reading; the caller closes the descriptor."""
    path = path_of(reference)
    try:
        return os.open(path, _READ)
    except (OSError, ValueError) as error:
        raise _refusal(error, reference) from None


@contextmanager
def _opened(reference: Reference) -> Iterator[int]:
    descriptor = open_read(reference)
    try:
        yield descriptor
    except OSError as error:
        raise failure(error, str(reference)) from None
    finally:
        os.close(descriptor)


def _refusal(error: OSError | ValueError, reference: Reference) -> FetchError:
    if isinstance(error, OSError):
        return failure(error, str(reference))
    return FetchError("REFERENCE_MALFORMED", "the path cannot be encoded")


def _too_large(where: str, seen: str, limit: int) -> FetchError:
    return FetchError(
        "FILE_TOO_LARGE", f"expected at most {limit:,} bytes, seen {seen}", where=where
    )


def _sort_of(status: os.stat_result) -> str:
    for test, word in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(status.st_mode):
            return word
    return "a device"
