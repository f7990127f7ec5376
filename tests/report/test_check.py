"""A report that contradicts itself is refused, whichever line was edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from attest.errors import UsageError
from attest.model.report import Report, Summary, WeakenedLine
from attest.model.verdicts import summarize
from attest.report.check import check, contradictions
from tests.report.samples import (
    APP,
    CURL,
    MET,
    SAMPLES,
    SBOM,
    SCAN,
    TAR,
    engine_error,
    evidence,
    failed,
    known,
    missing,
    passed,
    problem,
    refused,
    refused_signature,
    report,
    result,
    subject,
    weakened,
)

Edit = Callable[[Report], Report]


@pytest.mark.parametrize("name", SAMPLES)
def test_honest_reports_pass(name: str) -> None:
    check(SAMPLES[name]())


def _first(lines: tuple[Any, ...], **fields: object) -> tuple[Any, ...]:
    return (replace(lines[0], **fields), *lines[1:])


def _with(made: Report, **fields: object) -> Report:
    return replace(made, **fields)  # type: ignore[arg-type]  # named fields of Report


def _all_green(made: Report) -> Report:
    """Return the report with its verdicts turned to passed, but not the lines below them."""
    subjects = tuple(_first((line,), **GREEN)[0] for line in made.subjects)
    return _with(made, **GREEN, subjects=subjects)


def below() -> Report:
    """One finding is not severe enough to block, as the plan has it."""
    return report(
        results=(result(code="FINDING_BELOW_FAIL_ON", findings=(CURL,)),),
        weakened=(WeakenedLine("fail_on", "fail_on", "findings below critical do not block"),),
    )


GREEN = {"verdict": "passed", "exit_code": 0, "reason": problem("PASSED")}
FORGERIES: dict[str, tuple[Report, Edit]] = {
    "verdict turned": (failed(), lambda r: _with(r, verdict="passed")),
    "exit code turned": (failed(), lambda r: _with(r, exit_code=0)),
    "no exit code at all": (failed(), lambda r: _with(r, exit_code=7, verdict="error")),
    "reason turned": (failed(), lambda r: _with(r, reason=problem("PASSED"))),
    "subject's verdict turned": (
        failed(),
        lambda r: _with(r, subjects=_first(r.subjects, verdict="passed")),
    ),
    "run better than its subject": (failed(), lambda r: _with(_all_green(r), subjects=r.subjects)),
    "failed result under a pass": (failed(), _all_green),
    "error under a pass": (engine_error(), _all_green),
    "unmet requirement under a pass": (missing(), _all_green),
    "refused candidates under a pass": (refused_signature(), _all_green),
    "no subject at all": (passed(), lambda r: _with(r, subjects=(), results=(), requirements=())),
    "subject twice": (passed(), lambda r: _with(r, subjects=(*r.subjects, *r.subjects))),
    "nothing said yes": (
        passed(),
        lambda r: _summed(_with(r, results=(), requirements=())),
    ),
    "the yes is not enforced": (
        passed(),
        lambda r: _with(r, results=_first(r.results, enforced=False), requirements=()),
    ),
    "the yes is about another subject": (
        report(
            subjects=(subject(), subject(name="other")),
            results=(result(), result()),
            requirements=(),
        ),
        lambda r: r,
    ),
    "failed called passed": (
        failed(),
        lambda r: _with(r, results=_first(r.results, outcome="passed")),
    ),
    "enforced failure with a harmless code": (
        failed(),
        lambda r: _with(r, results=_first(r.results, code="PASSED")),
    ),
    "skip with a harmless code": (
        refused_signature(),
        lambda r: _with(r, results=_first(r.results, code="PASSED")),
    ),
    "error without its cause": (
        engine_error(),
        lambda r: _with(r, results=_first(r.results, error=None)),
    ),
    "error hidden under passed": (
        passed(),
        lambda r: _with(r, results=_first(r.results, error=problem("INTERNAL_ERROR"))),
    ),
    "error with another cause": (
        engine_error(),
        lambda r: _with(r, results=_first(r.results, error=problem("POLICY_FAILED"))),
    ),
    "result about nobody": (
        passed(),
        lambda r: _with(r, results=_first(r.results, subject="somebody else")),
    ),
    "error about nobody, in a pass": (
        passed(),
        lambda r: _summed(
            _with(
                r,
                results=(
                    *r.results,
                    result(
                        "error", "INTERNAL_ERROR", subject=None, error=problem("INTERNAL_ERROR")
                    ),
                ),
            )
        ),
    ),
    "requirement about nobody": (
        passed(),
        lambda r: _with(r, requirements=_first(r.requirements, subject="somebody else")),
    ),
    "met by nothing": (passed(), lambda r: _with(r, requirements=_first(r.requirements, by=()))),
    "met against a reason": (
        passed(),
        lambda r: _with(r, requirements=_first(r.requirements, reason=problem("REQUIRED_MISSING"))),
    ),
    "unmet without a reason": (
        missing(),
        lambda r: _with(r, requirements=_first(r.requirements, reason=None)),
    ),
    "unmet with a harmless reason": (
        missing(),
        lambda r: _with(r, requirements=_first(r.requirements, reason=problem("PASSED"))),
    ),
    "waived by an unlisted waiver": (failed(), lambda r: _with(r, waivers=())),
    "a waiver that weakens nothing": (failed(), lambda r: _with(r, weakened=())),
    "known by an unlisted baseline": (known(), lambda r: _with(r, baselines=())),
    "a baseline that weakens nothing": (known(), lambda r: _with(r, weakened=())),
    "a baseline behind another's weakening": (
        known(),
        lambda r: _with(r, weakened=_first(r.weakened[:1], where="another")),
    ),
    "BASELINED without a baseline": (
        passed(),
        lambda r: _with(r, results=_first(r.results, code="BASELINED")),
    ),
    "known findings not counted": (
        known(),
        lambda r: _with(r, summary=replace(r.summary, known=0)),
    ),
    "a yes of a skip": (
        passed(),
        lambda r: _with(
            r,
            results=_first(r.results, outcome="skipped", code="POLICY_SKIPPED"),
            requirements=(),
        ),
    ),
    "a yes of what is unmet": (
        missing(),
        lambda r: _with(_all_green(r), results=()),
    ),
    "WAIVED without a waiver": (
        passed(),
        lambda r: _with(r, results=_first(r.results, code="WAIVED")),
    ),
    "blocking refusal under a pass": (
        report("SIGNER_ROLE", evidence=(evidence(), refused("x", "SIGNER_ROLE", "m"))),
        _all_green,
    ),
    "blocking refusal under one subject's pass": (
        report(
            "SIGNER_ROLE",
            evidence=(evidence(), refused("x", "SIGNER_ROLE", "m")),
            subjects=(subject("SIGNER_ROLE"), subject("SIGNER_ROLE", name="other")),
            results=(result(), result(subject="other")),
        ),
        lambda r: _with(r, subjects=_first(r.subjects, **GREEN)),
    ),
    "blocking skip under a pass": (
        report("POLICY_SKIPPED", results=(result("skipped", "POLICY_SKIPPED", blocks=True),)),
        _all_green,
    ),
    "believed evidence blocks": (
        failed(),
        lambda r: _with(r, evidence=_first(r.evidence, blocks=True)),
    ),
    "a file that is no evidence blocks": (
        report(evidence=(refused("x", "NOT_EVIDENCE", "text"), evidence())),
        lambda r: _with(r, evidence=_first(r.evidence, blocks=True)),
    ),
    "enforced failure that does not block": (
        failed(),
        lambda r: _with(_all_green(r), results=_first(r.results, blocks=False)),
    ),
    "enforced error that does not block": (
        engine_error(),
        lambda r: _with(_all_green(r), results=_first(r.results, blocks=False)),
    ),
    "passed result blocks": (
        failed(),
        lambda r: _with(r, results=(r.results[0], replace(r.results[1], blocks=True))),
    ),
    "what is not enforced blocks": (
        failed(),
        lambda r: _with(r, results=_first(r.results, enforced=False)),
    ),
    "met by refused evidence": (
        report("SIGNER_ROLE", evidence=(refused(SCAN, "SIGNER_ROLE", "m"),), requirements=()),
        lambda r: _with(r, requirements=(MET,)),
    ),
    "met by unlisted evidence": (passed(), lambda r: _with(r, evidence=r.evidence[1:])),
    "met by evidence about something else": (
        passed(),
        lambda r: _with(r, evidence=(evidence(about="other"), *r.evidence[1:])),
    ),
    "an objection in a pass": (
        passed(),
        lambda r: _with(r, results=_first(r.results, findings=(CURL,))),
    ),
    "an objection below what fails, without fail_on": (
        passed(),
        lambda r: _with(
            r, results=_first(r.results, code="FINDING_BELOW_FAIL_ON", findings=(CURL,))
        ),
    ),
    "an objection without a severity below what fails": (
        below(),
        lambda r: _with(r, results=_first(r.results, findings=(replace(CURL, severity=None),))),
    ),
    "not enforced without saying so": (
        weakened(),
        lambda r: _with(r, weakened=tuple(one for one in r.weakened if one.option != "enforce")),
    ),
    "a skip that does not block, and nothing instead": (
        passed(),
        lambda r: _summed(
            _with(r, results=_first(r.results, outcome="skipped", code="POLICY_SKIPPED"))
        ),
    ),
    "a skip of all there is that does not block": (
        passed(),
        lambda r: _summed(
            _with(
                r,
                results=_first(r.results, outcome="skipped", code="NO_MATERIAL", material=None),
            )
        ),
    ),
    "passed by an unlisted policy": (passed(), lambda r: _with(r, policies=())),
    "passed on refused evidence": (
        report(evidence=(refused(SCAN, "SIGNER_ROLE", "m", blocks=False),), requirements=()),
        lambda r: r,
    ),
    "passed on unlisted evidence": (
        passed(),
        lambda r: _with(r, results=_first(r.results, material=f"{SCAN}.json")),
    ),
    "evidence neither believed nor refused": (
        passed(),
        lambda r: _with(
            r,
            evidence=_first(r.evidence, trust=replace(r.evidence[0].trust, status="maybe")),
        ),
    ),
    "summary edited": (failed(), lambda r: _with(r, summary=Summary(passed=2, waived=1))),
}


def _summed(made: Report) -> Report:
    return _with(made, summary=summarize(made.results, made.evidence))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name: str) -> None:
    honest, edit = FORGERIES[name]
    with pytest.raises(UsageError) as caught:
        check(edit(honest))
    assert caught.value.code == "REPORT_CONTRADICTS"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("verdict turned", "the run: exit code 1 is verdict failed, found 'passed'"),
        ("run better than its subject", "the run: exit code 0, but something in it is 1"),
        ("failed result under a pass", f"subject '{APP}': 0, but something is 1"),
        ("nothing said yes", f"subject '{APP}': passed, but nothing said yes (rule 6)"),
        ("no subject at all", "the run: passed without a subject"),
        ("met against a reason", "requirements[0]: met, but by nothing or with a reason against"),
        ("error about nobody, in a pass", "the run: exit code 0, but something in it is 70"),
        ("blocking refusal under a pass", f"subject '{APP}': 0, but something is 4"),
        ("blocking refusal under one subject's pass", f"subject '{APP}': 0, but something is 4"),
        ("blocking skip under a pass", f"subject '{APP}': 0, but something is 3"),
        ("enforced failure that does not block", "failed and enforced, but does not block"),
        ("met by refused evidence", "requirements[0]: 'evidence/scan.sarif.sigstore.json' is no"),
        ("no exit code at all", "the run: POLICY_FAILED is exit code 1, found 7"),
        ("believed evidence blocks", "evidence[0]: blocks, but is verified"),
        ("failed called passed", "results[0]: passed with code POLICY_FAILED"),
        ("skip with a harmless code", "results[0]: skipped with code PASSED"),
        ("enforced failure with a harmless code", "results[0]: failed and enforced, with code P"),
        ("enforced failure with a harmless code", "results[0]: blocks, but failed with code P"),
        ("failed called passed", "results[0]: blocks, but passed with code POLICY_FAILED"),
        ("what is not enforced blocks", "results[0]: blocks, but failed with code POLICY_FAILED"),
        ("requirement about nobody", "requirements[0]: subject 'somebody else' is not listed"),
        ("result about nobody", "results[0]: subject 'somebody else' is not listed"),
        ("a yes of a skip", f"subject '{APP}': passed, but nothing said yes (rule 6)"),
        ("a yes of what is unmet", f"subject '{APP}': passed, but nothing said yes (rule 6)"),
        ("WAIVED without a waiver", "results[0]: WAIVED, but no finding is waived"),
        ("BASELINED without a baseline", "results[0]: BASELINED, but no finding is known"),
        ("a waiver that weakens nothing", "weakened: waiver 'waivers/coreutils.sigstore.json'"),
    ],
)
def test_the_first_contradiction_is_named(name: str, words: str) -> None:
    honest, edit = FORGERIES[name]
    assert any(words in message for message in contradictions(edit(honest)))


def test_honest_excuses_are_no_contradiction() -> None:
    waived = _with(failed(), results=_first(failed().results, findings=(TAR,)))
    good = result("passed", "WAIVED", findings=(TAR,))
    made = _summed(_with(_all_green(waived), results=(good,)))
    assert list(contradictions(made)) == []
    check(known())
    check(below())
    check(report(results=(result(material=f"{SBOM},{SCAN}"),)))


def test_a_request_that_could_not_be_carried_out_has_no_subject() -> None:
    check(report("NO_SUBJECT", subjects=(), evidence=(), results=(), requirements=()))


def test_the_code_of_a_belief_is_no_reason() -> None:
    """VERIFIED and PINNED say why evidence is believed, and are in no table of reasons."""
    trust = replace(evidence().trust, code="VERIFIED")
    check(_with(passed(), evidence=(evidence(trust=trust), *passed().evidence[1:])))


def test_a_run_may_be_worse_than_its_subjects() -> None:
    worse = _with(passed(), verdict="error", exit_code=5, reason=problem("OUTPUT_FAILED"))
    check(worse)


def test_what_is_not_enforced_does_not_count() -> None:
    made = weakened()
    check(made)
    assert any(line.trust.code == "UNSIGNED" and not line.blocks for line in made.evidence)
    assert any(line.outcome == "failed" for line in made.results)


def test_the_order_of_badness_is_that_of_the_table() -> None:
    """A usage error (2) is worse than a refusal (4), although its number is smaller."""
    made = report("SIGNER_ROLE", requirements=(), results=())
    unmet = replace(MET, met=False, by=(), reason=problem("NO_SUBJECT"))
    with pytest.raises(UsageError, match="4, but something is 2"):
        check(_with(made, requirements=(unmet,)))


@pytest.mark.parametrize(
    "made",
    [
        _with(passed(), reason=replace(problem("PASSED"), code="FUTURE")),
        _with(passed(), results=_first(passed().results, code="FUTURE")),
        _with(
            passed(),
            subjects=_first(passed().subjects, reason=replace(problem("PASSED"), code="FUTURE")),
        ),
        _with(passed(), evidence=(*passed().evidence, refused("x", "FUTURE", "m", blocks=False))),
        _with(
            missing(),
            requirements=(
                replace(MET, met=False, reason=replace(problem("PASSED"), code="FUTURE")),
            ),
        ),
    ],
)
def test_an_unknown_code_is_not_guessed(made: Report) -> None:
    with pytest.raises(UsageError) as caught:
        check(made)
    assert caught.value.code == "REPORT_MALFORMED"
