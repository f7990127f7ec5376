"""Expectations on provenance: what each builder writes is met, and each rule refuses alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from attest.errors import DecodeError
from attest.model.builder import HOSTED, RUNNER, SELF_HOSTED, TRUSTED, Builder
from attest.model.expectation import Expectation
from attest.model.trust import Signatory
from tests.aggregate.expect.make import BY_KEY, build, by, material, outcome
from tests.provenance import (
    DELEGATOR,
    GENERATOR,
    GENERIC,
    GO,
    GOOGLE,
    MAIN,
    MAVEN,
    RELEASE,
    REPOSITORY,
    TAGGED,
    V01,
    claims,
    delegated,
    generic,
    google,
    google_v01,
    workflow,
)

TRUSTING = build(builders=TRUSTED)
RELEASED = by(RELEASE)
BY_DELEGATOR = by(DELEGATOR)


def on(ref: str, identity: str = GENERIC) -> Signatory:
    """Return who signed a build of ``ref``."""
    return by(identity, claims(identity, ref))


def changed(predicate: Any, path: str, value: Any) -> Any:
    """Return ``predicate`` with another value at ``path``; ``None`` removes it."""
    made = copy.deepcopy(predicate)
    *way, last = path.split("/")
    place = made
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[int(last) if last.isdigit() else last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return made


@pytest.mark.parametrize(
    ("predicate", "signer"),
    [
        (generic(), by()),
        (generic(GO), by(GO)),
        (delegated(), BY_DELEGATOR),
        (delegated(MAVEN.replace("maven", "gradle")), BY_DELEGATOR),
        (delegated(MAVEN), by(DELEGATOR.replace("generic", "lowperms-generic"))),
    ],
    ids=["generic", "go", "maven", "gradle", "lowperms"],
)
def test_trusted_builders(predicate: Any, signer: Signatory) -> None:
    assert outcome(TRUSTING, material(predicate, signer)) == "met"
    assert outcome(build(source=f"{REPOSITORY}-evil"), material(predicate, signer)) == (
        "SOURCE_MISMATCH"
    )


@pytest.mark.parametrize(
    ("builder", "identity", "code"),
    [
        (RELEASE, RELEASE, "BUILDER_MISMATCH"),
        (GENERIC.replace("v2.1.0", "v2.1"), None, "BUILDER_REF"),
        (GENERIC.replace("v2.1.0", "v2.1.0-rc.1"), None, "BUILDER_REF"),
        (GENERIC.replace("v2.1.0", "v2.1.0+x"), None, "BUILDER_REF"),
        (GENERIC.replace("tags/v2.1.0", "heads/v2.1.0"), None, "BUILDER_REF"),
        (GENERIC.replace("refs/tags/v2.1.0", "main"), None, "BUILDER_REF"),
        (GENERIC.partition("@")[0], None, "BUILDER_REF"),
        (GENERIC.replace("slsa-framework/", "slsa-framework-evil/"), None, "BUILDER_MISMATCH"),
        (GENERIC.replace("generic_slsa3.yml", "generic_slsa3.yml.yml"), None, "BUILDER_MISMATCH"),
        (GENERIC.replace("generator_g", "Generator_g"), None, "BUILDER_MISMATCH"),
        (GENERIC, RELEASE, "PROVENANCE_DISAGREES"),
        (GENERIC, GO, "PROVENANCE_DISAGREES"),
        (GENERIC, GENERIC.replace("v2.1.0", "v1.0.0"), "PROVENANCE_DISAGREES"),
        (GENERIC, DELEGATOR, "PROVENANCE_DISAGREES"),
        ("https://tekton.dev/chains/v2", RELEASE, "PROVENANCE_DISAGREES"),
        (GOOGLE, RELEASE, "PROVENANCE_DISAGREES"),
    ],
)
def test_a_builder_that_is_not_trusted(builder: str, identity: str | None, code: str) -> None:
    given = material(generic(builder), by(identity or builder))
    assert outcome(TRUSTING, given) == code


def test_who_delegates_must_be_signed_for_by_a_release_of_a_delegator() -> None:
    at_main = DELEGATOR.replace("tags/v2.1.0", "heads/main")
    assert outcome(TRUSTING, material(delegated(), by(at_main))) == "PROVENANCE_DISAGREES"
    assert outcome(TRUSTING, material(delegated(), by())) == "PROVENANCE_DISAGREES"
    other = MAVEN.replace("tags/v2.1.0", "heads/main")
    assert outcome(TRUSTING, material(delegated(other), BY_DELEGATOR)) == "BUILDER_REF"
    named = delegated(DELEGATOR)
    assert outcome(build(), material(named, BY_DELEGATOR)) == "PROVENANCE_DISAGREES"
    by_other = by(DELEGATOR, issuer="https://idp.example")
    assert outcome(TRUSTING, material(delegated(), by_other)) == "PROVENANCE_DISAGREES"


def test_a_builder_by_name_and_ref() -> None:
    given = material(generic(), by())
    name = GENERIC.partition("@")[0]
    for text, code in {
        name: "met",
        GENERIC: "met",
        f"{name}@v2.1.0": "met",
        f"{name}@v2.1": "BUILDER_REF",
        f"{name}@refs/heads/main": "BUILDER_REF",
        GO: "BUILDER_MISMATCH",
        GOOGLE: "BUILDER_MISMATCH",
    }.items():
        assert outcome(build(builders=(Builder.parse(text),)), given) == code, text
    at_main = RELEASE
    own = material(workflow(), RELEASED)
    assert outcome(build(builders=(Builder.parse(at_main),)), own) == "met"
    assert outcome(build(builders=(Builder.parse(at_main.partition("@")[0]),)), own) == (
        "BUILDER_REF"
    )


def test_the_runner_as_builder() -> None:
    hosted = build(builders=(Builder(HOSTED),))
    own = build(builders=(Builder(SELF_HOSTED),))
    on_own = by(RELEASE, claims(RELEASE, runner_environment="self-hosted"))
    nowhere = by(RELEASE, claims(RELEASE, runner_environment=None))
    elsewhere = by("https://gitlab.com/x", claims("https://gitlab.com/x"), issuer="https://g.lab")
    for expected, builder, signer, code in (
        (hosted, HOSTED, RELEASED, "met"),
        (hosted, RUNNER, RELEASED, "met"),
        (build(builders=(Builder(RUNNER),)), HOSTED, RELEASED, "met"),
        (own, SELF_HOSTED, on_own, "met"),
        (hosted, SELF_HOSTED, on_own, "BUILDER_MISMATCH"),
        (own, HOSTED, RELEASED, "BUILDER_MISMATCH"),
        (hosted, HOSTED, on_own, "PROVENANCE_DISAGREES"),
        (hosted, RUNNER, on_own, "PROVENANCE_DISAGREES"),
        (own, SELF_HOSTED, RELEASED, "PROVENANCE_DISAGREES"),
        (hosted, HOSTED, nowhere, "EXPECT_UNPROVEN"),
        (hosted, HOSTED, elsewhere, "PROVENANCE_DISAGREES"),
        (hosted, RELEASE, RELEASED, "BUILDER_MISMATCH"),
    ):
        given = material(workflow(builder), signer)
        assert outcome(expected, given) == code, (builder, code)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("invocation/configSource/uri", "git+https://github.com/org/other@refs/heads/main"),
        ("invocation/configSource/uri", "git+https://github.com/org/app@refs/heads/other"),
        ("invocation/configSource/uri", "git+https://github.com/Org/App@refs/heads/main"),
        ("invocation/configSource/uri", "git+https://github.com@evil.example/org/app"),
        ("invocation/configSource/uri", "git+http://github.com/org/app@refs/heads/main"),
        ("invocation/configSource/digest", {"sha1": "0" * 40}),
        ("materials/0/uri", "git+https://github.com/org/other@refs/heads/main"),
        ("materials/0/uri", "git+https://github.com/org/app@refs/tags/v1.2.3"),
        ("materials/0/digest", {"gitCommit": "0" * 40}),
        ("invocation/environment/github_ref", "refs/tags/main"),
        ("invocation/environment/github_sha1", "0" * 40),
    ],
)
def test_a_predicate_that_contradicts_itself(path: str, value: Any) -> None:
    given = material(changed(generic(), path, value), by())
    assert outcome(build(), given) == "PROVENANCE_DISAGREES"
    assert outcome(build(), material(changed(generic(), path, value), BY_KEY)) == (
        "PROVENANCE_DISAGREES"
    )


@pytest.mark.parametrize(
    "claim",
    [
        {"source_repository_uri": "https://github.com/org/other"},
        {"source_repository_uri": "https://github.com/Org/App"},
        {"source_repository_uri": f"{REPOSITORY}/"},
        {"source_repository_uri": None, "github_workflow_repository": "org/other"},
        {"github_workflow_repository": "org/other"},
        {"source_repository_ref": "refs/tags/main"},
        {"source_repository_ref": None, "github_workflow_ref": "refs/heads/other"},
        {"github_workflow_ref": "refs/heads/other"},
        {"source_repository_digest": "0" * 40},
        {"source_repository_digest": None, "github_workflow_sha": "0" * 40},
        {"github_workflow_sha": "0" * 40},
        {"build_signer_uri": GO},
    ],
)
def test_a_certificate_that_contradicts_the_predicate(claim: dict[str, str | None]) -> None:
    given = material(generic(), by(said=claims(**claim)))
    assert outcome(build(), given) == "PROVENANCE_DISAGREES"


def test_a_certificate_without_claims_proves_no_source() -> None:
    assert outcome(build(), material(generic(), by(said={}))) == "EXPECT_UNPROVEN"
    older = claims(source_repository_uri=None, source_repository_ref=None)
    assert outcome(build(branch=MAIN), material(generic(), by(said=older))) == "met"
    without = claims(source_repository_ref=None, github_workflow_ref=None)
    assert outcome(build(branch=MAIN), material(generic(), by(said=without))) == "EXPECT_UNPROVEN"
    elsewhere = by("ci@corp.example", {"github_workflow_repository": "org/app"}, issuer="https://c")
    given = material(google(builder="https://tekton.dev/chains/v2"), elsewhere)
    assert outcome(build(), given) == "EXPECT_UNPROVEN"


def test_builders_that_are_known_sign_by_means_of_their_own() -> None:
    told = {"source_repository_uri": REPOSITORY, "source_repository_ref": MAIN}
    elsewhere = by("https://ci.corp.example/job", told, issuer="https://idp.corp.example")
    for builder in (GENERIC, GOOGLE, HOSTED):
        assert outcome(build(), material(generic(builder), elsewhere)) == "PROVENANCE_DISAGREES"


def test_another_instance_s_certificates_can_prove_a_source() -> None:
    said = generic("https://tekton.dev/chains/v2")
    told = {"source_repository_uri": REPOSITORY, "source_repository_ref": MAIN}
    elsewhere = by("https://ci.corp.example/job", told, issuer="https://idp.corp.example")
    assert outcome(build(branch=MAIN), material(said, elsewhere)) == "met"
    other = build(source="https://github.com/org/other")
    assert outcome(other, material(said, elsewhere)) == "SOURCE_MISMATCH"


LEAVES = {
    "generic": (generic(ref=TAGGED), on(TAGGED), TAGGED),
    "workflow": (workflow(RELEASE), RELEASED, MAIN),
    "delegated": (delegated(), BY_DELEGATOR, MAIN),
}
SILENT = {
    "buildDefinition/externalParameters/workflow/path",
    "buildDefinition/internalParameters/github/event_name",
    "buildDefinition/internalParameters/GITHUB_EVENT_NAME",
    "buildDefinition/internalParameters/GITHUB_EVENT_PAYLOAD/inputs/release",
    "buildDefinition/resolvedDependencies/0/digest/sha1",
    "buildType",
    "invocation/configSource/entryPoint",
    "invocation/environment/github_base_ref",
    "invocation/environment/github_event_name",
    "invocation/environment/github_event_payload/inputs/release",
    "invocation/environment/github_ref_type",
}
"""Values that say nothing of builder, source, ref or commit; a delegated build makes its own."""


def leaves(value: Any, path: str = "") -> list[str]:
    """Return the path of every text in a document."""
    if isinstance(value, str):
        return [path]
    if isinstance(value, dict):
        return [p for key, one in value.items() for p in leaves(one, f"{path}/{key}".strip("/"))]
    found = enumerate(value) if isinstance(value, list) else ()
    return [p for at, one in found for p in leaves(one, f"{path}/{at}")]


@pytest.mark.parametrize("name", LEAVES)
def test_no_other_value_is_met_wherever_it_stands(name: str) -> None:
    """Each text of the predicate and each claim in turn, changed a little and a lot."""
    predicate, signer, ref = LEAVES[name]
    builder = predicate.get("builder") or predicate["runDetails"]["builder"]
    named = build(builders=(Builder.parse(builder["id"]),))
    exact = build(builders=named.build.builders if named.build else (), **_ref(ref))
    assert outcome(exact, material(predicate, signer)) == "met"
    for path in leaves(predicate):
        for value in ("x", "refs/heads/x", f"git+{REPOSITORY}-evil@{ref}", f"{REPOSITORY}/"):
            if path in SILENT:
                continue
            given = changed(predicate, path, value)
            try:
                made = material(given, signer)
            except DecodeError:
                continue
            assert outcome(exact, made) != "met", (path, value)
    said = dict(signer.claims)
    for claim in said.keys() - {"source_repository_owner_uri", "runner_environment"}:
        other = replace(signer, claims=said | {claim: said[claim] + "x"})
        assert outcome(exact, material(predicate, other)) != "met", claim


def _ref(ref: str) -> dict[str, str]:
    return {"tag": ref} if ref.startswith("refs/tags/") else {"branch": ref}


@pytest.mark.parametrize("first", [True, False])
def test_a_variable_in_two_cases_is_two_stories(*, first: bool) -> None:
    said = generic()
    variables = said["invocation"]["environment"]
    stray = {"GITHUB_REF": "refs/heads/stray"}
    said["invocation"]["environment"] = stray | variables if first else variables | stray
    assert outcome(build(), material(said, BY_KEY)) == "PROVENANCE_DISAGREES"
    variables["GITHUB_EVENT_NAME"] = "push"
    said["invocation"]["environment"] = variables
    wanted = build(inputs={"release": "full"})
    assert outcome(wanted, material(said, BY_KEY)) == "EXPECT_UNPROVEN"


def test_a_key_vouches_for_the_predicate() -> None:
    for predicate in (generic(), workflow(), delegated(), google()):
        assert outcome(build(branch=MAIN), material(predicate, BY_KEY)) == "met"
        other = build(source="https://github.com/org/other")
        assert outcome(other, material(predicate, BY_KEY)) == "SOURCE_MISMATCH"


def test_a_predicate_that_names_no_source() -> None:
    bare = changed(changed(generic(), "invocation", None), "materials", None)
    assert outcome(build(), material(bare, by())) == "EXPECT_UNPROVEN"
    assert outcome(build(), material(changed(bare, "buildType", "x"), by())) == "EXPECT_UNPROVEN"
    no_ref = changed(generic(), "invocation/configSource/uri", f"git+{REPOSITORY}")
    no_ref = changed(changed(no_ref, "materials", None), "invocation/environment", {})
    assert outcome(build(), material(no_ref, by())) == "met"
    assert outcome(build(branch=MAIN), material(no_ref, by())) == "EXPECT_UNPROVEN"


def test_an_unknown_build_type_is_not_guessed_at() -> None:
    other = changed(workflow(), "buildDefinition/buildType", "https://example.org/mine")
    given = material(other, RELEASED)
    assert outcome(build(), given) == "BUILD_TYPE_UNKNOWN"
    assert outcome(build(source=None, inputs={"a": "b"}), given) == "BUILD_TYPE_UNKNOWN"
    own = build(source=None, builders=(Builder.parse(RELEASE),))
    assert outcome(own, given) == "met"


@pytest.mark.parametrize(
    ("ref", "expected", "code"),
    [
        (MAIN, {"branch": MAIN}, "met"),
        (MAIN, {"branch": "refs/heads/mai"}, "BRANCH_MISMATCH"),
        (MAIN, {"branch": "refs/heads/Main"}, "BRANCH_MISMATCH"),
        ("refs/tags/main", {"branch": MAIN}, "BRANCH_MISMATCH"),
        ("refs/heads/v1.2.3", {"tag": TAGGED}, "TAG_MISMATCH"),
        (TAGGED, {"tag": TAGGED}, "met"),
        (TAGGED, {"tag": "refs/tags/v1.2.4"}, "TAG_MISMATCH"),
        (TAGGED, {"versioned_tag": "v1"}, "met"),
        (TAGGED, {"versioned_tag": "v1.2"}, "met"),
        (TAGGED, {"versioned_tag": "v1.2.3"}, "met"),
        (TAGGED, {"versioned_tag": "v1.2.4"}, "TAG_VERSION_MISMATCH"),
        (TAGGED, {"versioned_tag": "v1.3"}, "TAG_VERSION_MISMATCH"),
        (TAGGED, {"versioned_tag": "v2"}, "TAG_VERSION_MISMATCH"),
        ("refs/heads/v1.2.3", {"versioned_tag": "v1"}, "TAG_VERSION_MISMATCH"),
        ("refs/tags/v1.2.3-rc1", {"versioned_tag": "v1.2"}, "TAG_VERSION_MISMATCH"),
        ("refs/tags/release", {"versioned_tag": "v1"}, "TAG_VERSION_MISMATCH"),
    ],
)
def test_refs(ref: str, expected: dict[str, str], code: str) -> None:
    assert outcome(build(**expected), material(generic(ref=ref), on(ref))) == code
    if ref != TAGGED or "tag" in expected:
        assert outcome(build(**expected), material(workflow(ref=ref), on(ref, RELEASE))) == code


@pytest.mark.parametrize(
    ("event", "payload", "base", "code"),
    [
        ("push", {"base_ref": MAIN}, "", "met"),
        ("push", {"base_ref": "refs/heads/other"}, "", "BRANCH_MISMATCH"),
        ("push", {"base_ref": None}, "", "BRANCH_MISMATCH"),
        ("push", {}, "main", "met"),
        ("release", {"release": {"target_commitish": "main"}}, "", "met"),
        ("release", {"release": {"target_commitish": "other"}}, "", "BRANCH_MISMATCH"),
        ("workflow_dispatch", {"base_ref": MAIN}, "", "BRANCH_MISMATCH"),
    ],
)
def test_the_branch_of_a_tag(event: str, payload: Any, base: str, code: str) -> None:
    """Only a builder that writes the event itself is believed about it."""
    said = generic(
        ref=TAGGED,
        github_event_name=event,
        github_event_payload=payload,
        github_base_ref=base,
    )
    assert outcome(build(branch=MAIN), material(said, on(TAGGED))) == code
    own = changed(said, "builder/id", RELEASE)
    assert outcome(build(branch=MAIN), material(own, on(TAGGED, RELEASE))) == "BRANCH_MISMATCH"


@pytest.mark.parametrize("ref", ["refs/heads/other", "refs/pull/1/merge"])
def test_the_branch_that_a_change_is_meant_for_is_not_the_one_built(ref: str) -> None:
    said = generic(ref=ref, github_event_name="pull_request", github_base_ref="main")
    assert outcome(build(branch=MAIN), material(said, on(ref))) == "BRANCH_MISMATCH"


def test_workflow_inputs() -> None:
    full, other = build(inputs={"release": "full"}), build(inputs={"release": "no"})
    unknown = build(inputs={"another": "full"})
    for given in (material(generic(), by()), material(delegated(), BY_DELEGATOR)):
        assert outcome(full, given) == "met"
        assert outcome(other, given) == "WORKFLOW_INPUT_MISMATCH"
        assert outcome(unknown, given) == "WORKFLOW_INPUT_MISMATCH"
    pushed = generic(github_event_name="push")
    assert outcome(full, material(pushed, by())) == "EXPECT_UNPROVEN"
    assert outcome(full, material(workflow(), RELEASED)) == "EXPECT_UNPROVEN"
    forged = material(generic(RELEASE), RELEASED)
    assert outcome(build(), forged) == "met"
    assert outcome(full, forged) == "EXPECT_UNPROVEN"
    assert outcome(full, material(generic(RELEASE), BY_KEY)) == "met"
    hosted = build(builders=(Builder(HOSTED),))
    assert outcome(hosted, material(workflow(HOSTED), BY_KEY)) == "met"


def test_google_cloud_build() -> None:
    expected = build(builders=(Builder(GOOGLE),))
    assert outcome(expected, material(google(), BY_KEY)) == "met"
    assert outcome(build(tag=TAGGED), material(google(TAGGED), BY_KEY)) == "met"
    wrong = changed(google(), "buildDefinition/internalParameters/systemSubstitutions", {})
    wrong["buildDefinition"]["internalParameters"]["systemSubstitutions"] = {"TAG_NAME": "main"}
    assert outcome(build(), material(wrong, BY_KEY)) == "PROVENANCE_DISAGREES"
    other = google(builder=f"{GOOGLE}Evil")
    assert outcome(expected, material(other, BY_KEY)) == "BUILDER_MISMATCH"
    kind = changed(google(), "buildDefinition/buildType", "https://example.org/x")
    assert outcome(expected, material(kind, BY_KEY)) == "BUILD_TYPE_UNKNOWN"
    assert outcome(expected, material(google(), by(RELEASE))) == "PROVENANCE_DISAGREES"
    other_issuer = by("robot@corp.example", claims(), issuer="https://idp.example")
    assert outcome(expected, material(google(), other_issuer)) == "PROVENANCE_DISAGREES"


def test_google_s_older_provenance() -> None:
    for version in ("v0.2", "v0.3"):
        given = material(google_v01(version), BY_KEY, predicate_type=V01)
        assert outcome(build(builders=(Builder(GOOGLE),)), given) == "met"
        assert outcome(build(builders=(Builder(GOOGLE, version),)), given) == "met"
        assert outcome(build(builders=(Builder(GOOGLE, "v0.1"),)), given) == "BUILDER_REF"
        assert outcome(build(tag=TAGGED), given) == "met"
        assert outcome(build(branch=MAIN), given) == "BRANCH_MISMATCH"
        assert outcome(build(source=f"{REPOSITORY}2"), given) == "SOURCE_MISMATCH"
    untagged = material(google_v01(tag=None), BY_KEY, predicate_type=V01)
    assert outcome(build(tag=TAGGED), untagged) == "EXPECT_UNPROVEN"
    foreign = google_v01() | {"recipe": {"type": "https://example.org/x"}}
    assert outcome(build(), material(foreign, BY_KEY, predicate_type=V01)) == "BUILD_TYPE_UNKNOWN"


def test_one_signer_must_meet_the_whole() -> None:
    """Two certificates over the same payload are not put together."""
    for_source = by(said=claims(source_repository_ref=None, github_workflow_ref=None))
    for_ref = by(said=claims(source_repository_uri=None, github_workflow_repository=None))
    expected = build(branch=MAIN)
    assert outcome(expected, material(generic(), for_source, for_ref)) == "EXPECT_UNPROVEN"
    assert outcome(expected, material(generic(), for_source, by())) == "met"


def test_only_the_signers_that_are_asked_for_count() -> None:
    stranger = by(name="stranger")
    bare = by(said={}, name="ci")
    given = material(generic(), bare, stranger)
    assert outcome(build(), given) == "met"
    assert outcome(build(), given, "stranger") == "met"
    assert outcome(build(), given, "ci") == "EXPECT_UNPROVEN"
    assert outcome(build(), given, "nobody") == "EXPECT_UNPROVEN"


def test_something_else_than_provenance() -> None:
    other = material({"x": 1}, by(), predicate_type="https://example.org/x")
    assert outcome(build(), other) == "EXPECT_PREDICATE"
    assert outcome(Expectation(), other) == "met"
    assert GENERATOR in GENERIC
