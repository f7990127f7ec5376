"""The canonical report as YAML: block style, every string double-quoted, so that none is guessed.

A JSON string is a YAML 1.2 double-quoted scalar (YAML 1.2.2 §1.3), hence no library is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from attest.model.report import Report
from attest.report import escape
from attest.report.json import document
from attest.report.options import Options


def render(report: Report, options: Options) -> str:
    """Return the document that `attest.report.json` writes, as YAML."""
    return "\n".join(_block(document(report, options), "")) + "\n"


def _block(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _entry(f"{indent}{_key(key)}:", item, indent + "  ")
    else:
        for item in value:
            yield from _item(item, indent)


def _item(item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, dict | list) and item:
        first, *rest = _block(item, indent + "  ")
        yield f"{indent}- {first.removeprefix(indent + '  ')}"
        yield from rest
    else:
        yield f"{indent}- {_scalar(item)}"


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, dict | list) and item:
        yield head
        yield from _block(item, indent)
    else:
        yield f"{head} {_scalar(item)}"


def _key(key: str) -> str:
    return key if key.isascii() and key.isidentifier() else _scalar(key)


def _scalar(value: Any) -> str:
    """Return a scalar, or an empty collection, as JSON writes it where YAML reads it so.

    YAML knows no surrogates; and to YAML 1.1 a number like 1e-05 is text.
    """
    if isinstance(value, float):
        head, exponent, tail = repr(value).partition("e")
        return f"{head if '.' in head else head + '.0'}{exponent}{tail}"
    return escape.json_text(json.dumps(value, ensure_ascii=False), wide="\\U{:08x}")
