"""`evidence:` and `waivers:`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.material import Kind
from attest.plan import (
    AcceptRule,
    Document,
    EvidenceSource,
    Requirement,
    Selector,
    WaiverRules,
)
from tests.config.plans import HEX, evidence_with, load, plan_text, refused

SLSA = "https://slsa.dev/provenance/v1"
ACCEPT = "accept: [{signed_by: [rel]}]"


def test_evidence_in_full(tmp_path: Path) -> None:
    text = evidence_with(
        "sources: ['dir:a', {source: 'dir:b'}], "
        f"accept: [{{predicate_types: [{SLSA}], signed_by: [rel]}}, "
        "{kinds: [SARIF], signed_by: [rel, sec]}], "
        f"documents: [{{path: s.sarif, kind: SARIF, sha256: {HEX}}}, "
        "{path: t.xml, kind: TEST_RESULT, signed_by: [sec], about: [app, lib]}], "
        "required: [{kind: SARIF, signed_by: [rel], max_age: 24h, at_least: 2, rules: [R1]}, "
        f"{{predicate_type: {SLSA}}}]"
    )
    plan = load(tmp_path, text)
    assert plan.sources == (
        EvidenceSource(Reference("dir", "a")),
        EvidenceSource(Reference("dir", "b")),
    )
    assert plan.accept == (
        AcceptRule(Selector(predicate_types=(SLSA,)), ("rel",)),
        AcceptRule(Selector(kinds=(Kind.SARIF,)), ("rel", "sec")),
    )
    assert plan.documents == (
        Document(
            Reference("file", "s.sarif"), Kind.SARIF, "evidence.documents[0]",
            pin=Digest("sha256", HEX),
        ),
        Document(
            Reference("file", "t.xml"), Kind.TEST_RESULT, "evidence.documents[1]",
            signed_by=("sec",), about=("app", "lib"),
        ),
    )  # fmt: skip
    assert plan.documents[0].source.base == str(tmp_path)
    assert plan.required == (
        Requirement(
            Selector(kinds=(Kind.SARIF,)), "evidence.required[0]", ("rel",), timedelta(days=1), 2,
            ("R1",),
        ),
        Requirement(Selector(predicate_types=(SLSA,)), "evidence.required[1]"),
    )  # fmt: skip
    assert plan.weakened == ()


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("sources: ['dir:a']", "CONFIG_MISSING_KEY"),
        ("sources: ['dir:a'], accept: []", "TRUST_EMPTY"),
        ("sources: ['dir:a'], accept: [{signed_by: []}]", "TRUST_EMPTY"),
        ("sources: ['dir:a'], accept: [{kinds: [SARIF]}]", "CONFIG_MISSING_KEY"),
        ("sources: ['dir:a'], accept: [{signed_by: [x]}]", "SIGNER_UNKNOWN"),
        (f"sources: [], {ACCEPT}", "CONFIG_VALUE"),
        (f"sources: 'dir:a', {ACCEPT}", "CONFIG_TYPE"),
        (f"sources: [['dir:a']], {ACCEPT}", "CONFIG_TYPE"),
        (f"sources: [{{source: 'dir:a', on_refused: pass}}], {ACCEPT}", "CONFIG_VALUE"),
        (f"sources: [{{on_refused: warn}}], {ACCEPT}", "CONFIG_MISSING_KEY"),
        ("acept: []", "CONFIG_UNKNOWN_KEY"),
        ("documents: []", "CONFIG_VALUE"),
        ("documents: [{path: a, kind: SARIF}]", "CONFIG_MISSING_KEY"),
        (f"documents: [{{path: a, kind: SARIF, sha256: {HEX}, signed_by: [rel]}}]",
         "CONFIG_VALUE"),
        ("documents: [{path: a, kind: SARIF, signed_by: []}]", "TRUST_EMPTY"),
        (f"documents: [{{path: a, sha256: {HEX}}}]", "CONFIG_MISSING_KEY"),
        (f"documents: [{{kind: SARIF, sha256: {HEX}}}]", "CONFIG_MISSING_KEY"),
        (f"documents: [{{path: a, kind: SIGNATURE, sha256: {HEX}}}]", "CONFIG_VALUE"),
        (f"documents: [{{path: a, kind: WAIVER, sha256: {HEX}}}]", "CONFIG_VALUE"),
        (f"documents: [{{path: a, kind: SARIF, sha256: {HEX}, about: app}}]", "CONFIG_VALUE"),
        (f"documents: [{{path: a, kind: SARIF, sha256: {HEX}, about: []}}]", "CONFIG_VALUE"),
        ("required: [{}]", "CONFIG_MISSING_KEY"),
        ("required: [{kind: SARIF, expect: {slsa_source: org/app}}]", "CONFIG_VALUE"),
        ("required: [{kind: SARIF, signed_by: []}]", "TRUST_EMPTY"),
        ("required: [{kind: SARIF, max_age: 24}]", "DURATION_INVALID"),
        ("required: [{kind: SARIF, max_age: 0s}]", "DURATION_INVALID"),
        ("required: [{kind: SARIF, at_least: 0}]", "CONFIG_VALUE"),
        ("required: [{kind: SARIF, rules: []}]", "CONFIG_VALUE"),
        ("required: [{kind: [SARIF]}]", "CONFIG_TYPE"),
        ("required: [{kinds: [SARIF]}]", "CONFIG_UNKNOWN_KEY"),
    ],
)  # fmt: skip
def test_refused_evidence(tmp_path: Path, keys: str, code: str) -> None:
    error = refused(tmp_path, evidence_with(keys), code)
    assert error.message.startswith("evidence")


def test_listing_refused_evidence_only_is_weakening(tmp_path: Path) -> None:
    text = evidence_with(f"sources: [{{source: 'dir:a', on_refused: warn}}], {ACCEPT}")
    plan = load(tmp_path, text)
    assert plan.sources == (EvidenceSource(Reference("dir", "a"), "warn"),)
    assert [(w.option, w.where) for w in plan.weakened] == [
        ("on_refused", "evidence.sources[0].on_refused")
    ]
    text = evidence_with(f"sources: [{{source: 'dir:a', on_refused: fail}}], {ACCEPT}")
    assert load(tmp_path, text).weakened == ()


def test_nothing_need_be_required(tmp_path: Path) -> None:
    assert load(tmp_path, evidence_with("required: []")).required == ()
    assert load(tmp_path, plan_text(evidence="")).sources == ()


def test_waivers(tmp_path: Path) -> None:
    text = plan_text(
        more="waivers: {sources: ['dir:w'], signed_by: [sec], max_duration: 30d, "
        "warn_before: 1d, allow_rule_wide: false}\n"
    )
    plan = load(tmp_path, text)
    assert plan.waivers == WaiverRules(
        (Reference("dir", "w"),), ("sec",), timedelta(days=30), timedelta(days=1)
    )
    assert plan.weakened == ()
    assert load(tmp_path, plan_text()).waivers == WaiverRules()


def test_far_reaching_waivers_are_weakening(tmp_path: Path) -> None:
    more = (
        "waivers: {sources: ['dir:w'], signed_by: [sec], max_duration: 91d, "
        "allow_rule_wide: true}\n"
    )
    plan = load(tmp_path, plan_text(more=more))
    assert plan.waivers.allow_rule_wide
    assert [w.where for w in plan.weakened] == ["waivers.max_duration", "waivers.allow_rule_wide"]


def test_the_longest_waiver_by_default_weakens_nothing(tmp_path: Path) -> None:
    more = "waivers: {sources: ['dir:w'], signed_by: [sec], max_duration: 90d}\n"
    assert load(tmp_path, plan_text(more=more)).weakened == ()


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("signed_by: [sec]", "CONFIG_MISSING_KEY"),
        ("sources: ['dir:w']", "CONFIG_MISSING_KEY"),
        ("sources: ['dir:w'], signed_by: []", "TRUST_EMPTY"),
        ("sources: [], signed_by: [sec]", "CONFIG_VALUE"),
        ("sources: ['dir:w'], signed_by: [secc]", "SIGNER_UNKNOWN"),
        ("sources: ['dir:w'], signed_by: [sec], max_duration: long", "DURATION_INVALID"),
        ("sources: ['dir:w'], signed_by: [sec], on_refused: warn", "CONFIG_UNKNOWN_KEY"),
    ],
)
def test_refused_waivers(tmp_path: Path, keys: str, code: str) -> None:
    refused(tmp_path, plan_text(more=f"waivers: {{{keys}}}\n"), code)


def test_what_is_refused_beside_the_artifact_is_only_listed_unless_the_plan_says(
    tmp_path: Path,
) -> None:
    """Strangers may write there; so `warn`, which is the default there, weakens nothing."""
    sources = (
        "'oci:referrers', {source: 'oci:referrers', on_refused: warn},"
        " {source: 'oci:referrers', on_refused: fail}"
    )
    plan = load(tmp_path, evidence_with(f"sources: [{sources}], accept: [{{signed_by: [rel]}}]"))
    assert [source.on_refused for source in plan.sources] == ["warn", "warn", "fail"]
    assert all(source.beside for source in plan.sources)
    assert plan.weakened == ()
