"""``baseline:`` needs a source, an approver and an end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from attest.config.explain import explain
from tests.config.plans import load, plan_text, refused

WHOLE = "source: old/report.json, signed_by: [sec], max_age: 30d"


def _plan(keys: str) -> str:
    return plan_text(more=f"baseline: {{{keys}}}\n")


def test_without_one_every_finding_is_new(tmp_path: Path) -> None:
    assert load(tmp_path, plan_text()).baseline is None


def test_a_baseline(tmp_path: Path) -> None:
    plan = load(tmp_path, _plan(WHOLE))
    rules = plan.baseline
    assert rules is not None
    assert (str(rules.source), rules.source.base) == ("old/report.json", str(tmp_path))
    assert (rules.signed_by, rules.max_age) == (("sec",), timedelta(days=30))
    told = "  - old/report.json, signed by sec, not older than 30 days"
    assert told in list(explain(plan))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("source: x, signed_by: [sec]", "CONFIG_MISSING_KEY"),
        ("source: x, max_age: 30d", "CONFIG_MISSING_KEY"),
        ("signed_by: [sec], max_age: 30d", "CONFIG_MISSING_KEY"),
        ("source: x, signed_by: [], max_age: 30d", "TRUST_EMPTY"),
        ("source: x, signed_by: [nobody], max_age: 30d", "SIGNER_UNKNOWN"),
        ("source: x, signed_by: [sec], max_age: 0d", "DURATION_INVALID"),
        ("source: 'dir:x', signed_by: [sec], max_age: 30d", "CONFIG_VALUE"),
        ("source: 'https://example.com/x', signed_by: [sec], max_age: 30d", "DIGEST_REQUIRED"),
        (f"{WHOLE}, sha256: x", "CONFIG_UNKNOWN_KEY"),
    ],
)
def test_refused(tmp_path: Path, keys: str, code: str) -> None:
    refused(tmp_path, _plan(keys), code)
