"""Asking a throwaway process: parts go in through a file, one line of answer comes back for each.

For libraries that abort, hang, or start threads, so that no seccomp jail fits them. The clock is
the parent's: a child that is late or dies costs the answer it was at, and the rest is asked anew.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from io import BufferedReader
from typing import IO, cast

from attest.evaluate.host import launch

MAX_LINE = 64 << 20
"""Bytes of one line of answer."""


def ask_child(
    module: str,
    head: Mapping[str, object],
    parts: Sequence[bytes],
    *,
    answers: int,
    first: float,
    each: float,
    environment: Mapping[str, str],
) -> list[bytes | str]:
    """Return ``answers`` answers: a line, or as text why there is none.

    The child gets ``head`` with the sizes of the parts, and the parts: the program, then one
    document for each answer. ``first`` and ``each`` are the seconds that it may take to the first
    and to every later line.
    """
    program, documents = parts[0], list(parts[1:])
    found: list[bytes | str] = []
    while len(found) < answers:
        rest = documents[len(found) :]
        lines, why = _run(module, head, (program, *rest), first, each, environment)
        found += lines[: len(rest)]
        if len(found) < answers:
            found.append(why)
    return found


def read_parts(stream: IO[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """Return head and parts, in the child."""
    head = json.loads(stream.readline())
    return head, [stream.read(size) for size in head["sizes"]]


def _run(
    module: str,
    head: Mapping[str, object],
    parts: Sequence[bytes],
    first: float,
    each: float,
    environment: Mapping[str, str],
) -> tuple[list[bytes], str]:
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps({**head, "sizes": [len(part) for part in parts]}).encode() + b"\n")
        for part in parts:
            given.write(part)
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            launch.command(module),
            env=dict(environment),
            cwd="/",
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    with child:
        try:
            return _lines(child, len(parts) - 1, first, each)
        finally:
            child.kill()


def _lines(
    child: subprocess.Popen[bytes], wanted: int, first: float, each: float
) -> tuple[list[bytes], str]:
    stdout = cast(BufferedReader, child.stdout)
    found: list[bytes] = []
    held = bytearray()
    deadline = time.monotonic() + first
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while len(found) < wanted:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return found, "no answer in time"
            piece = stdout.read1(1 << 20)
            held += piece
            while (end := held.find(b"\n")) >= 0:
                found.append(bytes(held[:end]))
                del held[: end + 1]
                deadline = time.monotonic() + each
            if not piece:
                return found, f"its process ended ({child.wait()})"
            if len(held) > MAX_LINE:
                return found, "an answer without end"
    return found, ""
