"""Read a field of an untrusted JSON document, or say which field is wrong and why.

protobuf's JSON mapping: an absent member and ``null`` are the same, and int64 is written as text.
Unknown members are never read, so they can be neither refused nor acted upon.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from attest.model.frozen import frozen

_DIGITS = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_INT64_MAX = 2**63 - 1


class MalformedError(ValueError):
    """A field is missing, of the wrong type, too long or not in its canonical form."""


@frozen
class Field:
    """A value of a document and the path that led to it."""

    value: Any
    path: str = ""

    def find(self, name: str) -> Field | None:
        """Return the member ``name`` of this object, or ``None`` when it is absent."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        value = self.value.get(name)
        return None if value is None else Field(value, f"{self.path}.{name}".lstrip("."))

    def __getitem__(self, name: str) -> Field:
        found = self.find(name)
        if found is None:
            raise MalformedError(f"{self.path}.{name}".lstrip(".") + " is missing")
        return found

    def each(self, name: str, *, limit: int) -> tuple[Field, ...]:
        """Return the items of the list ``name``, which may be absent, at most ``limit``."""
        found = self.find(name)
        if found is None:
            return ()
        if not isinstance(found.value, list):
            raise found.wrong("a list")
        if len(found.value) > limit:
            raise MalformedError(f"{found.path} has {len(found.value)} items; {limit} are allowed")
        return tuple(Field(item, f"{found.path}[{i}]") for i, item in enumerate(found.value))

    def text(self) -> str:
        """Return this value as text."""
        if not isinstance(self.value, str):
            raise self.wrong("text")
        return self.value

    def number(self) -> int:
        """Return this value as an integer from 0 to the largest int64."""
        value = self.value
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int or not 0 <= value <= _INT64_MAX:
            raise self.wrong("a number from 0 to 2^63-1")
        return value

    def base64(self) -> bytes:
        """Decode standard base64, which must be in its one canonical form."""
        return self._decode(base64.b64encode, b"+/")

    def any_base64(self) -> bytes:
        """Decode standard or URL-safe base64 (DSSE protocol.md)."""
        url_safe = isinstance(self.value, str) and ("-" in self.value or "_" in self.value)
        if url_safe:
            return self._decode(base64.urlsafe_b64encode, b"-_")
        return self.base64()

    def _decode(self, encode: Callable[[bytes], bytes], altchars: bytes) -> bytes:
        text = self.text()
        try:
            content = base64.b64decode(text.encode("ascii"), altchars, validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise self.wrong("base64") from None
        if encode(content).decode("ascii") != text:
            raise self.wrong("canonical base64")
        return content

    def wrong(self, expected: str) -> MalformedError:
        """Return the error that says what this field was expected to be."""
        return MalformedError(f"{self.path or 'the document'} is not {expected}")
