"""Runs the blocks of one page as a reader would: in order, in one folder, with `attest` on PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT, Block

_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"), "TIME"),
    (re.compile(r"sha256:[0-9a-f]{8,64}…?|sha256:…"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HEX"),
    (re.compile(r"\b\d+(?:\.\d+)? ?ms\b"), "DURATION"),
    (re.compile(r"\d{4}-\d\d-\d\d(?!T)"), "DAY"),
)
_ELSEWHERE = "…"


class Session:
    """A page's folder; ``enter`` starts a new one."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._count = 0
        self._bin = scratch / "bin"
        self._bin.mkdir()
        for name, module in (("attest", "attest"), ("python", "")):
            self._script(name, f"-m {module}" if module else "")
        self.enter("new")

    def enter(self, place: str) -> None:
        """Continue in an empty folder, or in a copy of a folder of the repository."""
        self._count += 1
        self.folder = self._scratch / f"work-{self._count}"
        if place == "new":
            self.folder.mkdir()
        else:
            shutil.copytree(ROOT / place, self.folder)

    def write(self, block: Block) -> None:
        """Write a block that is a file of the example."""
        path = self.folder / (block.file or "")
        assert path.resolve().is_relative_to(self.folder), block.where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, block: Block) -> None:
        """Run a block and compare exit code and output with what the page says."""
        if block.language == "python":
            self._expect(block, ["python", "-c", block.text])
        elif block.language == "console":
            commands, shown = _console(block)
            self._compare(block, self._expect(block, ["bash", "-euc", commands]), shown)
        else:
            self._expect(block, ["bash", "-euc", block.text])

    def _expect(self, block: Block, command: list[str]) -> str:
        search = f"{self._bin}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": search, "COLUMNS": "80", "NO_COLOR": "1"}
        done = subprocess.run(
            [shutil.which(command[0], path=search) or command[0], *command[1:]],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == block.exit_code, f"{block.where}:\n{done.stdout}"
        return done.stdout

    @staticmethod
    def _compare(block: Block, output: str, shown: list[str]) -> None:
        """Every line that is shown must come, in this order; ``…`` stands for what is left out."""
        seen = iter(masked(line) for line in output.splitlines())
        for line in shown:
            wanted = masked(line)
            start = wanted.removesuffix(f" {_ELSEWHERE}")
            found = any(
                one == wanted or (start != wanted and one.startswith(start)) for one in seen
            )
            assert found, f"{block.where}: not in the output: {line!r}\n{output}"

    def _script(self, name: str, arguments: str) -> None:
        script = self._bin / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(0o755)


def masked(line: str) -> str:
    """Return a line without what differs from run to run."""
    for pattern, name in _MASKS:
        line = pattern.sub(name, line)
    return line.strip()


def _console(block: Block) -> tuple[str, list[str]]:
    """Split a console block into its commands (``$ ``, continued by ``> ``) and its output."""
    commands, shown = [], []
    for line in block.text.splitlines():
        if line.startswith(("$ ", "> ")):
            commands.append(line[2:])
        elif line.strip() and line.strip() != _ELSEWHERE:
            shown.append(line)
    assert commands, f"{block.where} shows no command"
    return "\n".join(commands), shown
