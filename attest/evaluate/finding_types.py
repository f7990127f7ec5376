"""The shapes that a policy may promise for its findings (chainloop, crafting_state.proto).

``PolicyVulnerabilityFinding``, ``PolicySASTFinding``, ``PolicyLicenseViolationFinding``: required
texts are not empty, members are written in either of protobuf's spellings, others are let be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from attest.errors import EngineError

_MOST_CVSS = 10


def checked(entry: Mapping[str, Any], finding_type: str, where: str) -> dict[str, Any]:
    """Return a finding with its members in snake_case.

    Raises ``EngineError`` GARBAGE_RESULT when it is not of the type, or has a member twice.
    """
    required, optional = _TYPES[finding_type]
    found: dict[str, Any] = {}
    for key, value in entry.items():
        name = _snake(key)
        name = name if name in required or name in optional else key
        if name in found:
            raise _refusal(where, finding_type, f"`{name}` is there in two spellings")
        found[name] = value
    for name in required:
        if not isinstance(found.get(name), str) or not found[name]:
            raise _refusal(where, finding_type, f"`{name}` must be a text that is not empty")
    for name, is_one in optional.items():
        if found.get(name) is not None and not is_one(found[name]):
            raise _refusal(where, finding_type, f"`{name}` is of another type or out of range")
    return found


def _refusal(where: str, finding_type: str, why: str) -> EngineError:
    return EngineError(
        "GARBAGE_RESULT", f"the policy's answer: {where} is no {finding_type}: {why}"
    )


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _score(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value <= _MOST_CVSS


def _line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31


_Check = Callable[[Any], bool]
_TYPES: dict[str, tuple[tuple[str, ...], dict[str, _Check]]] = {
    "VULNERABILITY": (
        ("message", "external_id", "package_purl", "severity"),
        {
            "cvss_v3_score": _score,
            "cwes": _texts,
            "recommendation": _text,
            "description": _text,
            "fixed_version": _text,
        },
    ),
    "SAST": (
        ("message", "rule_id", "severity", "location"),
        {"line_number": _line, "code_snippet": _text, "recommendation": _text},
    ),
    "LICENSE_VIOLATION": (
        ("message", "component_name", "license_id"),
        {
            "package_purl": _text,
            "license_name": _text,
            "component_version": _text,
            "recommendation": _text,
        },
    ),
}
"""Type -> members that must be there, and checks of those that may be."""
