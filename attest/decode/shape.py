"""Typed look-ups in parsed JSON that name the place when the type is wrong."""

from __future__ import annotations

from typing import Any

from attest.errors import DecodeError
from attest.model.frozen import frozen


def name_type(value: Any) -> str:
    """Name the JSON type of ``value``."""
    return _NAMES.get(type(value), "nothing")


@frozen
class Shape:
    """A place in a document. ``code`` is the refusal, ``pointer`` the JSON pointer (RFC 6901)."""

    value: Any
    code: str
    pointer: str = ""

    def refuse(self, expected: str) -> DecodeError:
        """Return the refusal of the value at this place."""
        seen = name_type(self.value) if not isinstance(self.value, str) else repr(self.value[:80])
        return DecodeError(self.code, f"{self.pointer or '/'}: expected {expected}, seen {seen}")

    def at(self, key: str | int) -> Shape:
        """Return the member ``key``; its value is ``None`` when there is none."""
        found = self.value.get(key) if isinstance(self.value, dict) else self.value[key]
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Shape(found, self.code, f"{self.pointer}/{escaped}")

    def object(self) -> Shape:
        """Return this place; refuse anything but an object."""
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        return self

    def text(self) -> str:
        """Return the string here; refuse anything else, and the empty string."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refuse("a string that is not empty")
        return self.value

    def optional_text(self) -> str | None:
        """Return the string here, or ``None`` where there is none."""
        return None if self.value is None else self.text()

    def items(self) -> list[Shape]:
        """Return the elements of the array here; none when it is absent."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.refuse("an array")
        return [self.at(index) for index in range(len(self.value))]


_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}
