"""Evidence that every subject must have."""

from __future__ import annotations

from datetime import timedelta

from attest.aggregate.requirements import fulfil
from attest.aggregate.types import Piece, Target
from attest.model.material import Kind, Problem
from attest.plan import Requirement, Selector
from tests.aggregate.make import APP, AT, OTHER, material, piece, refused, requirement


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
