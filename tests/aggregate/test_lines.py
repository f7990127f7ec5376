"""The report's lines about evidence, trust and policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from attest.aggregate.lines import evidence_line, policy_line, rfc3339, trust_line
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.material import Problem
from attest.model.policy import Claims, PolicyBundle
from attest.model.trust import Method
from tests.aggregate.make import APP, AT, ENGINE, OTHER, material, piece, policy, refused

SIGNED = material(times=(AT,)).verified
PINNED = replace(SIGNED, method=Method.PIN, signers=(), times=())


def test_times_are_utc_and_whole_seconds() -> None:
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    east = timezone(timedelta(hours=2))
    assert rfc3339(datetime(2026, 1, 2, 1, 0, tzinfo=east)) == "2026-01-01T23:00:00Z"


def test_a_signature_a_pin_and_a_refusal_are_three_things() -> None:
    signed = trust_line(SIGNED, None)
    assert (signed.status, signed.code) == ("verified", "VERIFIED")
    assert [signer.name for signer in signed.signers] == ["scan"]
    assert [time.time for time in signed.times] == ["2026-06-01T12:00:00Z"]
    pinned = trust_line(PINNED, None)
    assert (pinned.status, pinned.code, pinned.signers) == ("pinned", "PINNED", ())
    assert str(PINNED.signed) in pinned.message
    gone = trust_line(SIGNED, Problem("SIGNER_ROLE", "not him", ""))
    assert (gone.status, gone.code, gone.message) == ("refused", "SIGNER_ROLE", "not him")
    assert trust_line(None, None).status == "refused"


def test_evidence_is_listed_with_what_it_relates_to() -> None:
    line = evidence_line(piece(material()), (APP, OTHER))
    assert line.relates_to == ("app.tar.gz",)
    assert line.kind == "SARIF"
    assert line.subjects[0]["digest"] == {"sha256": APP.digests[0].value}


def test_refused_evidence_is_listed_too() -> None:
    line = evidence_line(refused(claimed="SARIF"), (APP,))
    assert (line.trust.status, line.trust.code) == ("refused", "SIGNATURE_INVALID")
    assert line.relates_to == ()


def test_what_blocks_is_a_refusal_of_what_was_evidence_where_the_plan_looked() -> None:
    assert evidence_line(refused(), (APP,)).blocks
    assert not evidence_line(refused(blocks=False), (APP,)).blocks
    assert not evidence_line(refused("NOT_EVIDENCE"), (APP,)).blocks
    assert not evidence_line(piece(material()), (APP,)).blocks


def test_what_did_not_decode_is_listed_with_its_signers() -> None:
    made = material()
    unread = replace(piece(made), material=None, problem=Problem("SARIF_SHAPE", "no runs", ""))
    line = evidence_line(unread, (APP,))
    assert (line.kind, line.predicate_type, line.subjects) == ("UNKNOWN", None, ())
    assert [signer.name for signer in line.trust.signers] == ["scan"]
    pinned = replace(piece(made), verified=None)
    assert evidence_line(pinned, (APP,)).trust.status == "verified"


def _bundle(*, signed: bool) -> PolicyBundle:
    source = Reference("oci-layout", "policies", Digest.of(b"m"))
    signatures = (SIGNED,) if signed else ()
    claims = Claims(version="1", author="bundle")
    return PolicyBundle(source, Digest.of(b"m"), (policy(),), PINNED, signatures, claims)


def test_a_policy_is_trusted_as_its_bundle_is() -> None:
    for signed, status in ((True, "verified"), (False, "pinned")):
        line = policy_line("p", policy(), _bundle(signed=signed), ENGINE)
        assert line.trust.status == status
        assert line.source.startswith("oci-layout:policies@sha256:")


def test_what_a_policy_says_of_itself_goes_before_what_its_bundle_says() -> None:
    own = replace(policy(), claims=Claims(version="2"))
    line = policy_line("p", own, _bundle(signed=True), ENGINE)
    assert (line.version, line.author, line.created) == ("2", "bundle", None)
    assert line.claimed == ("version", "author")
