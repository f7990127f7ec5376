"""Changing one place of a JSON document: how a test makes a bundle that must be refused."""

from __future__ import annotations

import json
from typing import Any

from attest.signing.bundle import canonical


def read(document: bytes, pointer: str) -> Any:
    """Return the value at a JSON pointer (RFC 6901); raise ``LookupError`` if there is none."""
    value = json.loads(document)
    for step in _steps(pointer):
        value = value[_key(value, step)]
    return value


def edit(document: bytes, pointer: str, value: Any) -> bytes:
    """Return ``document`` with the value at ``pointer`` set; a missing last member is added."""
    whole, parent, last = _parent(document, pointer)
    parent[last] = value
    return canonical(whole)


def remove(document: bytes, pointer: str) -> bytes:
    """Return ``document`` without the member or element at ``pointer``."""
    whole, parent, last = _parent(document, pointer)
    del parent[last]
    return canonical(whole)


def _parent(document: bytes, pointer: str) -> tuple[Any, Any, str | int]:
    whole = parent = json.loads(document)
    *way, last = _steps(pointer)
    for step in way:
        parent = parent[_key(parent, step)]
    return whole, parent, _key(parent, last)


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON pointer below the whole document")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _key(parent: Any, step: str) -> str | int:
    return int(step) if isinstance(parent, list) else step
