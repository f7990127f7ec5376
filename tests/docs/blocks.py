"""The fenced blocks of a Markdown page, and what the comment before each asks for.

- ``<!-- in: FOLDER -->``: from here on, blocks run in a copy of FOLDER (of the repository)
- ``<!-- in: new -->``: the same, in an empty folder, where every page starts
- ``<!-- file: PATH -->``: the next block is the content of this file
- ``<!-- run -->``: the next ``sh`` block is run; ``console`` and ``python`` always are
- ``<!-- exit: N -->``: the next block leaves with N, not 0
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!-- (in|file|run|exit)(?:: (\S+))? -->")
_QUICK_START = re.compile(r"^## Quick start$.*?(?=^## )", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. ``place`` is the folder to change to before it, if any."""

    page: str
    line: int
    language: str
    text: str
    place: str | None = None
    file: str | None = None
    run: bool = False
    exit_code: int = 0

    @property
    def where(self) -> str:
        """Page and line, for messages."""
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page in order, without the quick start (`.ci/run` runs that)."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = _QUICK_START.sub(lambda found: "\n" * found[0].count("\n"), text)
    found, end = [], 0
    for fence in _FENCE.finditer(text):
        asked = dict(_COMMENT.findall(text[end : fence.start()]))
        end = fence.end()
        indent, language, content = fence.groups()
        found.append(
            Block(
                page=page,
                line=text.count("\n", 0, fence.start()) + 1,
                language=language,
                text=re.sub(f"(?m)^{indent}", "", content),
                place=asked.get("in"),
                file=asked.get("file"),
                run="run" in asked or language in {"console", "python"},
                exit_code=int(asked.get("exit", "0")),
            )
        )
    return found
