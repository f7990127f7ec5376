"""Who may say what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.aggregate.accept import meets, names_it, role_problem, selects
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
    assert problem.message == (
        "no rule of evidence.accept admits TEST_RESULT; it is signed by scan"
    )


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


def test_a_refusal_names_what_was_said_and_who_said_it() -> None:
    unknown = material(Kind.UNKNOWN, signer="ci", predicate_type="https://example.test/x")
    problem = role_problem(unknown, ())
    assert problem is not None
    assert "admits https://example.test/x; it is signed by ci" in problem.message
    made = material(predicate_type="https://example.test/sarif")
    pinned = replace(made, verified=replace(made.verified, signers=()))
    problem = role_problem(pinned, (SCANS,))
    assert problem is not None
    assert problem.message == "SARIF must be signed by scan; it is signed by nobody"


X = "https://example.test/x"
ANYTHING = Selector()
BY_KIND = Selector(kinds=(Kind.SARIF,))
BY_TYPE = Selector(predicate_types=(X,))
BY_BOTH = Selector(kinds=(Kind.SARIF,), predicate_types=(X,))
BY_NAME = Selector(names=("scan",))
NAMED_KIND = Selector(kinds=(Kind.SARIF,), names=("scan",))


@pytest.mark.parametrize(
    ("selector", "kind", "predicate_type", "name", "met", "selected", "named"),
    [
        (ANYTHING, Kind.UNKNOWN, None, None, True, True, False),
        (BY_KIND, Kind.SARIF, None, None, True, True, True),
        (BY_KIND, Kind.TEST_RESULT, X, "scan", False, False, False),
        (BY_TYPE, Kind.UNKNOWN, X, None, True, True, True),
        (BY_TYPE, Kind.UNKNOWN, "https://example.test/y", None, False, False, False),
        (BY_BOTH, Kind.SARIF, X, None, True, True, True),
        (BY_BOTH, Kind.SARIF, None, None, False, True, True),
        (BY_BOTH, Kind.UNKNOWN, X, None, False, True, True),
        (BY_BOTH, Kind.UNKNOWN, None, None, False, False, False),
        (BY_NAME, Kind.UNKNOWN, None, "scan", True, True, False),
        (BY_NAME, Kind.SARIF, X, "other", False, False, False),
        (BY_NAME, Kind.SARIF, X, None, False, False, False),
        (NAMED_KIND, Kind.SARIF, None, "scan", True, True, True),
        (NAMED_KIND, Kind.SARIF, None, "other", False, False, False),
        (NAMED_KIND, Kind.UNKNOWN, None, "scan", False, False, False),
    ],
)
def test_what_a_selector_says(
    selector: Selector,
    kind: Kind,
    predicate_type: str | None,
    name: str | None,
    met: bool,  # noqa: FBT001  # expected values
    selected: bool,  # noqa: FBT001  # as above
    named: bool,  # noqa: FBT001  # as above
) -> None:
    """A grant demands all that it names; a demand for judgement takes kinds and types as either."""
    made = material(kind, predicate_type=predicate_type, name=name)
    assert meets(selector, made) is met
    assert selects(selector, made) is selected
    assert names_it(selector, made) is named
