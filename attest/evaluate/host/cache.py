"""Compiled Wasm: what came with the package, or else kept per user.

A cached file is native code that will run: its name carries a keyed hash of its bytes, so that a
damaged, foreign or planted file is never loaded but made again. The key covers the Wasm, wasmtime's
version and settings, and the processor.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from attest.errors import EngineError
from attest.evaluate.host import shipped
from attest.evaluate.host.job import CompiledModule
from attest.evaluate.host.places import beside, own, place

COMPILE_TIMEOUT = 120.0
"""Seconds that compiling one module may take."""
COMPILE_MEMORY = 2 << 30
"""Bytes of memory that compiling one module may take."""
_LOOK_AGAIN = 0.02
"""Seconds until a lock is tried again."""
_KEEP = 64
"""Compiled modules that stay; the longest unused go first."""

_opened: dict[str, CompiledModule] = {}
"""What this process has checked already, by cache key. The descriptors stay open."""
_looking: dict[str, threading.Thread] = {}
"""What is being checked in the background, by cache key."""


def look(digest: str) -> None:
    """Begin to check the code for this Wasm, if there is any: 60 MB take a while to hash."""
    key = _key(digest)
    if key not in _opened and key not in _looking:
        _looking[key] = threading.Thread(target=_look, args=(digest, key), daemon=True)
        _looking[key].start()


def _look(digest: str, key: str) -> None:
    file = shipped.find(digest)
    if file is None:
        folder, secret = place(lambda _line: None)
        file = _find(folder, key, secret)
    if file is not None:
        _opened[key] = CompiledModule(digest, file)


def found(digest: str) -> CompiledModule | None:
    """Return native code that is there already, or ``None``: nothing is compiled."""
    key = _key(digest)
    look(digest)
    if key in _looking:
        _looking.pop(key).join()
    return _opened.get(key)


def compiled(
    digest: str,
    read: Callable[[], bytes],
    *,
    name: str,
    timeout: float = COMPILE_TIMEOUT,
    memory: int = COMPILE_MEMORY,
    progress: Callable[[str], None] | None = None,
) -> CompiledModule:
    """Return native code for the Wasm whose SHA-256 (hex) is ``digest``, compiling it at most once.

    ``read`` gives the Wasm when it must be compiled; ``name`` is what progress lines call it.
    Raises ``EngineError`` COMPILE_FAILED, COMPILE_MEMORY, COMPILE_TIMEOUT.
    """
    tell = progress or (lambda _line: None)
    there = found(digest)
    if there is not None:
        return there
    key = _key(digest)
    folder, secret = place(tell)
    file = _find(folder, key, secret)
    if file is None:
        with _alone(folder, key, name, timeout) as left:
            file = _find(folder, key, secret)  # another process may have made it meanwhile
            if file is None:
                tell(f"! compiling {name} once for this machine …")
                wasm = read()
                if hashlib.sha256(wasm).hexdigest() != digest:
                    raise EngineError("COMPILE_FAILED", f"{name} has not sha256 {digest}")
                from attest.evaluate.host import compiler

                with beside(folder) as (out, path):
                    compiler.run(wasm, out, name=name, timeout=left, memory=memory)
                    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                    path.replace(folder / _name(key, secret, file))
        _prune(folder)
    _opened[key] = CompiledModule(digest, file)
    return _opened[key]


@contextlib.contextmanager
def _alone(folder: Path, key: str, name: str, timeout: float) -> Iterator[float]:
    """Let one process at a time make the code for ``key``; yield what is left of ``timeout``.

    Another process may have been given longer than this one can wait for it.
    """
    until = time.monotonic() + timeout
    lock = folder / f".lock-{key}"
    try:
        with lock.open("wb") as file:
            _lock(file, name, timeout)
            try:
                yield round(max(0.0, until - time.monotonic()), 2)
            finally:
                lock.unlink(missing_ok=True)
    except OSError as error:
        raise EngineError("COMPILE_FAILED", f"{name}: cannot write to {folder}: {error}") from None


def _lock(file: BinaryIO, name: str, timeout: float) -> None:
    until = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                why = f"{name}: another process still compiles it after {timeout:g} s"
                raise EngineError("COMPILE_TIMEOUT", why) from None
            time.sleep(_LOOK_AGAIN)
        else:
            return


def _key(digest: str) -> str:
    facts = [digest, shipped.conditions(), _processor()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:40]


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            lines = file.read(16_384).splitlines()
    except OSError:
        return ""
    wanted = ("flags", "Features", "model name", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))


def _find(folder: Path, key: str, secret: bytes) -> int | None:
    """Return an open descriptor of authentic code for ``key``; remove what is not authentic."""
    for path in sorted(folder.glob(f"{key}.*")):
        # An empty file cannot be mapped (ValueError); one that is not ours does not open.
        with contextlib.suppress(OSError, ValueError), own(path) as file:
            if hmac.compare_digest(path.name, _name(key, secret, file.fileno())):
                os.utime(path)
                return os.dup(file.fileno())
        with contextlib.suppress(OSError):
            path.unlink()
    return None


def _name(key: str, secret: bytes, descriptor: int) -> str:
    """Name a file by its key and a keyed hash of both: of the key, and of the SHA-256 of its bytes.

    SHA-256 by itself, since that lets other threads run meanwhile: `hmac` does not in Python 3.11.
    """
    digest = bytes.fromhex(shipped.content_digest(descriptor))
    return f"{key}.{hmac.digest(secret, key.encode() + digest, 'sha256').hex()}"


def _prune(folder: Path) -> None:
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_KEEP:]:
            path.unlink()
