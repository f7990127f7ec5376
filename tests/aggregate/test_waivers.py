"""Rule 12: signed, scoped, expiring, and approved by nobody who signs evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from attest.aggregate.types import Target
from attest.aggregate.waivers import Waiver, admit, apply
from attest.aggregate.witnesses import Witnesses, principal
from attest.model.digest import Digest
from attest.model.material import Kind, Problem
from attest.model.verdict import Finding
from attest.plan import WaiverRules
from tests.aggregate.make import APP, AT, OTHER, finding, material, piece

RULES = WaiverRules(signed_by=("security",), max_duration=timedelta(days=30))
DAY = timedelta(days=1)
NOBODY = Witnesses(frozenset(), frozenset())


def _admit(
    *,
    rules: WaiverRules = RULES,
    signer: str = "security",
    expires: timedelta = 10 * DAY,
    about: Target = APP,
    witnesses: Witnesses = NOBODY,
    issued: bool = True,
    **scope: object,
) -> Waiver | Problem:
    predicate = {
        "policy": "p",
        "rule": "r",
        "expires": (AT + expires).isoformat(),
        "reason": "fix is coming",
        "finding": scope or {"id": "CVE-2026-1"},
    }
    if scope == {"everything": True}:
        del predicate["finding"]
    document = json.dumps({"predicate": predicate}).encode()
    made = material(
        Kind.WAIVER,
        about=about,
        signer=signer,
        document=document,
        completed_at=AT - DAY if issued else None,
    )
    return admit(piece(made, "waivers/w"), rules, witnesses, AT)


def _held(answer: Waiver | Problem) -> Waiver:
    assert isinstance(answer, Waiver), answer
    return answer


def _code(answer: Waiver | Problem) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code


def test_covers_the_finding_it_names_and_no_other() -> None:
    waiver = _held(_admit())
    named, other = finding(id="CVE-2026-1"), finding(id="CVE-2026-2")
    marked = apply((waiver,), "p", APP, (named, other))
    assert [f.waived_by for f in marked] == ["waivers/w", None]


def test_covers_one_policy_one_rule_one_target() -> None:
    waiver = _held(_admit())
    named = finding(id="CVE-2026-1")
    assert apply((waiver,), "other", APP, (named,))[0].waived_by is None
    assert apply((waiver,), "p", OTHER, (named,))[0].waived_by is None
    assert apply((waiver,), "p", APP, (finding(rule="x", id="CVE-2026-1"),))[0].waived_by is None


def test_by_fingerprint() -> None:
    waiver = _held(_admit(fingerprint="f1"))
    assert apply((waiver,), "p", APP, (finding(fingerprint="f1"),))[0].waived_by
    assert apply((waiver,), "p", APP, (finding(fingerprint="f2"),))[0].waived_by is None


def test_id_and_package_must_both_match() -> None:
    waiver = _held(_admit(id="CVE-2026-1", purl="pkg:x/y@1"))
    assert apply((waiver,), "p", APP, (finding(id="CVE-2026-1"),))[0].waived_by is None


def test_a_package_alone_covers_no_advisory_about_it() -> None:
    waiver = _held(_admit(purl="pkg:x/y@1"))
    licence = Finding("r", "m", ids=("pkg:x/y@1",))
    advisory = Finding("r", "m", ids=("CVE-2026-1", "pkg:x/y@1"))
    marked = apply((waiver,), "p", APP, (licence, advisory))
    assert [bool(f.waived_by) for f in marked] == [True, False]


def test_expired() -> None:
    assert _code(_admit(expires=-DAY)) == "WAIVER_EXPIRED"
    assert _code(_admit(expires=timedelta(0))) == "WAIVER_EXPIRED"


def test_too_long() -> None:
    assert _code(_admit(expires=40 * DAY)) == "WAIVER_TOO_LONG"
    _held(_admit(expires=29 * DAY))  # issued a day ago, so the whole of what is allowed
    assert _code(_admit(expires=29 * DAY + timedelta(seconds=1))) == "WAIVER_TOO_LONG"


def test_a_waiver_says_why() -> None:
    assert _held(_admit()).reason == "fix is coming"
    said = {"policy": "p", "rule": "r", "expires": (AT + DAY).isoformat(), "finding": {"id": "X"}}
    document = json.dumps({"predicate": said}).encode()
    made = material(Kind.WAIVER, signer="security", document=document, completed_at=AT)
    assert _held(admit(piece(made), RULES, NOBODY, AT)).reason == ""


def test_a_waiver_from_the_future_is_none() -> None:
    document = {"policy": "p", "rule": "r", "expires": (AT + 60 * DAY).isoformat(), "reason": "x"}
    made = material(
        Kind.WAIVER,
        signer="security",
        document=json.dumps({"predicate": {**document, "finding": {"id": "X"}}}).encode(),
        completed_at=AT + 40 * DAY,
    )
    assert _code(admit(piece(made), RULES, NOBODY, AT)) == "WAIVER_NOT_YET"


def test_a_waiver_that_does_not_prove_when_it_began_is_too_long() -> None:
    assert _code(_admit(issued=False)) == "WAIVER_TOO_LONG"


def test_a_whole_rule_only_where_the_plan_allows_it() -> None:
    assert _code(_admit(everything=True)) == "WAIVER_TOO_WIDE"
    wide = WaiverRules(signed_by=("security",), allow_rule_wide=True)
    waiver = _held(_admit(rules=wide, everything=True))
    assert apply((waiver,), "p", APP, (finding(),))[0].waived_by
    assert apply((waiver,), "p", APP, (finding(id="CVE-2026-1"),))[0].waived_by
    assert apply((waiver,), "p", APP, (finding(rule="other"),))[0].waived_by is None


def test_an_id_alone_covers_the_finding_in_any_package() -> None:
    advisory = Finding("r", "m", ids=("CVE-2026-1", "pkg:x/y@1"))
    assert apply((_held(_admit()),), "p", APP, (advisory,))[0].waived_by


def test_what_was_not_verified_is_no_waiver() -> None:
    unread = replace(piece(material(Kind.WAIVER)), material=None)
    assert _code(admit(unread, RULES, NOBODY, AT)) == "UNSIGNED"
    refused = replace(unread, problem=Problem("SIGNATURE_INVALID", "bad", ""))
    assert _code(admit(refused, RULES, NOBODY, AT)) == "SIGNATURE_INVALID"


def test_signed_by_an_approver() -> None:
    assert _code(_admit(signer="scan")) == "SIGNER_ROLE"


def test_an_evidence_signer_cannot_approve() -> None:
    key = principal(Digest.of(b"security"), None, None)
    by_key = Witnesses(frozenset(), frozenset({key}))
    assert _code(_admit(witnesses=by_key)) == "WAIVER_SELF_APPROVED"
    by_name = Witnesses(frozenset({"security"}), frozenset())
    assert _code(_admit(witnesses=by_name)) == "WAIVER_SELF_APPROVED"
