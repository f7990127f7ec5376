"""Where compiled code and the secret that authenticates it stand.

The one module of the stage that reads the environment: XDG_CACHE_HOME, XDG_STATE_HOME and HOME.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_SECRET = 32


def place(tell: Callable[[str], None]) -> tuple[Path, bytes]:
    """Return the cache folder and the secret; a private temporary folder where neither can be had.

    The secret stands outside the cache, so that a cache restored from elsewhere is not believed.
    """
    try:
        folder = _private(_home("XDG_CACHE_HOME", ".cache") / "attest" / "wasm")
        state = _private(_home("XDG_STATE_HOME", ".local/state") / "attest")
        secret = _secret(state / "wasm-cache.key")
        with tempfile.TemporaryFile(dir=folder):
            return folder, secret
    except (OSError, RuntimeError) as error:
        tell(f"! compiled code is not kept, its folder cannot be used: {error}")
    folder = Path(tempfile.mkdtemp(prefix="attest-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, secrets.token_bytes(_SECRET)


@contextlib.contextmanager
def own(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file of this user that nobody else can write; raise ``OSError`` otherwise."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
            raise OSError(f"{path} is not a file of this user")
        if found.st_mode & 0o022:
            raise OSError(f"{path} can be written by others")
        yield file


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[tuple[int, Path]]:
    """Make a file to be renamed into place: a mapped file must never change under its readers.

    Unless the caller has renamed it, it is gone in the end.
    """
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    path = Path(name)
    try:
        yield descriptor, path
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _home(variable: str, default: str) -> Path:
    """The base directory; a relative one is not valid (XDG Base Directory Specification)."""
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / default


def _private(folder: Path) -> Path:
    """Make ``folder`` and see that nobody else can look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OSError(f"{folder} is not a folder of this user")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def _secret(path: Path) -> bytes:
    """Read the secret; make it where it is missing or not private."""
    with contextlib.suppress(OSError), own(path) as file:
        content = file.read(_SECRET + 1)
        if len(content) == _SECRET:
            return content
    content = secrets.token_bytes(_SECRET)
    with beside(path.parent) as (descriptor, new):
        os.write(descriptor, content)
        new.replace(path)
    return content
