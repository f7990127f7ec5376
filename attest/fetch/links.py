"""The next page of a list (RFC 8288, as far as paged lists use it)."""

from __future__ import annotations

import re

_NEXT = re.compile(r'<([^<>]{1,4096})>\s*;[^,]*\brel="?next"?(?:[\s;,]|\Z)', re.IGNORECASE)


def next_page(link: str) -> str | None:
    """Return where a ``Link`` header says that a list goes on; ``None`` when it says nothing.

    Raises ``ValueError`` for one that speaks of a next page and cannot be read: a list that ends
    there would be a shorter one. Names of parameters and relations are of any case (§3).
    """
    match = _NEXT.search(link)
    if match is None and "next" in link.lower():
        raise ValueError(f"an unreadable Link {link[:80]!r}")
    return None if match is None else match[1]
