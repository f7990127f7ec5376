"""SARIF logs: valid against the published schema, and proof that a scan was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from attest.decode import sarif as decoder
from attest.decode.base import Facts
from attest.model.digest import Digest
from tests.decode.making import refused, sarif, sarif_run


def read(*runs: dict[str, Any], **changes: Any) -> Facts:
    return decoder.read(sarif(*runs, **changes))


def invocation(**changes: Any) -> dict[str, Any]:
    return {"executionSuccessful": True} | changes


def test_the_embedded_schema_is_the_published_one() -> None:
    content = decoder.SCHEMA.read()
    assert Digest.of(content).value == decoder.SCHEMA.sha256
    assert decoder.SCHEMA.source.encode() in content


def test_a_clean_log_is_sound() -> None:
    facts = read(sarif_run())
    assert facts == Facts(
        name="scanner",
        completed_at=datetime(2026, 5, 1, 10, tzinfo=UTC),
        rules=frozenset({"R1"}),
    )


@pytest.mark.parametrize(
    ("run", "pointer"),
    [
        (sarif_run(results=None, tool=None), "/runs/0"),
        (sarif_run(results=[{"message": {"text": "x"}, "level": "notice"}]), "/results/0/level"),
        (sarif_run(results=[{"level": "error"}]), "/runs/0/results/0"),
        (sarif_run(invocations=[{}]), "/runs/0/invocations/0"),
        (sarif_run(unknown=1), "/runs/0"),
    ],
)
def test_a_breach_of_the_schema_is_refused_with_its_place(
    run: dict[str, Any], pointer: str
) -> None:
    assert pointer in refused("SARIF_INVALID", read, run).message


@pytest.mark.parametrize("document", [None, 5, [], {}, {"version": "2.1.0"}, {"runs": []}])
def test_what_is_no_log_is_refused(document: Any) -> None:
    refused("SARIF_INVALID", decoder.read, document)


def test_another_version_is_refused_by_name() -> None:
    assert "2.2.0" in refused("FORMAT_UNSUPPORTED", read, version="2.2.0").message


@pytest.mark.parametrize("level", ["error", "warning"])
@pytest.mark.parametrize("member", ["toolExecutionNotifications", "toolConfigurationNotifications"])
def test_error_notifications_make_a_log_unsound(member: str, level: str) -> None:
    notification = {"message": {"text": "out of memory"}, "level": level}
    found = read(sarif_run(invocations=[invocation(**{member: [notification]})])).unsound
    if level == "error":
        assert found is not None
        assert found.code == "SARIF_TOOL_ERROR"
        assert "out of memory" in found.message
    else:
        assert found is None


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (sarif_run(invocations=[invocation(executionSuccessful=False)]), "SARIF_RUN_FAILED"),
        (
            sarif_run(invocations=[invocation(), invocation(executionSuccessful=False)]),
            "SARIF_RUN_FAILED",
        ),
        (
            sarif_run(invocations=[invocation(processStartFailureMessage="no such file")]),
            "SARIF_RUN_FAILED",
        ),
        (sarif_run(results=None), "SARIF_NO_RESULTS"),
        (
            sarif_run(externalPropertyFileReferences={"results": [{"location": {"uri": "r"}}]}),
            "SARIF_ELSEWHERE",
        ),
    ],
)
def test_a_run_that_shows_no_scan_is_unsound(run: dict[str, Any], code: str) -> None:
    for facts in (read(run), read(sarif_run(), run)):
        assert facts.unsound is not None
        assert facts.unsound.code == code
        assert facts.unsound.hint
        assert facts.rules == frozenset()


@pytest.mark.parametrize("runs", [[], None])
def test_a_log_without_runs_is_unsound(runs: Any) -> None:
    found = read(runs=runs).unsound
    assert found is not None
    assert found.code == "SARIF_NO_RUNS"


def test_results_inlined_outside_the_runs_make_a_log_unsound() -> None:
    found = read(sarif_run(), inlineExternalProperties=[{"results": []}]).unsound
    assert found is not None
    assert found.code == "SARIF_ELSEWHERE"


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([["2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z"]], "2026-05-01T11:00:00Z"),
        ([["2026-05-01T10:00:00Z"], ["2026-04-01T10:00:00.5Z"]], "2026-04-01T10:00:00.5Z"),
        ([["2026-05-01T10:00:00Z"], []], None),
        ([["2026-05-01T10:00:00Z"], [None]], None),
        ([["2026-05-01T10:00:00"]], None),
        ([["yesterday"]], None),
        ([[]], None),
    ],
)
def test_a_log_is_as_old_as_its_oldest_run(
    ends: list[list[str | None]], expected: str | None
) -> None:
    runs = [
        sarif_run(invocations=[invocation(**({"endTimeUtc": end} if end else {})) for end in run])
        for run in ends
    ]
    want = datetime.fromisoformat(expected) if expected else None
    assert read(*runs).completed_at == want


def test_the_name_is_the_scanners_when_there_is_one() -> None:
    other = sarif_run(tool={"driver": {"name": "other"}})
    assert read(sarif_run(), sarif_run()).name == "scanner"
    assert read(sarif_run(), other).name is None
