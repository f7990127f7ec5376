"""Rule 1: what a piece of evidence is about."""

from __future__ import annotations

from dataclasses import replace

from attest.aggregate.types import Target
from attest.model.digest import Digest
from attest.model.material import Problem, Subject
from tests.aggregate.make import APP, OTHER, material, piece

BOTH = Target("app", (Digest.of(b"app"), Digest.of(b"app", "sha512")))


def test_about_the_target_whose_digest_it_names() -> None:
    assert piece(material()).relates_to(APP)
    assert not piece(material(about=OTHER)).relates_to(APP)


def test_a_statement_is_about_its_own_subjects_whatever_the_plan_says() -> None:
    foreign = replace(piece(material(about=OTHER)), about=frozenset({APP.name}))
    assert not foreign.relates_to(APP)


def test_the_plan_speaks_for_a_document_without_subjects() -> None:
    bare = replace(material(), subjects=())
    assert replace(piece(bare), about=frozenset({APP.name})).relates_to(APP)
    assert not replace(piece(bare), about=frozenset({"other"})).relates_to(APP)
    assert not piece(bare).relates_to(APP)


def test_a_digest_that_contradicts_unbinds() -> None:
    half_wrong = Subject("app", (Digest.of(b"other"), Digest.of(b"app", "sha512")))
    assert not half_wrong.names(BOTH.digests)
    assert Subject("app", BOTH.digests).names(BOTH.digests)
    assert Subject("app", BOTH.digests).names(APP.digests)
    assert not Subject("app", (Digest.of(b"app", "sha384"),)).names(BOTH.digests)


def test_accepted_is_what_was_decoded_and_has_no_problem() -> None:
    good = piece(material())
    assert good.accepted
    assert not replace(good, material=None).accepted
    assert not replace(good, problem=Problem("SIGNER_ROLE", "", "")).accepted


def test_what_was_not_decoded_relates_to_nothing() -> None:
    unread = replace(piece(material()), material=None)
    assert not unread.relates_to(APP)
    assert not replace(unread, about=frozenset({APP.name})).relates_to(APP)
