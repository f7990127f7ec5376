"""Who speaks as evidence, by name and as a principal."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from attest.aggregate.witnesses import principal, witnesses
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.material import Kind
from attest.model.trust import Signatory, Threshold, Trust
from attest.plan import AcceptRule, Document, Plan, Selector
from tests.aggregate.make import material, piece, requirement

KEY = Digest.of(b"key")


class _Plan:
    """As much of a plan as says who may speak."""

    def __init__(self, **parts: object) -> None:
        self.trust = parts.get("trust", Trust({}, {}))
        self.accept: object = parts.get("accept", ())
        self.required: object = parts.get("required", ())
        self.documents: object = parts.get("documents", ())


@pytest.mark.parametrize(
    "parts",
    [
        {"accept": (AcceptRule(Selector(), ("scan",)),)},
        {"required": (requirement(signed_by=("scan",)),)},
        {
            "documents": (
                Document(Reference("file", "x"), Kind.SARIF, "documents[0]", signed_by=("scan",)),
            )
        },
    ],
)
def test_whoever_the_plan_lets_speak_is_one(parts: dict[str, object]) -> None:
    found = witnesses(cast("Plan", _Plan(**parts)), ())
    assert found.include([Signatory("x", KEY), Signatory("scan", KEY)])
    assert not found.include([Signatory("security", KEY)])
    assert not found.include([])


def test_the_members_of_a_threshold_speak_with_it() -> None:
    several = {
        "two": Threshold("two", 2, ("alice", "bob")),
        "others": Threshold("others", 2, ("carol", "dave")),
    }
    plan = _Plan(
        trust=Trust({}, {}, thresholds=several), required=(requirement(signed_by=("two",)),)
    )
    found = witnesses(cast("Plan", plan), ())
    assert found.names == {"two", "alice", "bob"}


def test_whoever_spoke_is_one_under_any_name() -> None:
    made = material(signer="scan")
    nobody = replace(piece(made), verified=None)
    plan = cast("Plan", _Plan())
    key = made.verified.signers[0].key
    assert witnesses(plan, [nobody, piece(made)]).include([Signatory("security", key)])
    assert not witnesses(plan, [piece(made)]).include([Signatory("security", KEY)])
    assert not witnesses(plan, [nobody]).include([Signatory("security", key)])


def test_an_identity_is_a_principal_whatever_its_key() -> None:
    assert principal(KEY, None, None) == str(KEY)
    assert principal(KEY, "https://idp", "a@b") == principal(Digest.of(b"x"), "https://idp", "a@b")
    assert principal(KEY, "https://other", "a@b") != principal(KEY, "https://idp", "a@b")
