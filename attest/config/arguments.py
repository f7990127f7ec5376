r"""What ``with:`` passes to a policy, split by Chainloop's rule.

A text is split at line ends, then at commas (``\,`` is a literal comma, other backslashes stay);
parts are trimmed and empty ones dropped. One part is passed as text, several as a list. A YAML list
is passed as a list of its texts, unsplit.
"""

from __future__ import annotations

import re

from attest.config.nodes import Node, Sequence, items, mapping, refusal, text
from attest.model.policy import Arguments

MAX_VALUE = 65_536
"""Longer argument texts are refused."""

_COMMA = re.compile(r"(?<!\\),")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


def split(value: str) -> str | tuple[str, ...] | None:
    """Return what a policy receives for the text ``value``; ``None`` when nothing is left of it."""
    parts = [
        part.replace("\\,", ",").strip()
        for one_line in value.split("\n")
        for part in _COMMA.split(one_line)
    ]
    kept = tuple(part for part in parts if part)
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else kept


def arguments(node: Node) -> Arguments:
    """Read ``with:``. Numbers and truth values are passed as their text, as Chainloop does."""
    found: dict[str, str | tuple[str, ...]] = {}
    table = mapping(node)
    for name, value in table.entries.items():
        if not _NAME.fullmatch(name):
            raise refusal(table.keys[name], "CONFIG_VALUE", "this is not the name of an argument")
        if isinstance(value, Sequence):
            found[name] = tuple(text(item, most=MAX_VALUE) for item in items(value, empty=True))
        elif (parts := split(text(value, most=MAX_VALUE, empty=True))) is not None:
            found[name] = parts
    return found
