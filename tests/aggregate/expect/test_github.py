"""What GitHub's certificate must say, each rule by itself."""

from __future__ import annotations

import pytest

from attest.model.trust import Signatory
from tests.aggregate.expect.make import BY_KEY, build, by, github, material, outcome
from tests.provenance import MAIN, RELEASE, REPOSITORY, claims, workflow

ORG = "https://github.com/org"
SHARED = "https://github.com/shared/ci/.github/workflows/build.yml@refs/tags/v1.0.0"


def signed(identity: str = RELEASE, **changes: str | None) -> Signatory:
    return by(identity, claims(identity, **changes))


def test_owner_and_repository() -> None:
    given = material(workflow(), signed())
    assert outcome(github(owner=ORG), given) == "met"
    assert outcome(github(owner=f"{ORG}-evil"), given) == "OWNER_MISMATCH"
    assert outcome(github(owner="https://github.com/or"), given) == "OWNER_MISMATCH"
    sold = signed(source_repository_owner_uri="https://github.com/other")
    assert outcome(github(owner=ORG), material(workflow(), sold)) == "OWNER_MISMATCH"
    assert outcome(github(repository=REPOSITORY), given) == "met"
    assert outcome(github(repository=f"{REPOSITORY}-evil"), given) == "SOURCE_MISMATCH"
    assert outcome(github(repository="https://github.com/org/ap"), given) == "SOURCE_MISMATCH"


def test_an_older_certificate_names_the_owner_in_the_repository() -> None:
    older = signed(source_repository_owner_uri=None, source_repository_uri=None)
    assert outcome(github(owner=ORG), material(workflow(), older)) == "met"
    assert outcome(github(owner=f"{ORG}x"), material(workflow(), older)) == "OWNER_MISMATCH"


@pytest.mark.parametrize("expected", [{"owner": ORG}, {"repository": REPOSITORY}])
def test_a_certificate_that_names_nothing(expected: dict[str, str]) -> None:
    bare = by(RELEASE, {})
    assert outcome(github(**expected), material(workflow(), bare)) == "EXPECT_UNPROVEN"
    assert outcome(github(**expected), material(workflow(), BY_KEY)) == "EXPECT_UNPROVEN"
    foreign = by(RELEASE, issuer="https://idp.example")
    assert outcome(github(**expected), material(workflow(), foreign)) == "EXPECT_UNPROVEN"


def test_the_called_workflow_signs_not_its_caller() -> None:
    given = material(workflow(SHARED), signed(SHARED))
    name = SHARED.partition("@")[0]
    for expected, code in {
        SHARED: "met",
        name: "met",
        RELEASE: "SIGNER_WORKFLOW_MISMATCH",
        RELEASE.partition("@")[0]: "SIGNER_WORKFLOW_MISMATCH",
        f"{name}@{MAIN}": "SIGNER_WORKFLOW_MISMATCH",
        name.removesuffix(".yml"): "SIGNER_WORKFLOW_MISMATCH",
        name.removesuffix("l"): "SIGNER_WORKFLOW_MISMATCH",
    }.items():
        assert outcome(github(workflow=expected, repository=REPOSITORY), given) == code


def test_runners() -> None:
    hosted = github(hosted=True)
    assert outcome(hosted, material(workflow(), signed())) == "met"
    own = signed(runner_environment="self-hosted")
    assert outcome(hosted, material(workflow(), own)) == "RUNNER_SELF_HOSTED"
    assert outcome(github(repository=REPOSITORY), material(workflow(), own)) == "met"
    silent = signed(runner_environment=None)
    assert outcome(hosted, material(workflow(), silent)) == "RUNNER_SELF_HOSTED"


def test_provenance_must_agree_even_where_only_the_certificate_is_asked() -> None:
    other = workflow(repository="https://github.com/org/other")
    assert outcome(github(repository=REPOSITORY), material(other, signed())) == (
        "PROVENANCE_DISAGREES"
    )
    sbom = material({"x": 1}, signed(), predicate_type="https://example.org/sbom")
    assert outcome(github(repository=REPOSITORY), sbom) == "met"
    assert outcome(build(), sbom) == "EXPECT_PREDICATE"
