"""Rule 12: what a signed report about an earlier artifact knows, and what it can never know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from attest.aggregate.baseline import Baseline, Context, Known, PolicyKey, admit
from attest.aggregate.types import Piece, Target
from attest.aggregate.witnesses import Witnesses, principal
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.material import Problem
from attest.model.report import Report, WeakenedLine
from attest.model.trust import Verified
from attest.model.verdict import Finding, Severity
from attest.plan import BaselineRules
from tests.aggregate.make import AT, material
from tests.report.samples import policy, report, result, subject

DAY = timedelta(days=1)
APP = Target("dist/app.tar.gz", (Digest.of(b"new"), Digest.of(b"new", "sha512")))
OLD = {"sha256": Digest.of(b"old").value}
POLICY = policy("p")
KEY = PolicyKey("p", "p", POLICY.digest)
RULES = BaselineRules(Reference("file", "baseline.json"), ("security",), 30 * DAY)
RUN = Context((APP,), frozenset({("p", POLICY.digest)}), AT)
NOBODY = Witnesses(frozenset(), frozenset())
PRINT = Digest.of(b"a finding").value


def _finding(severity: Severity | None = Severity.HIGH, **fields: Any) -> Finding:
    made = Finding("r", "message", severity, location="a.py:1", fingerprint=PRINT)
    return replace(made, **{"severity": severity, **fields})


def _report(*findings: Finding, age: timedelta = DAY, **fields: Any) -> Report:
    name, digest = fields.pop("name", APP.name), fields.pop("digest", OLD)
    lines = (replace(subject("POLICY_FAILED"), name=name, digest=digest),)
    results = (
        result("failed", "POLICY_FAILED", subject=name, policy="p", findings=findings),
        result(subject=name, policy="q", findings=(_finding(rule_id="of another policy"),)),
        result(subject="another", policy="p", findings=(_finding(rule_id="of another subject"),)),
    )
    evaluated_at = (AT - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    return report(
        "POLICY_FAILED",
        **{
            "subjects": lines,
            "results": results,
            "policies": (POLICY, policy("q")),
            "evaluated_at": evaluated_at,
            **fields,
        },
    )


def _verified(
    signer: str = "security", not_before: datetime | None = None, times: tuple[datetime, ...] = ()
) -> Verified:
    return material(signer=signer, not_before=not_before, times=times).verified


def _admit(
    made: Report,
    verified: Verified | None = None,
    *,
    rules: BaselineRules = RULES,
    witnesses: Witnesses = NOBODY,
    run: Context = RUN,
) -> Baseline | Problem:
    piece = Piece("baseline.json", Artifact.of(rules.source, b"{}"))
    return admit(piece, verified or _verified(), made, rules, witnesses, run)


def _held(answer: Baseline | Problem) -> Baseline:
    assert isinstance(answer, Baseline), answer
    return answer


def _code(answer: Baseline | Problem) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code


def _message(answer: Baseline | Problem) -> str:
    assert isinstance(answer, Problem), answer
    return answer.message


def _marks(known: tuple[Finding, ...], *answers: tuple[Finding, ...]) -> list[list[bool]]:
    marked = Known("b", known).mark(answers)
    return [[finding.known_by == "b" for finding in findings] for findings in marked]


# Which report is a baseline


def test_a_report_about_the_artifact_before() -> None:
    held = _held(_admit(_report(_finding())))
    assert (held.id, held.approver) == ("baseline.json", "security")
    assert held.expires == AT + 29 * DAY
    assert held.covers == {APP.name: APP.name}
    assert held.limits == (f"policy q: not in this plan with digest {POLICY.digest}",)


def test_it_is_signed_by_an_approver() -> None:
    refused = _admit(_report(), _verified("scan"))
    assert _code(refused) == "SIGNER_ROLE"
    assert _message(refused) == "expected security; the baseline is signed by scan"
    nobody = replace(_verified(), signers=())
    assert _message(_admit(_report(), nobody)).endswith("is signed by nobody")


@pytest.mark.parametrize(
    "witnesses",
    [
        Witnesses(frozenset({"security"}), frozenset()),
        Witnesses(frozenset(), frozenset({principal(Digest.of(b"security"), None, None)})),
    ],
)
def test_nobody_who_signs_evidence_approves(witnesses: Witnesses) -> None:
    assert _code(_admit(_report(), witnesses=witnesses)) == "BASELINE_SELF_APPROVED"


def test_its_time_ends_with_max_age() -> None:
    assert _held(_admit(_report(age=30 * DAY))).expires == AT
    assert _code(_admit(_report(age=30 * DAY + timedelta(seconds=1)))) == "BASELINE_TOO_OLD"


@pytest.mark.parametrize(
    "verified",
    [_verified(not_before=AT - 31 * DAY), _verified(times=(AT - 31 * DAY, AT - DAY))],
)
def test_age_runs_from_the_earliest_time(verified: Verified) -> None:
    assert _code(_admit(_report(), verified)) == "BASELINE_TOO_OLD"


def test_a_report_made_as_of_another_time_does_not_say_when() -> None:
    moved = _report(weakened=(WeakenedLine("--at", "allow_at", "as of then"),))
    assert _code(_admit(moved)) == "BASELINE_AGE_UNPROVEN"
    held = _held(_admit(moved, _verified(not_before=AT - 2 * DAY)))
    assert held.expires == AT + 28 * DAY
    other = _report(weakened=(WeakenedLine("fail_on", "fail_on", "low ones pass"),))
    assert _held(_admit(other)).expires == AT + 29 * DAY


def test_it_is_not_from_the_future() -> None:
    assert _code(_admit(_report(age=-DAY), _verified(not_before=AT - DAY))) == (
        "BASELINE_AGE_UNPROVEN"
    )
    moved = _report(weakened=(WeakenedLine("--at", "allow_at", "as of then"),))
    assert _code(_admit(moved, _verified(not_before=AT + DAY))) == "BASELINE_AGE_UNPROVEN"
    assert _held(_admit(_report(age=timedelta()))).expires == AT + 30 * DAY


def test_a_time_that_is_none() -> None:
    assert _code(_admit(_report(evaluated_at="2026-13-02T03:04:05Z"))) == "BASELINE_INVALID"


# … about the same resource


def test_another_name_is_another_resource() -> None:
    assert _code(_admit(_report(name="dist/other.tar.gz"))) == "BASELINE_SUBJECT"
    assert _code(_admit(_report(subjects=()))) == "BASELINE_SUBJECT"


@pytest.mark.parametrize(
    "digest",
    [
        {"sha256": Digest.of(b"new").value},
        {**OLD, "sha512": Digest.of(b"new", "sha512").value},
        {"sha384": Digest.of(b"old", "sha384").value},
        {},
    ],
)
def test_the_same_artifact_is_no_earlier_one(digest: dict[str, str]) -> None:
    assert _code(_admit(_report(digest=digest))) == "BASELINE_SAME_ARTIFACT"


def test_an_image_is_named_by_its_repository() -> None:
    new, old = Digest.of(b"new"), Digest.of(b"old")
    target = Target(f"oci:registry.example/app@{new}", (new,))
    run = replace(RUN, targets=(target,))
    earlier = f"oci:registry.example/app@{old}"
    assert _held(_admit(_report(name=earlier), run=run)).covers == {target.name: earlier}
    other = f"oci:registry.example/other@{old}"
    assert _code(_admit(_report(name=other), run=run)) == "BASELINE_SUBJECT"


def test_a_bare_digest_and_the_name_of_a_file_are_taken_as_they_are() -> None:
    new, old = Digest.of(b"new"), Digest.of(b"old")
    bare = replace(RUN, targets=(Target(str(new), (new,)),))
    assert _code(_admit(_report(name=str(old)), run=bare)) == "BASELINE_SUBJECT"
    assert _code(_admit(_report(name=str(new)), run=bare)) == "BASELINE_SUBJECT"
    file = replace(RUN, targets=(Target(f"dist/app@{new}", (new,)),))
    assert _code(_admit(_report(name=f"dist/app@{old}"), run=file)) == "BASELINE_SUBJECT"


def test_a_name_that_could_be_two_is_neither() -> None:
    new = Digest.of(b"new")
    target = Target(f"oci:registry.example/app@{new}", (new,))
    lines = tuple(
        replace(subject(), name=f"oci:registry.example/app@{Digest.of(each)}", digest=OLD)
        for each in (b"1", b"2")
    )
    run = replace(RUN, targets=(target,))
    assert _code(_admit(_report(subjects=lines), run=run)) == "BASELINE_SUBJECT"


def test_of_two_artifacts_one_may_be_covered() -> None:
    other = Target("dist/other", (Digest.of(b"other"),))
    held = _held(_admit(_report(_finding()), run=replace(RUN, targets=(APP, other))))
    assert held.covers == {APP.name: APP.name}
    assert held.limits[0].startswith("dist/other: the baseline names it 0 times")
    assert held.known(KEY, APP).findings == (_finding(),)
    assert held.known(KEY, other).findings == ()


# … by the same policy


def test_a_policy_that_changed_knows_nothing() -> None:
    run = replace(RUN, policies=frozenset({("p", "sha256:other")}))
    refused = _admit(_report(_finding()), run=run)
    assert _code(refused) == "BASELINE_POLICY"
    assert _message(refused).startswith(f"policy p: not in this plan with digest {POLICY.digest};")
    empty = _admit(_report(policies=()))
    assert (_code(empty), _message(empty)) == ("BASELINE_POLICY", "it holds no policy at all")
    none_loaded = replace(RUN, policies=frozenset())
    assert _held(_admit(_report(), run=none_loaded)).limits


@pytest.mark.parametrize(
    "key",
    [replace(KEY, id="p~2"), replace(KEY, name="other"), replace(KEY, digest="sha256:other")],
)
def test_findings_belong_to_one_policy(key: PolicyKey) -> None:
    held = _held(_admit(_report(_finding())))
    assert held.known(KEY, APP) == Known("baseline.json", (_finding(),))
    assert held.known(key, APP).findings == ()


@pytest.mark.parametrize(
    ("outcome", "code", "count"),
    [
        ("failed", "POLICY_FAILED", 1),
        ("passed", "FINDING_BELOW_FAIL_ON", 1),
        ("error", "OUT_OF_FUEL", 0),
        ("skipped", "POLICY_SKIPPED", 0),
    ],
)
def test_only_what_was_decided_is_known(outcome: str, code: str, count: int) -> None:
    line = result(outcome, code, subject=APP.name, policy="p", findings=(_finding(),))
    held = _held(_admit(_report(results=(line,))))
    assert len(held.known(KEY, APP).findings) == count


@pytest.mark.parametrize("excuse", [{"suppressed": True}, {"waived_by": "w"}, {"known_by": "b"}])
def test_an_excuse_is_not_handed_on(excuse: dict[str, Any]) -> None:
    assert _held(_admit(_report(_finding(**excuse)))).known(KEY, APP).findings == ()
    (marked,) = Known("b", (_finding(),)).mark([(_finding(**excuse),)])
    assert marked == (_finding(**excuse),)


# Which findings are known


def test_the_same_finding_is_known() -> None:
    assert _marks((_finding(),), (_finding(),)) == [[True]]


@pytest.mark.parametrize(
    "change",
    [
        {"rule_id": "other"},
        {"fingerprint": Digest.of(b"another").value},
        {"severity": Severity.CRITICAL},
        {"severity": None},
    ],
)
def test_another_finding_is_new(change: dict[str, Any]) -> None:
    assert _marks((_finding(),), (_finding(**change),)) == [[False]]


def test_a_severity_may_fall_and_a_missing_one_is_the_worst() -> None:
    assert _marks((_finding(),), (_finding(Severity.LOW),)) == [[True]]
    assert _marks((_finding(None),), (_finding(None),)) == [[True]]
    assert _marks((_finding(None),), (_finding(Severity.CRITICAL),)) == [[True]]


@pytest.mark.parametrize(
    "vague",
    [
        {"fingerprint": ""},
        {"fingerprint": "all of them"},
        {"fingerprint": PRINT.upper()},
        {"location": None},
        {"location": ""},
    ],
)
def test_what_names_nothing_is_never_known(vague: dict[str, Any]) -> None:
    one = _finding(**vague)
    assert _marks((one,), (one,)) == [[False]]


def test_an_id_names_a_finding_too() -> None:
    one = _finding(location=None, ids=("CVE-2026-1",))
    assert _marks((one,), (one,)) == [[True]]


def test_one_known_finding_excuses_one() -> None:
    one = _finding()
    assert _marks((one,), (one, one)) == [[True, False]]
    assert _marks((one,), (one,), (one,)) == [[True], [False]]
    assert _marks((one, one), (one,), (one,)) == [[True], [True]]


def test_the_least_severe_that_fits_is_used_up_first() -> None:
    known = (_finding(Severity.CRITICAL), _finding(Severity.LOW))
    low, critical = _finding(Severity.LOW), _finding(Severity.CRITICAL)
    assert _marks(known, (low, critical)) == [[True, True]]
    assert _marks(known, (critical, critical)) == [[True, False]]
