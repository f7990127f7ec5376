"""SARIF 2.1.0 as GitHub code scanning takes it.

GitHub wants a full ``tool.driver.rules``, a location with a region for each result and no empty
strings, and follows an alert through ``partialFingerprints.primaryLocationLineHash`` alone: it is
set here, because evidence has no source line to compute it from.
"""

from __future__ import annotations

import json
import posixpath
import re
import urllib.parse
from collections import Counter
from typing import Any

from attest.model.report import Report
from attest.model.verdict import Severity
from attest.model.verdicts import verdict_of
from attest.reasons import REASONS
from attest.report import escape
from attest.report.issues import Issue, Level, issues
from attest.report.options import Options

MAX_RESULTS = 25_000
"""Results, and rules, that GitHub takes in one run; the worst are kept."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_MAX_TEXT = 1024
_MAX_NAME = 255
_MAX_MESSAGE = 4096
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
    Severity.INFO: "0.1",
}
_REGION = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


def render(report: Report, options: Options) -> str:  # noqa: ARG001  # every renderer takes options
    """Return one SARIF log with one run."""
    found = issues(report)
    kept = found[:MAX_RESULTS]
    rules = _rules(kept)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    repeats: Counter[str] = Counter()
    run: dict[str, Any] = {
        "tool": {"driver": _driver(report, rules)},
        "automationDetails": {"id": _category(report)},
        "invocations": [_invocation(report, len(found) - len(kept))],
        "results": [_result(issue, index, repeats) for issue in kept],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": report.verdict,
            "reason": report.reason.code,
            "planDigest": _text(report.plan_digest, _MAX_TEXT),
            "subjects": [
                {"name": _text(subject.name, _MAX_TEXT), "digest": dict(subject.digest)}
                for subject in report.subjects
            ],
        },
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return escape.hash_safe(json.dumps(log, indent=2), bracket=r"\\u005b") + "\n"


def _driver(report: Report, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "attest",
        "semanticVersion": _text(report.attest_version, _MAX_NAME),
        "rules": rules,
    }


def _category(report: Report) -> str:
    """Name the analysis (before the last slash) and this run of it (after)."""
    config = re.sub(r"[^A-Za-z0-9._-]+", "-", report.plan_config).strip("-") or "plan"
    moment = re.sub(r"[^0-9A-Za-z]+", "", report.evaluated_at)
    return _text(f"attest/{config}/{moment}", _MAX_NAME)


def _invocation(report: Report, left_out: int) -> dict[str, Any]:
    notes = [f"weakened: {line.option} ({line.where}): {line.effect}" for line in report.weakened]
    if left_out:
        notes.append(f"{left_out} more results are left out; the JSON report has them all")
    return {
        "executionSuccessful": verdict_of(report.exit_code) != "error",
        "exitCode": report.exit_code,
        "exitCodeDescription": _text(f"{report.reason.code}: {report.reason.message}", _MAX_TEXT),
        "endTimeUtc": _text(report.evaluated_at, _MAX_NAME),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": _text(note, _MAX_MESSAGE)}} for note in notes
        ],
    }


def _rules(kept: tuple[Issue, ...]) -> list[dict[str, Any]]:
    groups: dict[str, list[Issue]] = {}
    for issue in kept:
        groups.setdefault(_rule_id(issue), []).append(issue)
    return [_rule(name, group) for name, group in groups.items()]


def _rule_id(issue: Issue) -> str:
    return _text(issue.rule, _MAX_NAME)


def _rule(name: str, group: list[Issue]) -> dict[str, Any]:
    first = group[0]
    reason = REASONS.get(first.rule)
    if first.is_finding or reason is None:
        policy, _, rule = name.partition("/")
        short = f"{rule or name}, a rule of policy {policy}"
        full = f"The policy {policy} objects to this in verified evidence about the artifact."
        cure = next((issue.hint for issue in group if issue.hint), "Fix what the finding names.")
    else:
        short, full, cure = reason.cause, reason.cause, reason.cure
    properties: dict[str, Any] = {"tags": ["security", "supply-chain"], "precision": "very-high"}
    score = _score(group)
    if score:
        properties["security-severity"] = score
    return {
        "id": name,
        "name": name,
        "shortDescription": {"text": _text(short, _MAX_TEXT)},
        "fullDescription": {"text": _text(full, _MAX_TEXT)},
        "help": {"text": _text(cure, _MAX_TEXT)},
        "defaultConfiguration": {"level": _LEVELS[min(issue.level for issue in group)]},
        "properties": properties,
    }


def _score(group: list[Issue]) -> str:
    """Return the severity as GitHub reads it; what could not be trusted or decided is high."""
    if not group[0].is_finding:
        return "8.0" if any(issue.level is Level.ERROR for issue in group) else ""
    severities = [issue.severity for issue in group]
    worst = max(Severity.HIGH if severity is None else severity for severity in severities)
    return _SCORES[worst]


def _result(issue: Issue, index: dict[str, int], repeats: Counter[str]) -> dict[str, Any]:
    repeats[issue.fingerprint] += 1
    name = _rule_id(issue)
    about = f" ({issue.subject})" if issue.subject else ""
    message = _text(f"{issue.message}{about}", _MAX_MESSAGE).replace("](", "] (")  # §3.11.6: a link
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": index[name],
        "level": _LEVELS[issue.level],
        "message": {"text": message},
        "locations": [_location(issue)],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{issue.fingerprint}:{repeats[issue.fingerprint]}"
        },
        "suppressions": [],
    }
    if issue.excused:
        why = _text(issue.excused, _MAX_TEXT)
        kept = {"kind": "external", "status": "accepted", "justification": why}
        result["suppressions"] = [kept]
    return result


def _location(issue: Issue) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(issue.place)},
            "region": dict(_REGION),
        }
    }
    if issue.location:
        name = _text(issue.location, _MAX_TEXT)
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return location


def _uri(place: str) -> str:
    """Return ``place`` as a relative URI.

    GitHub refuses a whole file for one URI with a scheme, so a reference is written as a path.
    """
    path = posixpath.normpath("/" + escape.plain(place).replace("\\", "/")).lstrip("/")
    return urllib.parse.quote(escape.cut(path, _MAX_TEXT), safe="/") or "attest.yaml"


def _text(text: str, limit: int) -> str:
    """Return ``text`` as one visible line; GitHub does not take an empty one."""
    return escape.cut(escape.plain(text), limit) or "(empty)"
