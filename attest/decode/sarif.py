"""SARIF 2.1.0 logs (OASIS, errata 01), checked against the published schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attest.decode import sarif_rules
from attest.decode.base import Facts, Format
from attest.decode.schema import Schema, first_violation
from attest.decode.times import parse_time
from attest.errors import DecodeError
from attest.model.material import Kind, Problem

SCHEMA = Schema(
    file="sarif-schema-2.1.0.json",
    source="https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    sha256="c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e",
)


def read(document: Any) -> Facts:
    """Check a log and say when it was complete, which rules ran, and whether it proves anything."""
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, str) and version != "2.1.0":
        raise DecodeError("FORMAT_UNSUPPORTED", f"expected SARIF 2.1.0, seen {version[:40]!r}")
    violation = first_violation(SCHEMA, document)
    if violation is not None:
        raise DecodeError("SARIF_INVALID", f"{violation.pointer}: {violation.message}")
    runs = document["runs"] or []
    unsound = _unsound(document, runs)
    names = {run["tool"]["driver"]["name"] for run in runs}
    return Facts(
        name=names.pop() if len(names) == 1 else None,
        completed_at=_completed_at(runs),
        rules=frozenset() if unsound else frozenset().union(*map(sarif_rules.executed, runs)),
        unsound=unsound,
    )


def _unsound(document: dict[str, Any], runs: list[dict[str, Any]]) -> Problem | None:
    """docs/verdict.md, rule 11: a log that cannot show that the scan was done proves nothing."""
    if not runs:
        return Problem.of("SARIF_NO_RUNS", "/runs: expected at least one run, seen none")
    for at, run in enumerate(runs):
        found = _failure(run, f"/runs/{at}")
        if found is not None:
            return found
    # §3.13.5: results may be moved out of the runs; nothing that reads the runs sees them
    if document.get("inlineExternalProperties"):
        return Problem.of("SARIF_ELSEWHERE", "/inlineExternalProperties: expected none")
    return None


def _failure(run: dict[str, Any], at: str) -> Problem | None:
    for index, invocation in enumerate(run.get("invocations", [])):
        found = _invocation_failure(invocation, f"{at}/invocations/{index}")
        if found is not None:
            return found
    if run.get("externalPropertyFileReferences"):
        return Problem.of("SARIF_ELSEWHERE", f"{at}/externalPropertyFileReferences: expected none")
    if "results" not in run:
        # §3.14.23: an empty array is a clean scan; no array means that no scan was attempted
        return Problem.of("SARIF_NO_RESULTS", f"{at}/results: expected an array, seen nothing")
    return None


def _invocation_failure(invocation: dict[str, Any], at: str) -> Problem | None:
    if not invocation["executionSuccessful"]:
        return Problem.of(
            "SARIF_RUN_FAILED", f"{at}/executionSuccessful: expected true, seen false"
        )
    if "processStartFailureMessage" in invocation:
        return Problem.of("SARIF_RUN_FAILED", f"{at}/processStartFailureMessage: never started")
    for member in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        for index, notification in enumerate(invocation.get(member, [])):
            if notification.get("level") == "error":  # §3.58.6: "warning" when absent
                text = str(notification["message"].get("text", ""))[:200]
                return Problem.of("SARIF_TOOL_ERROR", f"{at}/{member}/{index}: {text}")
    return None


def _completed_at(runs: list[dict[str, Any]]) -> datetime | None:
    """Return when the oldest run ended: fresh runs beside it do not make an old scan young."""
    ends = [end for run in runs if (end := _end(run)) is not None]
    return min(ends) if ends and len(ends) == len(runs) else None


def _end(run: dict[str, Any]) -> datetime | None:
    times = (parse_time(invocation.get("endTimeUtc")) for invocation in run.get("invocations", []))
    return max((time for time in times if time is not None), default=None)


FORMAT = Format(
    kind=Kind.SARIF,
    predicate_types=(
        "http://docs.oasis-open.org/sarif/sarif/2.1.0",
        "https://docs.oasis-open.org/sarif/sarif/2.1.0",
        "http://docs.oasis-open.org/sarif/sarif/v2.1.0",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/",
    ),
    read=read,
    bare=True,
    marks=lambda document: "runs" in document and "version" in document,
)
