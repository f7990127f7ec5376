"""Files of a policy as the Rego guests' requests have them."""

from __future__ import annotations

from typing import Any

from attest.errors import EngineError
from attest.model.policy import File


def module(file: File) -> dict[str, str]:
    """Return one module (``Source`` in shared/source.go); raise ``EngineError`` POLICY_PARSE."""
    return {"path": file.path, "text": _text(file, "POLICY_PARSE")}


def document(file: File) -> dict[str, Any]:
    """Return one data document (``Document`` in shared/data.go).

    Raises ``EngineError`` DATA_INVALID.
    """
    return {
        "name": file.path,
        "path": file.mount,
        "text": _text(file, "DATA_INVALID"),
        "yaml": file.path.endswith((".yaml", ".yml")),
    }


def _text(file: File, code: str) -> str:
    try:
        return file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EngineError(code, f"{file.path} is not UTF-8: {error.reason}") from None
