"""What one load gathers while it reads: the files it opened, and the checks that were relaxed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace

from attest.config.nodes import Node, Table, line, refusal
from attest.errors import UsageError
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.lock import FILE, MAX_BYTES, Lock
from attest.model.report import WeakenedLine


@dataclass(slots=True)
class Loading:
    """One load of one plan. ``base`` is the folder of the plan, where its paths start.

    ``files`` maps each path, as the plan writes it, to the bytes it held; ``builtin:NAME`` stands
    for a trust root that attest carries itself. ``lock`` is the attest.lock beside the plan.
    """

    base: str
    allow_tag: bool = False
    lock: Lock | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    weakened: list[WeakenedLine] = field(default_factory=list)

    def read_lock(self) -> None:
        """Read the lock beside the plan, if there is one; raise LOCK_MALFORMED when it is none."""
        path = os.path.join(self.base, FILE)  # noqa: PTH118  # text, as above
        try:
            content = read(path, most=MAX_BYTES)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            problem = f"{path}: {getattr(error, 'strerror', None) or error}"
            raise UsageError("LOCK_MALFORMED", problem, where=path) from None
        try:
            if len(content) > MAX_BYTES:
                raise ValueError(f"larger than {MAX_BYTES} bytes")  # noqa: TRY301  # one refusal
            self.lock = Lock.parse(content)
        except ValueError as error:
            raise UsageError("LOCK_MALFORMED", f"{path}: {error}", where=path) from None
        self.files[FILE] = content

    def locked_version(self, place: Reference) -> str | None:
        """Return the version that a policy had when its tag was locked."""
        locked = self.lock.references.get(str(replace(place, digest=None))) if self.lock else None
        return None if locked is None else locked.version

    def weaken(self, node: Node, option: str, effect: str) -> None:
        """Record that the value at ``node`` relaxes a check."""
        self.weakened.append(WeakenedLine(option, node.path, effect))

    def pinned(self, table: Table, *, most: int) -> tuple[str, bytes]:
        """Read the file that ``path`` names and ``sha256`` pins; refuse any other content."""
        node = table.need("path")
        pin, path = sha256(table.need("sha256")), line(node)
        if path not in self.files:
            try:
                self.files[path] = read(os.path.join(self.base, path), most=most)  # noqa: PTH118  # text, so that the plan's own spelling stays
            except (OSError, ValueError) as error:
                problem = f"{path}: {getattr(error, 'strerror', None) or error}"
                raise refusal(node, "CONFIG_NOT_FOUND", problem) from None
        content = self.files[path]
        if len(content) > most:
            raise refusal(node, "CONFIG_TOO_LARGE", f"{path} is larger than {most} bytes")
        if not pin.matches(content):
            seen = Digest.of(content)
            raise refusal(node, "FILE_PIN_MISMATCH", f"{path}: expected {pin}, found {seen}")
        return path, content


def read(path: str, *, most: int) -> bytes:
    """Return a regular file's bytes, or its first ``most`` + 1; raise ``OSError`` without one."""
    # Without O_NONBLOCK a named pipe would wait for a writer for ever.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(None, "not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(handle)


def read_plan(path: str, *, most: int) -> bytes:
    """Return the bytes of the plan itself; raise CONFIG_NOT_FOUND or CONFIG_TOO_LARGE."""
    try:
        content = read(path, most=most)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise UsageError("CONFIG_NOT_FOUND", f"{path}: {problem}", where=path) from None
    if len(content) > most:
        raise UsageError("CONFIG_TOO_LARGE", f"{path} is larger than {most} bytes", where=path)
    return content


def sha256(node: Node) -> Digest:
    """Read 64 lower-case hex digits, with or without ``sha256:`` before them."""
    written = line(node, most=128)
    try:
        return Digest.parse(f"sha256:{written.removeprefix('sha256:')}")
    except ValueError:
        problem = f"{written!r} is not 64 lower-case hex digits"
        raise refusal(node, "DIGEST_INVALID", problem) from None
