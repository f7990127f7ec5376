"""A child process that hangs, dies or floods costs the answer it was at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from attest.evaluate.host import launch
from attest.evaluate.native import child
from attest.evaluate.native.child import ask_child

SCRIPT = """
import json, os, sys, time
head = json.loads(sys.stdin.buffer.readline())
program, *documents = [sys.stdin.buffer.read(size) for size in head["sizes"]]
assert not [name for name in os.environ if name not in ("ONLY", "LC_CTYPE")], os.environ
for document in documents:
    if document == b"die": os.abort()
    if document == b"hang": time.sleep(600)
    if document == b"flood":
        while True: sys.stdout.write("x" * 65536)
    sys.stdout.write(f"{program.decode()}:{document.decode()}:{head['extra']}\\n")
    sys.stdout.flush()
"""


@pytest.fixture(autouse=True)
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a script of this test instead of a module of attest."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    command = [sys.executable, "-I", "-S", str(path)]
    monkeypatch.setattr(launch, "command", lambda _module: command)
    monkeypatch.setattr(child, "MAX_LINE", 1 << 20)


def ask(*documents: bytes, each: float = 20.0) -> list[bytes | str]:
    return ask_child(
        "script",
        {"extra": 1},
        (b"p", *documents),
        answers=len(documents),
        first=20.0 if each > 1 else each,
        each=each,
        environment={"ONLY": "this"},
    )


def test_one_line_for_each_document() -> None:
    assert ask(b"a", b"b") == [b"p:a:1", b"p:b:1"]


def test_no_documents() -> None:
    assert ask() == []


def test_death_costs_one_answer() -> None:
    found = ask(b"a", b"die", b"b")
    assert found[0] == b"p:a:1"
    assert found[1] == "its process ended (-6)"
    assert found[2] == b"p:b:1"


def test_a_flood_costs_one_answer() -> None:
    found = ask(b"flood", b"b")
    assert found == ["an answer without end", b"p:b:1"]


def test_a_hang_costs_one_answer() -> None:
    assert ask(b"hang", each=0.5) == ["no answer in time"]
