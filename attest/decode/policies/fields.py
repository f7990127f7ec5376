"""The fields of a policy description: known ones alone, in either of protobuf's spellings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model.frozen import frozen

CODE = "POLICY_INVALID"


@frozen
class Fields:
    """An object whose keys were all recognised; values are found by the camelCase name."""

    place: Shape

    @classmethod
    def of(cls, value: Any, pointer: str, known: Iterable[str]) -> Fields:
        """Check that ``value`` is an object of ``known`` fields (camelCase or snake_case)."""
        place = Shape(value, CODE, pointer).object()
        names = {name: name for name in known}
        names |= {_snake(name): name for name in known}
        found: dict[str, Any] = {}
        for key, member in place.value.items():
            name = names.get(key)
            if name is None:
                near = difflib.get_close_matches(key[:80], names, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise DecodeError(CODE, f"{pointer}/{key[:80]}: not a known field{hint}")
            if name in found:
                raise DecodeError(CODE, f"{pointer}/{key}: the same field as {name!r}, twice")
            found[name] = member
        return cls(Shape(found, CODE, pointer))

    def at(self, name: str) -> Shape:
        """Return the field ``name``; its value is ``None`` when it is absent."""
        return self.place.at(name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)
