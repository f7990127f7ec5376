"""The canonical form: a report as JSON, and back (docs/outputs.md).

Every other format is rendered from what this module can write and read without loss.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from typing import Any

from attest.errors import UsageError
from attest.model import strict_json
from attest.model.report import SCHEMA, Report
from attest.report import codec, escape
from attest.report.options import Options

MAX_BYTES = 256 << 20
"""A report larger than this is not read."""

_TOP = (
    "schema verdict exit_code reason evaluated_at attest plan subjects evidence policies results"
    " requirements waivers baselines weakened summary"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def to_json(report: Report, options: Options | None = None) -> str:
    """Return the canonical text: fields in the published order, two spaces, one final newline.

    The text can be shown on a terminal and in a CI log: nothing in it is a control sequence or a
    workflow command.
    """
    text = json.dumps(document(report, options), ensure_ascii=False, indent=2, allow_nan=False)
    return escape.json_text(text) + "\n"


def document(report: Report, options: Options | None = None) -> dict[str, Any]:
    """Return the report as nested lists and dictionaries, in the published order."""
    fields = codec.encode(report)
    fields["schema"] = SCHEMA
    fields["attest"] = {"version": report.attest_version}
    fields["plan"] = {"digest": report.plan_digest, "config": report.plan_config}
    for result in fields["results"]:
        if options is not None and options.reproducible:
            del result["usage"]["duration_ms"]
        if result["raw"] is None:
            del result["raw"]
    return {name: fields[name] for name in _TOP.split()}


def from_json(content: bytes) -> Report:
    """Read what `to_json` wrote.

    Raise ``UsageError`` REPORT_MALFORMED on an unknown schema version, an unknown or missing
    member, or a value of the wrong type. Whether the report is consistent is `check`'s question.
    """
    if len(content) > MAX_BYTES:
        raise _malformed(f"{len(content)} bytes, more than {MAX_BYTES}")
    try:
        return _decode(strict_json.parse(content))
    except ValueError as error:
        raise _malformed(str(error)) from None


def _decode(found: object) -> Report:
    if isinstance(found, dict) and found.get("schema", SCHEMA) != SCHEMA:
        raise codec.MalformedError(
            f"schema: expected {SCHEMA!r}, found {str(found['schema'])[:60]!r}"
        )
    top = codec.members(found, tuple(_TOP.split()), "")
    attest = codec.members(top["attest"], ("version",), "attest")
    plan = codec.members(top["plan"], ("digest", "config"), "plan")
    if _MOMENT.fullmatch(str(top["evaluated_at"])) is None:
        raise codec.MalformedError("evaluated_at: expected a time like 2026-01-02T03:04:05Z")
    flat = {
        **top,
        "attest_version": attest["version"],
        "plan_digest": plan["digest"],
        "plan_config": plan["config"],
    }
    hints = typing.get_type_hints(Report)
    names = [field.name for field in dataclasses.fields(Report)]
    return Report(**{name: codec.decode(hints[name], flat[name], name) for name in names})


def _malformed(message: str) -> UsageError:
    return UsageError("REPORT_MALFORMED", f"not a report of schema {SCHEMA}: {message}")
