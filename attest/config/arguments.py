"""What ``with:`` passes to a policy: a text is split by Chainloop's rule, a list is not."""

from __future__ import annotations

import re

from attest.config.nodes import Node, Sequence, items, mapping, refusal, text
from attest.model.arguments import split
from attest.model.policy import Arguments

MAX_VALUE = 65_536
"""Longer argument texts are refused."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


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
