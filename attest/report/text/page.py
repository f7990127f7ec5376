"""Lines of a terminal page: cleaned, wrapped to its width, coloured if it is to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from attest.report import escape

_STYLES = {"good": "32", "bad": "1;31", "warn": "33", "dim": "2", "bold": "1"}
_BREAK_AFTER = re.compile(r"(?<=[/@:,;=&?_.#-])")
_KEY_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one style."""

    text: str
    style: str = ""


@dataclass(slots=True)
class Page:
    """A growing page. Every text that is put on it is made harmless on the way in."""

    width: int
    color: bool
    lines: list[str] = field(default_factory=list)

    def put(self, *spans: Span | str, indent: int = 0, hang: int = 2) -> None:
        """Add a paragraph; spans stand two columns apart, further lines ``hang`` deeper."""
        words: list[tuple[int, str, str]] = []
        for span in spans:
            style, text = (span.style, span.text) if isinstance(span, Span) else ("", span)
            for index, word in enumerate(escape.plain(text).split(" ")):
                if word:
                    words.append((1 if index else 2, word, style))
        self._wrap(words, indent, indent + hang)

    def pair(self, key: str, text: str, indent: int = 4, style: str = "") -> None:
        """Add a named value; its further lines align with the first."""
        label = Span(key.ljust(_KEY_WIDTH - 2, "\xa0"), "dim")
        self.put(label, Span(text, style), indent=indent, hang=_KEY_WIDTH)

    def title(self, text: str) -> None:
        """Start a section."""
        self.lines.append("")
        self.put(Span(text, "bold"))

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append("")

    def text(self) -> str:
        """Return the page, safe to be read by a CI runner from its log."""
        return escape.log_safe("\n".join(self.lines) + "\n")

    def _wrap(self, words: list[tuple[int, str, str]], indent: int, hang: int) -> None:
        line, used, empty = " " * indent, indent, True
        for gap, word, style in words:
            rest = word
            space = 0 if empty else gap
            if used + space + escape.columns(rest) > self.width and not empty:
                if self.width - hang >= escape.columns(rest) or self.width - used < _KEY_WIDTH:
                    self.lines.append(line)
                    line, used, space, empty = " " * hang, hang, 0, True
            while used + space + escape.columns(rest) > self.width:
                head = _head(rest, max(self.width - used - space, 1))
                self.lines.append(line + " " * space + self._paint(head, style))
                line, used, space, rest = " " * hang, hang, 0, rest[len(head) :]
            line += " " * space + self._paint(rest.replace("\xa0", " "), style)
            used += space + escape.columns(rest)
            empty = False
        self.lines.append(line.rstrip())

    def _paint(self, text: str, style: str) -> str:
        if not self.color or not style or not text:
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _head(word: str, room: int) -> str:
    """Return as much of ``word`` as fits, up to a separator if there is one in good reach."""
    fits = 0
    used = 0
    for character in word:
        used += escape.columns(character)
        if used > room:
            break
        fits += 1
    fits = max(fits, 1)
    cuts = [match.start() for match in _BREAK_AFTER.finditer(word, 1, fits)]
    good = [cut for cut in cuts if cut > fits // 2]
    return word[: good[-1]] if good else word[:fits]
