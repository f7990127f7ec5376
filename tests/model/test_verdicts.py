"""One table of badness, for whoever decides and for whoever checks."""

from __future__ import annotations

from attest.model.material import Problem
from attest.model.verdicts import (
    better,
    exit_code_of,
    rank,
    summarize,
    verdict_of,
    worst,
    worst_reason,
)
from attest.reasons import EXIT_PRECEDENCE, REASONS
from tests.report.samples import SAMPLES, refused


def test_the_worst_reason_wins_by_the_table() -> None:
    by_code = {reason.exit_code: code for code, reason in REASONS.items()}
    problems = [Problem(by_code[c], "", "") for c in EXIT_PRECEDENCE if c in by_code]
    for i in range(len(problems)):
        assert worst_reason(reversed(problems[i:])) == problems[i]
    assert worst_reason([]).code == "PASSED"


def test_the_verdict_follows_from_the_exit_code() -> None:
    words = {code: verdict_of(code) for code in (0, 1, 3, 4, 5, 6, 2, 70)}
    assert words[0] == "passed"
    assert {words[1], words[3], words[4]} == {"failed"}
    assert {words[5], words[6], words[2], words[70]} == {"error"}


def test_the_first_of_equals_is_the_reason() -> None:
    one, two = Problem("UNSIGNED", "one", ""), Problem("SIGNER_ROLE", "two", "")
    assert worst_reason([one, two]) is one
    assert worst_reason([two, one]) is two


def test_exit_codes_are_ranked_by_the_table_not_by_number() -> None:
    assert worst([1, 4, 2, 3, 0]) == 2
    assert worst([]) == 0
    assert better(0, 1)
    assert better(4, 2)
    assert not better(3, 3)


def test_what_is_unknown_is_the_worst() -> None:
    assert exit_code_of("NO_SUCH_CODE") == 70
    assert verdict_of(99) == "error"
    assert rank(99) < min(map(rank, EXIT_PRECEDENCE))


def test_counts() -> None:
    made = SAMPLES["failed"]()
    counted = summarize(made.results, made.evidence)
    assert (counted.passed, counted.failed, counted.waived) == (1, 1, 1)


def test_what_is_only_listed_was_not_refused() -> None:
    made = SAMPLES["refused_signature"]()
    codes = [line.trust.code for line in made.evidence if line.trust.status == "refused"]
    assert sorted(codes) == ["NOT_EVIDENCE", "SIGNER_ROLE"]
    assert summarize(made.results, made.evidence).refused == 1
    for code in ("NOTHING_ATTACHED", "NOTHING_ATTESTED", "NOT_ASKED", "NOT_IN_REGISTRY"):
        assert summarize((), [refused("oci:referrers", code, "none", blocks=False)]).refused == 0
    assert summarize((), [refused("later", "FUTURE", "unknown", blocks=False)]).refused == 1
