"""``expect:``: what it holds, and every way in which it can mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.config.explain import explain
from attest.model.builder import Builder
from attest.model.digest import Digest
from attest.model.expectation import (
    BuildExpectation,
    Expectation,
    GitHubExpectation,
    SummaryExpectation,
)
from tests.config.plans import HEX, evidence_with, load, policy_with, refused

BUILDER = "https://github.com/org/b/.github/workflows/b.yml"


def required(expect: str, what: str = "kind: SLSA_PROVENANCE, signed_by: [rel]") -> str:
    """Return a plan that requires evidence which is expected to say something."""
    return evidence_with(
        f"sources: ['dir:e'], accept: [{{signed_by: [rel]}}],"
        f" required: [{{{what}, expect: {{{expect}}}}}]"
    )


def test_what_is_expected_of_provenance(tmp_path: Path) -> None:
    keys = (
        "slsa_source: github.com/org/app, slsa_branch: main, slsa_tag: v1.2.3,"
        f" slsa_versioned_tag: v1.2, slsa_builder: {BUILDER}@v1.0.0,"
        " slsa_workflow_inputs: {release: full}, github_owner: org, github_repo: org/app,"
        " github_signer_workflow: org/app/.github/workflows/r.yml, deny_self_hosted_runners: true"
    )
    (requirement,) = load(tmp_path, required(keys)).required
    assert requirement.expect == Expectation(
        BuildExpectation(
            "https://github.com/org/app",
            "refs/heads/main",
            "refs/tags/v1.2.3",
            "v1.2",
            (Builder(BUILDER, "refs/tags/v1.0.0"),),
            {"release": "full"},
        ),
        GitHubExpectation(
            "https://github.com/org",
            "https://github.com/org/app",
            "https://github.com/org/app/.github/workflows/r.yml",
            hosted=True,
        ),
    )


def test_what_is_expected_of_summaries(tmp_path: Path) -> None:
    keys = (
        "vsa_verifier: v, vsa_resource: r, vsa_levels: [A, B], vsa_dependency_levels: [C],"
        f" vsa_policy_digest: 'sha256:{HEX}'"
    )
    (requirement,) = load(tmp_path, required(keys, "kind: VSA, signed_by: [rel]")).required
    expected = SummaryExpectation("v", "r", ("A", "B"), ("C",), Digest("sha256", HEX))
    assert requirement.expect == Expectation(summary=expected)
    keys = "svr_verifier: v, svr_properties: [A]"
    (requirement,) = load(tmp_path, required(keys, "kind: SVR, signed_by: [rel]")).required
    assert requirement.expect == Expectation(summary=SummaryExpectation("v", None, ("A",)))


def test_what_is_expected_of_a_policy(tmp_path: Path) -> None:
    """Whoever signs it attests it too, unless others are named."""
    (policy,) = load(tmp_path, policy_with("expect: {slsa_source: github.com/org/p}")).policies
    assert policy.expect is not None
    assert policy.expect.signed_by == ("rel",)
    named = policy_with("expect: {slsa_source: github.com/org/p, signed_by: [sec]}")
    (policy,) = load(tmp_path, named).policies
    assert policy.expect is not None
    assert policy.expect.signed_by == ("sec",)
    assert policy.expect.expectation.build == BuildExpectation("https://github.com/org/p")


def test_without_it_nothing_is_expected(tmp_path: Path) -> None:
    plan = load(tmp_path, policy_with("engine: rego"))
    assert plan.policies[0].expect is None
    assert Expectation().words() == ""


def test_it_is_told_in_plain_words(tmp_path: Path) -> None:
    keys = "slsa_source: github.com/org/app, slsa_workflow_inputs: {a: b}, github_owner: org"
    text = "\n".join(explain(load(tmp_path, required(keys))))
    assert (
        "expecting source https://github.com/org/app, input a=b, owner https://github.com/org"
        in text
    )
    keys = "vsa_verifier: v, vsa_resource: r, vsa_levels: [A, B]"
    text = "\n".join(explain(load(tmp_path, required(keys, "kind: VSA, signed_by: [rel]"))))
    assert "expecting verifier v, resource r, level A, level B" in text
    text = "\n".join(explain(load(tmp_path, policy_with("expect: {github_owner: org}"))))
    assert "attested by rel with owner https://github.com/org" in text


@pytest.mark.parametrize(
    ("keys", "what", "code"),
    [
        ("", "kind: SLSA_PROVENANCE", "CONFIG_MISSING_KEY"),
        ("slsa_sorce: x", "kind: SLSA_PROVENANCE", "CONFIG_UNKNOWN_KEY"),
        ("signed_by: [rel]", "kind: SLSA_PROVENANCE", "CONFIG_UNKNOWN_KEY"),
        ("slsa_source: 'github.com/org/app@v1'", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("slsa_branch: refs/tags/v1", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("slsa_tag: refs/heads/v1", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("slsa_versioned_tag: '1.2'", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("slsa_builder: b.yml", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("slsa_workflow_inputs: [a]", "kind: SLSA_PROVENANCE", "CONFIG_TYPE"),
        ("slsa_workflow_inputs: {}", "kind: SLSA_PROVENANCE", "CONFIG_VALUE"),
        ("github_owner: org/app", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("github_repo: org", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("github_signer_workflow: r.yml", "kind: SLSA_PROVENANCE", "EXPECT_MALFORMED"),
        ("deny_self_hosted_runners: 'yes'", "kind: SLSA_PROVENANCE", "CONFIG_TYPE"),
        ("slsa_source: org/app", "kind: SARIF", "CONFIG_VALUE"),
        ("vsa_verifier: v", "kind: VSA, signed_by: [rel]", "CONFIG_MISSING_KEY"),
        ("vsa_resource: r", "kind: VSA, signed_by: [rel]", "CONFIG_MISSING_KEY"),
        ("vsa_levels: [A]", "kind: VSA, signed_by: [rel]", "CONFIG_MISSING_KEY"),
        ("svr_verifier: v", "kind: SVR, signed_by: [rel]", "CONFIG_MISSING_KEY"),
        ("svr_properties: [A]", "kind: SVR, signed_by: [rel]", "CONFIG_MISSING_KEY"),
        ("vsa_verifier: v, vsa_resource: r", "kind: VSA", "CONFIG_MISSING_KEY"),
        (
            "vsa_verifier: v, vsa_resource: r, slsa_source: org/app",
            "kind: VSA, signed_by: [rel]",
            "CONFIG_VALUE",
        ),
        (
            "vsa_verifier: v, vsa_resource: r, vsa_policy_digest: ab",
            "kind: VSA, signed_by: [rel]",
            "EXPECT_MALFORMED",
        ),
    ],
)
def test_refused(tmp_path: Path, keys: str, what: str, code: str) -> None:
    refused(tmp_path, required(keys, what), code)


@pytest.mark.parametrize(
    "what",
    [
        "kind: VSA",
        "kind: SVR",
        "predicate_type: 'https://slsa.dev/verification_summary/v1'",
        "predicate_type: 'https://slsa.dev/verification_summary/v0.2'",
        "predicate_type: 'https://in-toto.io/attestation/svr/v0.1'",
        "predicate_type: 'https://in-toto.io/attestation/svr/v0.2'",
    ],
)
def test_a_summary_is_nobody_s_word_without_signer_and_verifier(tmp_path: Path, what: str) -> None:
    plain = evidence_with(
        "sources: ['dir:e'], accept: [{signed_by: [rel]}],"
        f" required: [{{{what}, signed_by: [rel]}}]"
    )
    refused(tmp_path, plain, "CONFIG_MISSING_KEY")
    unsigned = evidence_with(
        f"sources: ['dir:e'], accept: [{{signed_by: [rel]}}], required: [{{{what}}}]"
    )
    refused(tmp_path, unsigned, "CONFIG_MISSING_KEY")
