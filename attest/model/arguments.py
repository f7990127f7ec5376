r"""Arguments as text: Chainloop's splitting, and the placeholders of its policy groups.

A text is split at line ends, then at commas (``\,`` is a literal comma, other backslashes stay);
parts are trimmed and empty ones dropped. One part is passed as text, several as a list.

A placeholder is ``{{ inputs.NAME }}`` or ``{{ .inputs.NAME }}`` (chainloop, pkg/templates). Nothing
else of Go's template language is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = str | tuple[str, ...]

_COMMA = re.compile(r"(?<!\\),")
_PLACEHOLDER = re.compile(r"\{\{\s*\.?inputs\.([a-zA-Z][a-zA-Z0-9_]*)\s*\}\}")


def split(value: str) -> Value | None:
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


def placeholders(text: str) -> tuple[str, ...]:
    """Return the inputs that ``text`` names; raise ``ValueError`` for any other use of braces."""
    if "{{" in _PLACEHOLDER.sub("", text):
        raise ValueError("expected placeholders like {{ inputs.name }} alone")
    return tuple(_PLACEHOLDER.findall(text))


def fill(text: str, inputs: Mapping[str, Value]) -> Value | None:
    """Return ``text`` with the inputs in their places, split; ``None`` when nothing is left.

    An input without a value leaves nothing in its place (Go's ``missingkey=zero``). A placeholder
    that stands alone passes its value on as it is.
    """
    alone = _PLACEHOLDER.fullmatch(text.strip())
    if alone:
        return inputs.get(alone[1])
    return split(_PLACEHOLDER.sub(lambda found: _text(inputs.get(found[1], "")), text))


def _text(value: Value) -> str:
    parts = (value,) if isinstance(value, str) else value
    return ",".join(part.replace(",", "\\,") for part in parts)
