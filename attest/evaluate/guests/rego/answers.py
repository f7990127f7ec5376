"""What the Rego guests say is wrong, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attest.evaluate.host.job import ERROR, Answer
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.reasons.engine import REGO


@frozen
class SourceProblem:
    """One thing that is wrong: a reason code, OPA's words, and the place in the source.

    ``row`` and ``column`` count from 1; 0 where there is no place.
    """

    code: str
    message: str
    file: str = ""
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = (self.file, str(self.row or ""), str(self.column or ""))
        place = ":".join(part for part in parts if part)
        return f"{place}: {self.message}" if place else self.message


def problem(said: Any) -> SourceProblem:
    """Read one problem of the guest's (``Problem`` in shared/problem.go).

    Raises ``ValueError``, ``KeyError`` or ``TypeError`` on anything else.
    """
    code, message = said["code"], said["message"]
    file, row, column = said.get("file", ""), said.get("row", 0), said.get("column", 0)
    if code not in REGO or not isinstance(message, str) or not isinstance(file, str):
        raise ValueError(f"not a problem of the guest's: {said!r:.200}")
    if not isinstance(row, int) or not isinstance(column, int):
        raise TypeError(f"not a place: {row!r:.20}:{column!r:.20}")
    return SourceProblem(code, message, file, row, column)


def explained(answer: Answer) -> Answer:
    """Give an error of the guest's own its code and message."""
    if answer.status != ERROR or answer.code is not None:
        return answer
    try:
        found = problem(strict_json.parse(answer.body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return replace(answer, code="GUEST_INVALID", message=f"an unreadable error: {error!r}")
    return replace(answer, code=found.code, message=str(found))
