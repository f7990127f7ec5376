"""Who may say what."""

from __future__ import annotations

from attest.aggregate.accept import role_problem
from attest.model.material import Kind
from attest.plan import AcceptRule, Selector
from tests.aggregate.make import material

SCANS = AcceptRule(Selector(kinds=(Kind.SARIF,)), ("scan",))
BUILDS = AcceptRule(Selector(predicate_types=("https://slsa.dev/provenance/v1",)), ("ci",))


def test_a_signer_may_say_what_its_rule_names() -> None:
    assert role_problem(material(), (SCANS, BUILDS)) is None


def test_a_good_signer_in_the_wrong_role_is_refused() -> None:
    problem = role_problem(material(signer="ci"), (SCANS, BUILDS))
    assert problem is not None
    assert problem.code == "SIGNER_ROLE"
    assert "scan" in problem.message
    assert "ci" in problem.message


def test_what_no_rule_admits_is_refused() -> None:
    problem = role_problem(material(Kind.TEST_RESULT), (SCANS, BUILDS))
    assert problem is not None
    assert problem.code == "SIGNER_ROLE"


def test_a_rule_that_names_kind_and_type_admits_what_is_both() -> None:
    both = AcceptRule(Selector((Kind.SARIF,), ("https://example.test/sarif",)), ("scan",))
    assert role_problem(material(), (both,)) is not None
    named = material(predicate_type="https://example.test/sarif")
    assert role_problem(named, (both,)) is None


def test_no_rules_admit_nothing() -> None:
    assert role_problem(material(), ()) is not None


def test_a_rule_by_predicate_type_does_not_admit_another_type() -> None:
    made = material(Kind.UNKNOWN, signer="ci", predicate_type="https://example.test/x")
    assert role_problem(made, (BUILDS,)) is not None
