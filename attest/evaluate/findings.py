"""One entry of a policy's answer -> one `Finding`.

Entries are strings, Chainloop's finding objects (vulnerability, SAST, licence violation), or
conftest's ``{"msg": …, …}``. What an entry does not say is left open, never guessed: a severity
that is missing or not known stays ``None`` and blocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from attest.errors import EngineError
from attest.model.verdict import Finding, Severity

MAX_FINDINGS = 10_000
"""Findings of one answer; more is RESULT_TOO_LARGE."""

_MESSAGE = ("message", "msg")
_RULE = ("rule_id", "code")
_REMEDY = ("remediation", "recommendation")
_IDS = ("external_id", "id", "package_purl", "purl", "license_id")
_NESTED = ("details", "metadata")
_SCORES = ("cvss_v3_score", "severity_score")
_CVSS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
"""CVSS v3.1 specification, §5: the lowest score of each rating."""
_CVSS_MAX = 10.0


def findings(entries: Sequence[Any], rule: str, what: str) -> tuple[Finding, ...]:
    """Read each entry of the list ``what``; ``rule`` is the rule id of one that names none.

    Raises ``EngineError`` GARBAGE_RESULT or RESULT_TOO_LARGE.
    """
    limit(len(entries), what)
    return tuple(_finding(entry, rule, f"{what}[{at}]") for at, entry in enumerate(entries))


def limit(count: int, what: str) -> None:
    """Refuse more than ``MAX_FINDINGS`` entries."""
    if count > MAX_FINDINGS:
        raise EngineError(
            "RESULT_TOO_LARGE", f"{what} has {count} entries, the limit is {MAX_FINDINGS}"
        )


def refusal(rule: str, message: str) -> Finding:
    """Return the finding of a policy that said no and gave no reason."""
    return _marked(Finding(rule_id=rule, message=message))


def _finding(entry: Any, rule: str, where: str) -> Finding:
    if isinstance(entry, str):
        return refusal(rule, entry)
    if not isinstance(entry, dict):
        raise garbage(f"{where} is {kind(entry)}, expected text or an object")
    sources = [*_nested(entry), entry]
    fields = {key: value for source in sources for key, value in source.items()}
    message = _text(fields, _MESSAGE)
    if message is None:
        raise garbage(f"{where} has no text under `message` or `msg`")
    return _marked(
        Finding(
            rule_id=_text(fields, _RULE) or rule,
            message=message,
            severity=_severity(sources),
            location=_location(fields),
            remediation=_text(fields, _REMEDY),
            ids=tuple(dict.fromkeys(one for key in _IDS if (one := _text(fields, (key,))))),
            suppressed=_flag(entry, "suppress", where),
        )
    )


def _nested(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [inner for name in _NESTED if isinstance(inner := entry.get(name), dict)]


def _marked(finding: Finding) -> Finding:
    """Give it the name that stays the same from run to run."""
    parts = [finding.rule_id, finding.message, finding.location, sorted(finding.ids)]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return replace(finding, fingerprint=hashlib.sha256(text.encode()).hexdigest())


def _text(fields: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    return next((value for key in keys if isinstance(value := fields.get(key), str)), None)


def _flag(fields: Mapping[str, Any], key: str, where: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise garbage(f"{where}.{key} is {kind(value)}, expected true or false")
    return value


def _severity(sources: Sequence[Mapping[str, Any]]) -> Severity | None:
    """Return the highest of all sources; one source that cannot be read makes it unknown."""
    found: list[Severity | None] = []
    for fields in sources:
        if "severity" in fields:
            word = fields["severity"]
            found.append(Severity.parse(word) if isinstance(word, str) else None)
        found += [_rating(fields[key]) for key in _SCORES if key in fields]
    known = [one for one in found if one is not None]
    return max(known) if known and len(known) == len(found) else None


def _rating(score: Any) -> Severity | None:
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    if not 0 <= score <= _CVSS_MAX:
        return None
    rating = next((severity for least, severity in _CVSS if score >= least), Severity.LOW)
    return rating if score else Severity.INFO


def _location(fields: Mapping[str, Any]) -> str | None:
    place = fields.get("location")
    if isinstance(place, str):
        line = fields.get("line_number")
        return f"{place}:{line}" if isinstance(line, int) and line else place
    if place in (None, {}, []):
        return None
    return json.dumps(place, ensure_ascii=False, sort_keys=True)


def kind(value: Any) -> str:
    """Name the JSON type of a value, for messages."""
    names = {dict: "an object", list: "an array", str: "text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def garbage(message: str) -> EngineError:
    """Return the refusal of an answer that no contract knows."""
    return EngineError("GARBAGE_RESULT", f"the policy's answer: {message}")
