"""Only what attest itself would believe is signed as a statement."""

from __future__ import annotations

from attest.decode.statement import parse
from attest.errors import DecodeError, UsageError


def require_statement(content: bytes) -> None:
    """Raise STATEMENT_UNSOUND unless ``content`` is an in-toto statement about something."""
    try:
        parse(content)
    except DecodeError as error:
        raise UsageError(
            "STATEMENT_UNSOUND", f"not a sound in-toto statement: {error.message}"
        ) from None
