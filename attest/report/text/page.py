"""Lines of a terminal page: cleaned, wrapped to its width, coloured if it is to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from attest.model.frozen import frozen
from attest.report import escape

_STYLES = {"good": "32", "bad": "1;31", "warn": "33", "dim": "2", "bold": "1"}
_BREAK_AFTER = re.compile(r"(?<=[/@:,;=&?_.#-])")
_LONGEST_KEY = 24
_KEY_WIDTH = 10
_MIN_HANG = 2


@frozen
class Span:
    """Words of one style; ``whole`` keeps them on one line where they fit one."""

    text: str
    style: str = ""
    whole: bool = False


@dataclass(slots=True)
class Page:
    """A growing page. Every text that is put on it is made harmless on the way in."""

    width: int
    color: bool
    lines: list[str] = field(default_factory=list)
    hints: set[str] = field(default_factory=set)
    reasons: set[tuple[str, str]] = field(default_factory=set)

    def put(self, *spans: Span | str, indent: int = 0, mark: str = "", style: str = "") -> None:
        """Add a paragraph behind ``mark``, in whose ``style`` only the mark is painted.

        Spans stand two columns apart; further lines align with the first one's text, and never
        start where a verdict starts: no text of a stranger can pose as one.
        """
        words: list[tuple[int, str, str]] = []
        for span in spans:
            part = span if isinstance(span, Span) else Span(span)
            text = escape.plain(part.text)
            for index, word in enumerate([text] if part.whole else text.split(" ")):
                if word:
                    words.append((1 if index else 2, word, part.style))
        used = indent + len(mark)
        self._wrap(words, " " * indent + self._paint(mark, style), used, max(used, _MIN_HANG))

    def pair(self, key: str, *spans: Span | str, indent: int = 6) -> None:
        """Add a named value; its further lines align with the first.

        A value that would be torn apart beside its name goes below it, so that it can be copied.
        """
        key = escape.cut(escape.plain(key), _LONGEST_KEY)
        text = " ".join(span.text if isinstance(span, Span) else span for span in spans)
        longest = max(map(escape.columns, escape.plain(text).split(" ")))
        below = indent + 2
        if self.width - indent - _KEY_WIDTH < longest <= self.width - below:
            self.put(indent=indent, mark=key, style="dim")
            self.put(*spans, indent=below)
        else:
            self.put(*spans, indent=indent, mark=key.ljust(_KEY_WIDTH), style="dim")

    def hint(self, text: str, indent: int) -> None:
        """Add what to do, unless the page has said so already."""
        if text and text not in self.hints:
            self.hints.add(text)
            self.put(text, indent=indent, mark="→ ", style="warn")

    def reason(self, code: str, message: str, indent: int, style: str = "bad") -> None:
        """Add a code and why; what the page has said already is not said again.

        The clauses of a long message stand on lines of their own: expected below seen.
        """
        if message and (code, message) in self.reasons:
            self.put(Span(code, style), Span("as above", "dim", whole=True), indent=indent)
            return
        self.reasons.add((code, message))
        used = indent + len(code) + 2
        fits = used + escape.columns(escape.plain(message)) <= self.width
        first, *rest = [message] if fits else message.split("; ")
        self.put(Span(code, style), first, indent=indent)
        for clause in rest:
            self.put(clause, indent=indent + 2)

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

    def _wrap(self, words: list[tuple[int, str, str]], line: str, used: int, hang: int) -> None:
        empty = True
        for gap, word, style in words:
            space, rest = 0 if empty else gap, word
            if not empty and self._turns(used + space, hang, escape.columns(rest)):
                self.lines.append(line)
                line, used, space = " " * hang, hang, 0
            while rest and used + space + escape.columns(rest) > self.width:
                head = _head(rest, self.width - used - space)
                self.lines.append(line + " " * space + self._paint(head, style))
                line, used, space, rest = " " * hang, hang, 0, rest[len(head) :]
            line += " " * space + self._paint(rest, style)
            used += space + escape.columns(rest)
            empty = False
        self.lines.append(line)

    def _turns(self, start: int, hang: int, columns: int) -> bool:
        """Tell whether a word goes to a new line: it does not fit here, and does there or never."""
        if start + columns <= self.width:
            return False
        return columns <= self.width - hang or self.width - start < _KEY_WIDTH

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
