"""JSON Schema validation; the only importer of jsonschema-rs."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any

from attest.model.frozen import frozen


@frozen
class Schema:
    """An embedded draft-04 schema: its file in ``schemas/``, where it is published, its SHA-256."""

    file: str
    source: str
    sha256: str

    def read(self) -> bytes:
        """Return the schema's bytes."""
        return (importlib.resources.files("attest.decode") / "schemas" / self.file).read_bytes()


@frozen
class Violation:
    """The first place where a document breaks its schema: a JSON pointer, and what is wrong."""

    pointer: str
    message: str


def first_violation(schema: Schema, document: Any) -> Violation | None:
    """Return the first violation of ``schema``, or ``None`` when ``document`` is valid.

    Formats (``uri``, ``date-time``) are not asserted, as draft-04 leaves open and SARIF tools need.
    Defaults are never filled in: SARIF's default level would hide what the tool left unsaid.
    """
    for error in _validator(schema).iter_errors(document):
        return Violation(_pointer(error.instance_path), error.message[:300])
    return None


@functools.cache
def _validator(schema: Schema) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft4Validator(json.loads(schema.read()), validate_formats=False)


def _pointer(path: list[str | int]) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "/" + "/".join(parts)
