"""Which evidence reaches which policy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from attest.aggregate.document import document
from attest.aggregate.select import kept, tasks
from attest.errors import AttestError
from attest.model.material import Kind, Problem
from attest.model.policy import Attachment
from attest.plan import Selector
from tests.aggregate.make import APP, OTHER, material, piece, policy, source


def test_only_evidence_about_the_target() -> None:
    mine, theirs = piece(material(), "a"), piece(material(about=OTHER), "b")
    (task,) = tasks(policy(), source(), APP, (mine, theirs))
    assert task.pieces == (mine,)


def test_refused_evidence_reaches_no_policy() -> None:
    bad = piece(material(), problem=Problem("SIGNER_ROLE", "", ""))
    assert tasks(policy(), source(), APP, (bad,)) == ()


def test_a_policy_gets_the_kinds_it_asks_for() -> None:
    scan, test = piece(material(), "a"), piece(material(Kind.TEST_RESULT), "b")
    (task,) = tasks(policy("SARIF"), source(), APP, (scan, test))
    assert task.pieces == (scan,)
    assert task.selected


def test_an_untargeted_policy_gets_everything_known_and_need_not_decide_each() -> None:
    scan, test = piece(material(), "a"), piece(material(Kind.TEST_RESULT), "b")
    found = tasks(policy(), source(), APP, (scan, test))
    assert [task.pieces for task in found] == [(scan,), (test,)]
    assert not any(task.selected for task in found)


def test_unknown_evidence_is_judged_only_by_whoever_names_it() -> None:
    made = piece(material(Kind.UNKNOWN, predicate_type="https://example.test/x"))
    assert tasks(policy(), source(), APP, (made,)) == ()
    named = source(applies=Selector(predicate_types=("https://example.test/x",)))
    assert len(tasks(policy(), named, APP, (made,))) == 1
    assert len(tasks(policy("UNKNOWN"), source(), APP, (made,))) == 1


def test_names_come_from_signed_content() -> None:
    named = source(applies=Selector(names=("nightly",)))
    assert tasks(policy(), named, APP, (piece(material(), "nightly"),)) == ()
    assert len(tasks(policy(), named, APP, (piece(material(name="nightly")),))) == 1


def test_one_material_is_handed_over_byte_for_byte() -> None:
    (task,) = tasks(policy(), source(), APP, (piece(material(document=b'{"a": 1.0}')),))
    assert document(task) == b'{"a": 1.0}'


def test_all_materials_stand_in_one_array_with_what_was_proven() -> None:
    pieces = (piece(material(document=b'{"a": 1.0}')), piece(material(Kind.TEST_RESULT), "b"))
    (task,) = tasks(policy(), source(combine=True), APP, pieces)
    text = document(task)
    assert b'"document": {"a": 1.0}' in text
    entries = json.loads(text)
    assert [entry["kind"] for entry in entries] == ["SARIF", "TEST_RESULT"]
    assert entries[0]["signers"] == ["scan"]


def test_all_of_nothing_is_no_question() -> None:
    bad = piece(material(), problem=Problem("SIGNER_ROLE", "", ""))
    assert tasks(policy(), source(combine=True), APP, (bad,)) == ()
    (task,) = tasks(policy("SARIF"), source(combine=True), APP, (piece(material()),))
    assert (task.selected, task.combined) == (True, True)


def test_what_the_plan_selects_by_kind_must_be_decided() -> None:
    by_plan = source(applies=Selector(kinds=(Kind.SARIF,)))
    (task,) = tasks(policy(), by_plan, APP, (piece(material()),))
    assert task.selected
    (task,) = tasks(policy("SARIF"), source(), APP, (piece(material()),))
    assert task.selected


def test_a_waiver_is_judged_only_by_whoever_names_its_kind() -> None:
    made = piece(material(Kind.WAIVER))
    assert tasks(policy(), source(applies=Selector(names=())), APP, (made,)) == ()
    kinds = source(applies=Selector(kinds=(Kind.WAIVER,)))
    assert len(tasks(policy(), kinds, APP, (made,))) == 1
    assert tasks(policy("SARIF"), kinds, APP, (made,)) == ()


IN_GROUP = tuple(
    replace(policy(name=name), attachment=Attachment("team"))
    for name in ("team/cve", "team/licences/SARIF", "team/licences/2/SARIF")
)


def test_a_policy_of_a_group_is_skipped_by_its_own_name() -> None:
    alone = policy(name="alone")
    assert kept((*IN_GROUP, alone), (), "policies[0]") == (*IN_GROUP, alone)
    assert kept((*IN_GROUP, alone), ("licences",), "policies[0]") == (IN_GROUP[0], alone)


@pytest.mark.parametrize(
    ("skip", "code"),
    [
        (("licence",), "SKIP_UNKNOWN"),
        (("team",), "SKIP_UNKNOWN"),
        (("alone",), "SKIP_UNKNOWN"),
        (("cve", "licences"), "POLICY_BUNDLE_EMPTY"),
    ],
)
def test_nothing_is_skipped_by_mistake(skip: tuple[str, ...], code: str) -> None:
    found = IN_GROUP if code == "POLICY_BUNDLE_EMPTY" else (*IN_GROUP, policy(name="alone"))
    with pytest.raises(AttestError) as caught:
        kept(found, skip, "policies[0]")
    assert (caught.value.code, caught.value.where) == (code, "policies[0]")


def test_what_could_be_skipped_is_named() -> None:
    with pytest.raises(AttestError, match="cve, licences"):
        kept(IN_GROUP, ("licence",), "policies[0]")
    with pytest.raises(AttestError, match="none"):
        kept((policy(name="alone"),), ("alone",), "policies[0]")
