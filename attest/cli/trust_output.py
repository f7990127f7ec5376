"""What ``attest trust`` prints: a trust root as a table of 80 columns, or whole as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attest.model.digest import Digest
from attest.report.escape import plain
from attest.verify.overview import Link, Row
from attest.verify.window import Window, rfc3339

_NAME = 28
_HEAD = f"    {'':<12} {'NAME':<{_NAME}} {'KEY':<11} {'FROM':<10} {'UNTIL':<10}"


def table(rows: tuple[Row, ...], now: datetime) -> list[str]:
    """Lay the rows out, a line each; those that are not believed now are marked."""
    lines = [_HEAD.rstrip()]
    kind = ""
    for row in rows:
        shown, kind = ("" if row.kind == kind else row.kind), row.kind
        name = plain(row.name)
        name = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        mark = " " if now in row.window else "✗"
        cells = (f"{shown:<12}", f"{name:<{_NAME}}", f"{row.algorithm:<11}", *_days(row.window))
        lines.append(f"  {mark} {' '.join(cells)}".rstrip())
    if any(now not in row.window for row in rows):
        lines += ["", f"  ✗ not believed for what is signed today, {now:%Y-%m-%d}"]
    return lines


def document(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Return the rows whole, for JSON."""
    return [
        {
            "kind": row.kind,
            "name": row.name,
            "algorithm": row.algorithm,
            "key": str(row.key),
            **_ends(row.window),
            "chain": [_link(link) for link in row.chain],
        }
        for row in rows
    ]


def entry(name: str, path: str, digest: Digest) -> str:
    """Return the line of attest.yaml that pins a trust root."""
    return f"trust: {{roots: {{{name}: {{path: {path}, sha256: {digest.value}}}}}}}"


def _link(link: Link) -> dict[str, Any]:
    return {
        "subject": link.subject,
        "digest": str(link.digest),
        "key": str(link.key),
        **_ends(link.window),
    }


def _days(window: Window) -> tuple[str, str]:
    start, end = (
        "" if moment is None else f"{moment:%Y-%m-%d}" for moment in (window.start, window.end)
    )
    return start, end


def _ends(window: Window) -> dict[str, str | None]:
    return {
        "from": None if window.start is None else rfc3339(window.start),
        "until": None if window.end is None else rfc3339(window.end),
    }
