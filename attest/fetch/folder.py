"""Folders of evidence: every regular file below, and a refusal for everything else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from attest.errors import FetchError
from attest.fetch import files
from attest.fetch.fetched import Refusal
from attest.fetch.limits import FetchLimits
from attest.model.artifact import Artifact, Reference

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def read(reference: Reference, limits: FetchLimits) -> tuple[Artifact | Refusal, ...]:
    """Return every entry below a folder, sorted by its path as written.

    Links are not followed: one that stays inside leads to a file that is listed anyway, any other
    is refused. Each folder is opened relative to the one above it, so that a link that is put in
    place during the walk leads nowhere.
    """
    try:
        walk = _Walk(reference, limits)
        walk.below(os.open(files.path_of(reference), _FOLDER), "", 0)
    except (OSError, ValueError) as error:
        raise _root_failure(error, reference) from None
    return tuple(sorted(walk.found, key=lambda entry: entry.reference.locator))


class _Walk:
    """One walk: what was found, and what it has cost so far."""

    def __init__(self, root: Reference, limits: FetchLimits) -> None:
        self.root = root
        self.limits = limits
        self.found: list[Artifact | Refusal] = []
        self.count = 0
        self.bytes = 0
        self.inside = os.path.realpath(files.path_of(root))

    def below(self, descriptor: int, prefix: str, depth: int) -> None:
        """Walk the open folder ``descriptor``, which this call closes."""
        try:
            if depth > self.limits.depth:
                raise self._too_large(f"folders nested deeper than {self.limits.depth}")
            for name in self._names(descriptor):
                self._entry(descriptor, name, prefix + name, depth)
        finally:
            os.close(descriptor)

    def _names(self, descriptor: int) -> list[str]:
        names: list[str] = []
        with os.scandir(descriptor) as entries:
            for entry in entries:
                self.count += 1
                if self.count > self.limits.files:
                    raise self._too_large(f"more than {self.limits.files:,} entries")
                names.append(entry.name)
        return names

    def _entry(self, parent: int, name: str, path: str, depth: int) -> None:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        reference = replace(
            self.root,
            scheme="file",
            locator=os.path.join(self.root.locator, shown),  # noqa: PTH118  # locators are text
        )
        with self._refused(reference):
            mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                self._check_link(reference, path)
            elif stat.S_ISDIR(mode):
                below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
                self.below(below, f"{path}/", depth + 1)
            elif shown != path:
                raise FetchError("ENTRY_NAME_REFUSED", f"{shown} is not UTF-8")
            elif not stat.S_ISREG(mode):
                raise FetchError("ENTRY_NOT_REGULAR", "expected a regular file, seen a special one")
            else:
                self.found.append(self._file(parent, name, reference))

    def _file(self, parent: int, name: str, reference: Reference) -> Artifact:
        descriptor = os.open(name, _FILE, dir_fd=parent)
        try:
            content = files.read_open(descriptor, str(reference), limit=self.limits.file)
        finally:
            os.close(descriptor)
        self.bytes += len(content)
        if self.bytes > self.limits.total:
            raise self._too_large(f"more than {self.limits.total:,} bytes together")
        return Artifact.of(reference, content)

    def _check_link(self, reference: Reference, path: str) -> None:
        target = os.path.realpath(os.path.join(self.inside, path))  # noqa: PTH118  # never opened
        inside = f"{target}/".startswith(self.inside.rstrip("/") + "/")
        if not inside or not os.path.exists(target):  # noqa: PTH110  # text, as above
            raise FetchError(
                "LINK_REFUSED",
                "expected a file, seen a symbolic link out of the folder",
                where=str(reference),
            )

    @contextmanager
    def _refused(self, reference: Reference) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            refusal = files.failure(error, str(reference))
            self.found.append(Refusal.of(reference, refusal))
        except FetchError as error:
            if error.code == "FOLDER_TOO_LARGE":
                raise
            self.found.append(Refusal.of(reference, error))

    def _too_large(self, what: str) -> FetchError:
        return FetchError("FOLDER_TOO_LARGE", f"{self.root} holds {what}", where=str(self.root))


def _root_failure(error: OSError | ValueError, reference: Reference) -> FetchError:
    if isinstance(error, NotADirectoryError):
        return FetchError("FILE_NOT_FOUND", f"{reference} is not a folder", where=str(reference))
    if isinstance(error, OSError):
        return files.failure(error, str(reference))
    return FetchError("REFERENCE_MALFORMED", "the path cannot be encoded")
