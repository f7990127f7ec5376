"""Native code that came with the package: made while its wheel was built (`.ci/native_code.py`).

The files stand beside an index that says what they were made from, and under which conditions.
Whatever differs from this process or from the file's own bytes means that there is no such code:
it is then compiled for this machine, as if none had been shipped (docs/adr/0004).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import mmap
import os
from pathlib import Path
from typing import Any

from attest.evaluate.host import launch
from attest.evaluate.host.settings import SETTINGS

INDEX = "index.json"
"""The file that lists the others, in the folder of `folder`."""


def folder() -> Path:
    """Return where a wheel has the code. A checkout has none: it takes that of an installed one."""
    here = Path(__file__).parents[2]
    if not (here / "data").is_dir():
        here = Path(launch.libraries()) / "attest"
    return here / "data" / "native"


def conditions() -> dict[str, Any]:
    """Say what else native code depends on than the Wasm that it was made from."""
    here = os.uname()
    return {
        "wasmtime": launch.wasmtime_version(),
        "settings": SETTINGS,
        "system": here.sysname,
        "machine": here.machine,
    }


def find(digest: str) -> int | None:
    """Return an open descriptor of the code for the Wasm with this SHA-256 (hex), if it is sound.

    The whole file is hashed each time, since damaged code could give any answer.
    """
    entry = _modules().get(digest)
    if not isinstance(entry, dict):
        return None
    # A file that is gone or empty, or an entry that says something else, is code that is not there.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        descriptor = os.open(folder() / str(entry["file"]), os.O_RDONLY | os.O_CLOEXEC)
        try:
            if content_digest(descriptor) == entry["sha256"]:
                return os.dup(descriptor)
        finally:
            os.close(descriptor)
    return None


def content_digest(descriptor: int) -> str:
    """Return the SHA-256 (hex) of a file that is not empty; other threads run meanwhile."""
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).hexdigest()


@functools.cache
def _modules() -> dict[str, Any]:
    """Return the index's entries by the SHA-256 of their Wasm; none under other conditions."""
    try:
        index = json.loads((folder() / INDEX).read_bytes())
        fits = index["conditions"] == conditions()
        modules = index["modules"] if fits else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return modules if isinstance(modules, dict) else {}
