"""Evidence that every subject must have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from attest.aggregate.requirements import fulfil
from attest.aggregate.types import Piece, Target
from attest.model.material import Kind, Problem
from attest.plan import AcceptRule, Requirement, Selector
from tests.aggregate.expect.make import BY_KEY, build, by
from tests.aggregate.expect.make import material as provenance
from tests.aggregate.make import APP, AT, OTHER, material, piece, refused, requirement
from tests.provenance import claims, generic


def _code(wanted: Requirement, *pieces: Piece, target: Target = APP) -> str | None:
    done = fulfil(wanted, target, pieces, AT)
    assert (done.problem is None) == (len(set(done.by)) >= wanted.at_least)
    return done.problem.code if done.problem else None


def test_met_by_a_verified_material_about_the_target() -> None:
    assert _code(requirement(), piece(material())) is None


def test_nothing_found_is_missing() -> None:
    assert _code(requirement()) == "REQUIRED_MISSING"


def test_evidence_about_another_subject_is_missing_here() -> None:
    assert _code(requirement(), piece(material(about=OTHER))) == "REQUIRED_MISSING"
    assert _code(requirement(), piece(material(about=OTHER)), target=OTHER) is None


def test_another_kind_does_not_count() -> None:
    assert _code(requirement(), piece(material(Kind.TEST_RESULT))) == "REQUIRED_MISSING"


def test_refused_candidates_are_told_from_missing_ones() -> None:
    assert _code(requirement(), refused(claimed="SARIF")) == "REQUIRED_REFUSED"
    assert _code(requirement(), refused(claimed=None)) == "REQUIRED_REFUSED"
    assert _code(requirement(), refused(claimed="TEST_RESULT")) == "REQUIRED_MISSING"
    assert _code(requirement(), refused("NOT_EVIDENCE")) == "REQUIRED_MISSING"


def test_a_verified_piece_with_a_problem_does_not_count() -> None:
    bad = piece(material(), problem=Problem("SIGNER_ROLE", "", ""))
    assert _code(requirement(), bad) == "REQUIRED_REFUSED"


def test_the_signer_that_the_requirement_names() -> None:
    assert _code(requirement(signed_by=("ci",)), piece(material())) == "SIGNER_ROLE"
    assert _message(requirement(signed_by=("ci",)), piece(material())) == (
        "required from ci; it is signed by scan"
    )
    made = material()
    pinned = piece(replace(made, verified=replace(made.verified, signers=())))
    assert _message(requirement(signed_by=("ci",)), pinned).endswith("it is signed by nobody")
    assert _code(requirement(signed_by=("scan",)), piece(material())) is None


def test_too_old() -> None:
    wanted = requirement(max_age=timedelta(days=1))
    old = material(completed_at=AT - timedelta(days=2))
    assert _code(wanted, piece(old)) == "EVIDENCE_TOO_OLD"


def test_an_unsound_scan_meets_nothing() -> None:
    failed = material(unsound=Problem("SARIF_RUN_FAILED", "the run failed", ""))
    assert _code(requirement(), piece(failed)) == "EVIDENCE_UNSOUND"


def test_rules_must_have_been_executed() -> None:
    wanted = requirement(rules=("a", "b"))
    assert _code(wanted, piece(material(rules=frozenset({"a"})))) == "RULES_NOT_EXECUTED"
    assert _code(wanted, piece(material(rules=frozenset({"a", "b", "c"})))) is None


def test_kind_and_predicate_type_must_both_be_met() -> None:
    both = Selector(
        kinds=(Kind.SLSA_PROVENANCE,), predicate_types=("https://slsa.dev/provenance/v1",)
    )
    wanted = Requirement(both, "required[0]")
    old = material(Kind.SLSA_PROVENANCE, predicate_type="https://slsa.dev/provenance/v0.2")
    new = material(Kind.SLSA_PROVENANCE, predicate_type="https://slsa.dev/provenance/v1")
    assert _code(wanted, piece(old)) == "REQUIRED_MISSING"
    assert _code(wanted, piece(new)) is None


def test_a_refusal_outweighs_a_shortcoming() -> None:
    wanted = requirement(max_age=timedelta(days=1))
    old = piece(material(completed_at=AT - timedelta(days=2)))
    assert _code(wanted, old, refused(claimed="SARIF")) == "REQUIRED_REFUSED"


def test_the_same_document_signed_and_pinned_counts_once() -> None:
    signed = piece(material(document=b'{"a":1}'))
    pinned = piece(material(signer="ci", document=b'{ "a": 1 }'), "scan.sarif")
    done = fulfil(requirement(at_least=2), APP, (signed, pinned), AT)
    assert done.problem is not None


def test_copies_of_one_document_count_once() -> None:
    same = material()
    twice = (piece(same, "evidence/1"), piece(same, "evidence/2"))
    done = fulfil(requirement(at_least=2), APP, twice, AT)
    assert done.problem is not None
    assert done.problem.code == "REQUIRED_MISSING"
    another = piece(material(document=b'{"b":2}'), "evidence/3")
    assert fulfil(requirement(at_least=2), APP, (*twice, another), AT).problem is None


def _message(wanted: Requirement, *pieces: Piece) -> str:
    done = fulfil(wanted, APP, pieces, AT)
    assert done.problem is not None
    return done.problem.message


def test_what_is_missing_is_named() -> None:
    assert _message(requirement()) == "SARIF about app.tar.gz was not found"
    assert _message(requirement(at_least=2), piece(material())) == (
        "SARIF (2 of them) about app.tar.gz was not found"
    )
    anything = replace(requirement(), selector=Selector())
    assert _message(anything) == "any evidence about app.tar.gz was not found"
    both = replace(requirement(), selector=Selector((Kind.SARIF,), ("https://x.test/y",)))
    assert _message(both) == "SARIF, https://x.test/y about app.tar.gz was not found"


def test_what_was_refused_is_counted_and_why() -> None:
    twice = (refused("UNSIGNED", "SARIF"), refused("SIGNATURE_INVALID", "SARIF"))
    assert _message(requirement(), *twice) == (
        "SARIF about app.tar.gz: 2 refused (SIGNATURE_INVALID, UNSIGNED)"
    )


def test_what_could_not_be_found_out_is_not_refused() -> None:
    unread = refused("DISCOVERY_INCOMPLETE", "SARIF")
    assert _code(requirement(), unread) == "DISCOVERY_INCOMPLETE"
    assert _code(requirement(), unread, refused("UNSIGNED", "SARIF")) == "REQUIRED_REFUSED"


def test_what_was_refused_beside_another_target_is_no_candidate_here() -> None:
    there = replace(refused("UNSIGNED", "SARIF"), beside=OTHER.name)
    assert _code(requirement(), there) == "REQUIRED_MISSING"
    assert _code(requirement(), there, target=OTHER) == "REQUIRED_REFUSED"


def test_a_refused_file_is_a_candidate_by_the_type_it_claims() -> None:
    wanted = replace(requirement(), selector=Selector(predicate_types=("https://x.test/y",)))
    claims = replace(refused("UNSIGNED", "UNKNOWN2"), claimed_type="https://x.test/y")
    assert _code(wanted, claims) == "REQUIRED_REFUSED"
    assert _code(wanted, refused("UNSIGNED", "SARIF")) == "REQUIRED_MISSING"
    assert _code(wanted, refused("UNSIGNED", "UNKNOWN")) == "REQUIRED_REFUSED"


def test_anything_refused_is_a_candidate_for_any_evidence() -> None:
    anything = replace(requirement(), selector=Selector())
    assert _code(anything, refused("UNSIGNED", "SARIF")) == "REQUIRED_REFUSED"


def test_documents_are_counted_among_those_that_meet_it() -> None:
    """A piece of another kind with other bytes does not make one document two."""
    one = piece(material(document=b"{}"), "evidence/1")
    copy = piece(material(document=b"{ }"), "evidence/2")
    other = piece(material(Kind.TEST_RESULT, document=b"[]"), "evidence/3")
    wanted = requirement(at_least=2)
    assert fulfil(wanted, APP, (one, copy, other), AT).problem is not None
    two = piece(material(document=b"[]"), "evidence/2")
    assert fulfil(wanted, APP, (one, two), AT).problem is None


def test_one_is_counted_without_being_read() -> None:
    """The document of a bare signature is no document at all."""
    unread = piece(material(document=b"not JSON"))
    assert fulfil(requirement(), APP, (unread,), AT).problem is None


def test_what_is_expected_is_proven_by_who_may_say_it() -> None:
    """Who signed as well may say other things; without rules, as for a document, anybody counts."""
    stray = {"source_repository_uri": "https://github.com/org/fork"}
    workflow = by(said={**claims(), **stray, "github_workflow_repository": "org/fork"})
    made = provenance(generic(), workflow, replace(BY_KEY, name="other"))
    wanted = Requirement(Selector((Kind.SLSA_PROVENANCE,)), "required[0]", expect=build())
    rules = {
        name: (AcceptRule(Selector(), (name,)), AcceptRule(Selector((Kind.SARIF,)), ("other",)))
        for name in ("ci", "other")
    }
    target = Target("app", made.subjects[0].digests)
    one = piece(made)
    assert fulfil(wanted, target, (one,), AT, rules["other"]).problem is None
    refusal = fulfil(wanted, target, (one,), AT, rules["ci"]).problem
    assert refusal is not None
    assert refusal.code == "PROVENANCE_DISAGREES"
    document = replace(one, about=frozenset({target.name}))
    assert fulfil(wanted, target, (document,), AT, rules["ci"]).problem is None
