"""Running the command line: in this process, where it is fast, or as a user does."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attest.cli import main

ATTEST = Path(sys.executable).with_name("attest")
"""The installed console script."""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON on standard output."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed


def attest(*words: str | Path, cwd: Path | None = None) -> Ran:
    """Run ``attest`` in this process, from the folder ``cwd``."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    place = contextlib.chdir(cwd) if cwd is not None else contextlib.nullcontext()
    with place, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int), code
    return Ran(code, _text(out), _text(err))


def attest_process(
    *words: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Ran:
    """Run the installed ``attest``, with nothing on standard input."""
    ran = subprocess.run(
        [ATTEST, *words],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def snapshot(folder: Path) -> dict[str, str]:
    """Return every path below ``folder`` with the digest of its file, to compare before and after.

    Nothing is read that could block or has no end.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        plain = path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20
        shown = (
            hashlib.sha256(path.read_bytes()).hexdigest() if plain else str(path.lstat().st_size)
        )
        found[str(path.relative_to(folder))] = shown
    return found


def assert_refused(ran: Ran, exit_code: int, code: str) -> None:
    """Check a refusal: its exit code, one line with its code and one with a hint, no traceback."""
    assert ran.code == exit_code, ran
    assert ran.out == ""
    assert "Traceback" not in ran.err
    lines = ran.err.splitlines()
    assert len(lines) == 2, ran.err
    assert lines[0].startswith("error: ")
    assert lines[0].endswith(f"[{code}]"), ran.err
    assert lines[1].startswith(" hint: ")
    assert len(lines[1]) > len(" hint: ")


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
