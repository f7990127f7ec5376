"""What every format shares: how it is registered and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from attest.model.frozen import frozen
from attest.model.material import Kind, Problem
from attest.model.provenance import Provenance, Summary


@frozen
class Facts:
    """What a format's reader found; the fields are those of `attest.model.material.Material`."""

    name: str | None = None
    completed_at: datetime | None = None
    rules: frozenset[str] = frozenset()
    unsound: Problem | None = None
    stated: Provenance | Summary | None = None


def _never(_document: dict[str, Any]) -> bool:
    return False


@frozen
class Format:
    """One registered format.

    ``predicate_types`` are the URIs it goes by inside a statement; one that ends in ``/`` or ``.``
    is a prefix. ``read`` checks a parsed document and raises `DecodeError`. ``bare`` says that the
    format also exists outside statements: a policy then sees the predicate alone, so that signed
    and bare documents look the same to it. Otherwise it sees the whole statement. ``marks`` tells
    whether a bare document means to be of this format, well formed or not.
    """

    kind: Kind
    predicate_types: tuple[str, ...]
    read: Callable[[Any], Facts]
    bare: bool = False
    marks: Callable[[dict[str, Any]], bool] = _never

    def claims(self, predicate_type: str) -> bool:
        """Tell whether a statement of ``predicate_type`` is of this format."""
        return any(
            predicate_type.startswith(known) if known[-1] in "/." else predicate_type == known
            for known in self.predicate_types
        )
