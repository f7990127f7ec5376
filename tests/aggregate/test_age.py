"""Rule 4: age runs from the earliest proof of when the evidence was made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attest.aggregate.age import age_problem
from tests.aggregate.make import AT, material

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _code(**times: object) -> str | None:
    problem = age_problem(material(**times), DAY, AT)  # type: ignore[arg-type]  # forwarded
    return problem.code if problem else None


def test_young_by_every_time() -> None:
    assert _code(not_before=AT - HOUR, times=(AT - HOUR,), completed_at=AT - HOUR) is None


def test_exactly_the_limit_is_young_enough() -> None:
    assert _code(not_before=AT - DAY) is None


def test_an_old_scan_with_a_fresh_timestamp_is_old() -> None:
    fresh = {"not_before": AT - HOUR, "times": (AT - HOUR,)}
    assert _code(**fresh, completed_at=AT - 2 * DAY) == "EVIDENCE_TOO_OLD"


def test_an_old_timestamp_makes_a_fresh_claim_old() -> None:
    assert _code(times=(AT - 2 * DAY,), completed_at=AT - HOUR) == "EVIDENCE_TOO_OLD"


def test_an_old_certificate_makes_a_fresh_claim_old() -> None:
    assert _code(not_before=AT - 2 * DAY, completed_at=AT - HOUR) == "EVIDENCE_TOO_OLD"


def test_a_key_without_a_signed_completion_time_proves_no_age() -> None:
    assert _code(times=(AT - HOUR,)) == "AGE_UNPROVEN"


def test_a_time_in_the_future_proves_no_age() -> None:
    assert _code(completed_at=AT + HOUR) == "AGE_UNPROVEN"


def test_what_was_made_just_now_is_young() -> None:
    assert _code(completed_at=AT) is None


@pytest.mark.parametrize(
    ("old", "limit", "told"),
    [
        (timedelta(hours=47), DAY, "47h old, at most 24h allowed"),
        (timedelta(days=2), DAY, "2d old, at most 24h allowed"),
        (timedelta(days=31), 30 * DAY, "31d old, at most 30d allowed"),
        (timedelta(minutes=90), HOUR, "1h old, at most 1h allowed"),
        (timedelta(minutes=31), HOUR / 2, "31min old, at most 30min allowed"),
    ],
)
def test_a_refusal_says_how_old(old: timedelta, limit: timedelta, told: str) -> None:
    problem = age_problem(material(completed_at=AT - old), limit, AT)
    assert problem is not None
    assert told in problem.message


def test_without_a_limit_age_does_not_matter() -> None:
    assert age_problem(material(), None, AT) is None
