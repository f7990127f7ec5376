"""The canonical form loses nothing and reads nothing that is not exact."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import UsageError
from attest.model.report import PolicyLine, Report, ResultLine
from attest.model.verdict import Finding
from attest.report import Options, codec
from attest.report.json import document, from_json, to_json
from tests.report.samples import SAMPLES, failed, refused_signature
from tests.report.strategies import REPORTS

SCHEMA = Path(__file__).parents[2] / "docs/schemas/report.schema.json"
VALIDATOR = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_bytes()))


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_survive_the_round_trip_and_fit_the_schema(name: str) -> None:
    report = SAMPLES[name]()
    text = to_json(report)
    assert from_json(text.encode("utf-8")) == report
    VALIDATOR.validate(json.loads(text))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(REPORTS)
def test_any_report_survives_the_round_trip(report: Report) -> None:
    text = to_json(report)
    again = from_json(text.encode("utf-8"))
    assert again == report
    assert to_json(again) == text


def test_members_stand_in_the_published_order() -> None:
    found = json.loads(to_json(failed()))
    assert list(found) == [
        *("schema", "verdict", "exit_code", "reason", "evaluated_at", "attest", "plan"),
        *("subjects", "evidence", "policies", "results", "requirements", "waivers", "baselines"),
        *("weakened", "summary"),
    ]
    published = "rule_id severity message location remediation waived_by fingerprint"
    assert list(found["results"][0]["findings"][0])[:7] == published.split()
    published = "subject policy material outcome code findings skip_reason error usage cross_check"
    assert list(found["results"][0])[:10] == published.split()


@pytest.mark.parametrize("kind", [Finding, ResultLine, PolicyLine])
def test_the_published_order_names_every_field(kind: type) -> None:
    assert sorted(codec.names(kind)) == sorted(typing.get_type_hints(kind))


def test_reproducible_leaves_out_the_duration_alone() -> None:
    report = failed()
    slow = dataclasses.replace(report.results[0].usage, duration_ms=99.0)
    other = dataclasses.replace(
        report, results=(dataclasses.replace(report.results[0], usage=slow), *report.results[1:])
    )
    options = Options(reproducible=True)
    assert to_json(report) != to_json(other)
    assert to_json(report, options) == to_json(other, options)
    assert from_json(to_json(report, options).encode()).results[0].usage.fuel == 1_204_331
    VALIDATOR.validate(document(report, options))


def test_a_lone_surrogate_does_not_break_the_writer() -> None:
    report = dataclasses.replace(failed(), plan_config="a\udcffb")
    assert from_json(to_json(report).encode("utf-8")).plan_config == "a\ufffdb"


def _edits(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield every way to break the document at one place."""
    if isinstance(value, dict):
        if path[-1:] not in {("claims",), ("digest",), ("capabilities",)} and path[-2:-1] != (
            "subjects",
        ):
            yield path, "unknown"
            yield from (((*path, key), "missing") for key in value if key != "duration_ms")
        for key, item in value.items():
            yield from _edits(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _edits(item, (*path, index))
    elif path[0] != "evidence" or path[2] != "subjects":
        yield path, "type"


def _edit(document: Any, path: tuple[Any, ...], how: str) -> Any:
    changed = copy.deepcopy(document)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if how == "unknown":
        (parent[path[-1]] if path else changed)["surprise"] = 1
    elif how == "missing":
        del parent[path[-1]]
    else:
        parent[path[-1]] = [1]
    return changed


def test_every_member_is_read_strictly() -> None:
    """Each unknown, missing or mistyped member is refused, by the reader and by the schema."""
    good = json.loads(to_json(refused_signature()))
    edits = list(_edits(good))
    assert len(edits) > 300
    for path, how in edits:
        changed = _edit(good, path, how)
        with pytest.raises(UsageError) as caught:
            from_json(json.dumps(changed).encode())
        assert caught.value.code == "REPORT_MALFORMED", (path, how)
        assert not VALIDATOR.is_valid(changed), (path, how)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"attest/report/v1"', b'"attest/report/v2"', "schema: expected 'attest/report/v1'"),
        (b'"outcome": "failed"', b'"outcome": "fine"', "results[0].outcome: expected one of"),
        (b'"status": "verified"', b'"status": "trusted"', "trust.status: expected one of"),
        (b'"severity": "high"', b'"severity": "HIGH"', "severity: expected one of"),
        (b'"exit_code": 1', b'"exit_code": true', "exit_code: expected an integer"),
        (b'"exit_code": 1', b'"exit_code": -1', "exit_code: a number out of range"),
        (b'"fuel": 1204331', b'"fuel": 1.5', "usage.fuel: expected an integer, found a number"),
        (b'"2026-01-02T03:04:05Z"', b'"yesterday"', "evaluated_at: expected a time"),
        (b'"verdict": "failed"', b'"verdict": "failed", "verdict": "passed"', "duplicate key"),
        (b'"enforced": true', b'"enforced": 1', "enforced: expected true or false"),
    ],
)
def test_the_message_names_the_place(old: bytes, new: bytes, message: str) -> None:
    text = to_json(failed()).encode()
    assert old in text
    with pytest.raises(UsageError) as caught:
        from_json(text.replace(old, new, 1))
    assert caught.value.code == "REPORT_MALFORMED"
    assert message in caught.value.message


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff", b"1" * 5000, b"[" * 999])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        from_json(content)
    assert caught.value.code == "REPORT_MALFORMED"


def test_a_report_beyond_the_bound_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attest.report.json.MAX_BYTES", 100)
    with pytest.raises(UsageError, match="more than 100"):
        from_json(to_json(failed()).encode())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=60), st.integers(0, 4000), st.integers(0, 40))
def test_damaged_bytes_raise_nothing_else(noise: bytes, start: int, length: int) -> None:
    content = to_json(failed()).encode()
    try:
        from_json(content[:start] + noise + content[start + length :])
    except UsageError as error:
        assert error.code == "REPORT_MALFORMED"  # noqa: PT017  # a lucky edit may be valid
