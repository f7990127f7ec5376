"""The options of ``attest verify`` that say what is expected, and whom that trusts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from attest.cli.groups import gathered
from attest.errors import UsageError
from attest.model.frozen import frozen

if TYPE_CHECKING:
    from attest.model.builder import Builder
    from attest.model.expectation import (
        BuildExpectation,
        Expectation,
        GitHubExpectation,
        SummaryExpectation,
    )

_T = TypeVar("_T")


@frozen
class Expected:
    """The options that say what a statement and its certificate must say."""

    slsa_source: str | None
    slsa_branch: str | None
    slsa_tag: str | None
    slsa_versioned_tag: str | None
    slsa_builder: str | None
    slsa_workflow_inputs: tuple[str, ...]
    github_owner: str | None
    github_repo: str | None
    github_signer_workflow: str | None
    deny_self_hosted_runners: bool
    vsa_verifier: str | None
    vsa_resource: str | None
    vsa_levels: tuple[str, ...]
    vsa_dependency_levels: tuple[str, ...]
    vsa_policy_digest: str | None
    svr_verifier: str | None
    svr_properties: tuple[str, ...]
    key_id: str | None

    def given(self, *prefixes: str) -> bool:
        """Tell whether any option whose name begins so was given."""
        names = (one.name for one in fields(self) if one.name.startswith(prefixes))
        return any(getattr(self, name) not in {None, (), False} for name in names)


def _option(name: str, metavar: str, text: str) -> Callable[..., Any]:
    return click.option(name, metavar=metavar, help=text)


def _several(name: str, field: str, metavar: str, text: str) -> Callable[..., Any]:
    return click.option(name, field, multiple=True, metavar=metavar, help=text)


expected_options = gathered(
    "expected",
    Expected,
    _option("--slsa-source", "REPO", "The repository built from, such as github.com/org/app."),
    _option("--slsa-branch", "NAME", "The branch built from."),
    _option("--slsa-tag", "NAME", "The tag built from."),
    _option("--slsa-versioned-tag", "vX[.Y[.Z]]", "The version of the tag built from."),
    _option("--slsa-builder", "ID[@REF]", "The builder; without REF at a release tag."),
    _several(
        "--slsa-workflow-input",
        "slsa_workflow_inputs",
        "NAME=VALUE",
        "An input of a workflow that somebody started.",
    ),
    _option("--github-owner", "OWNER", "Whose repository, by GitHub's certificate."),
    _option("--github-repo", "OWNER/REPO", "Which repository, by GitHub's certificate."),
    _option("--github-signer-workflow", "PATH[@REF]", "The workflow that signed, as called."),
    click.option(
        "--deny-self-hosted-runners", is_flag=True, help="Demand a runner of GitHub's own."
    ),
    _option("--vsa-verifier", "ID", "The verifier that the signer may speak for."),
    _option("--vsa-resource", "URI", "The resource that a summary must be about."),
    _several("--vsa-level", "vsa_levels", "LEVEL", "A level that a summary must state."),
    _several(
        "--vsa-dependency-level",
        "vsa_dependency_levels",
        "LEVEL",
        "A level that every dependency must have.",
    ),
    _option("--vsa-policy-digest", "sha256:HEX", "The policy that was verified against."),
    _option("--svr-verifier", "ID", "The verifier of an in-toto verification result."),
    _several("--svr-property", "svr_properties", "NAME", "A property that it must state."),
    _option("--key-id", "ID", "Demand this key id on a signature; the key decides all the same."),
)


def expectation(expected: Expected) -> Expectation:
    """Return what the options expect; raise `UsageError` for what can mean nothing."""
    from attest.model.expectation import Expectation

    kinds = [kind for kind in ("slsa_", "vsa_", "svr_") if expected.given(kind)]
    if len(kinds) > 1:
        options = " and ".join(f"--{kind.replace('_', '-')}…" for kind in kinds)
        raise UsageError("OPTION_CONFLICT", f"{options} are about different statements")
    return Expectation(
        _build(expected) if expected.given("slsa_") else None,
        _github(expected) if expected.given("github_", "deny_") else None,
        _vsa(expected) if expected.given("vsa_") else _svr(expected),
    )


def with_trusted_builders(wanted: Expectation, *, npm: bool) -> Expectation:
    """Name the trusted builders where no builder and no signer is named."""
    from dataclasses import replace

    from attest.model.builder import DELEGATED, HOSTED, TRUSTED, Builder

    build = wanted.build
    if build is None or build.builders or wanted.github is not None:
        return wanted
    builders: Sequence[Builder] = TRUSTED
    if npm:
        builders = (Builder(HOSTED), *map(Builder, DELEGATED))
    return replace(wanted, build=replace(build, builders=tuple(builders)))


def weakly_named(subject: str, names: Collection[str]) -> tuple[str, ...]:
    """Return what the output lists of a subject that goes by something else than its bytes."""
    name = subject.partition(":")[0]
    return (f"SUBJECT {name}: (no digest of bytes)",) if name in names else ()


def _build(expected: Expected) -> BuildExpectation:
    from attest.model import expected as read
    from attest.model.expectation import BuildExpectation

    builder = _read("--slsa-builder", expected.slsa_builder, read.builder)
    return BuildExpectation(
        _read("--slsa-source", expected.slsa_source, read.repository),
        _read("--slsa-branch", expected.slsa_branch, read.branch),
        _read("--slsa-tag", expected.slsa_tag, read.tag),
        _read("--slsa-versioned-tag", expected.slsa_versioned_tag, read.version),
        () if builder is None else (builder,),
        _inputs(expected.slsa_workflow_inputs),
    )


def _inputs(pairs: tuple[str, ...]) -> dict[str, str]:
    from attest.model import expected as read

    inputs: dict[str, str] = {}
    for pair in pairs:
        name, value = _parsed("--slsa-workflow-input", pair, read.workflow_input)
        if inputs.setdefault(name, value) != value:
            problem = f"--slsa-workflow-input: {name!r} cannot have two values"
            raise UsageError("OPTION_CONFLICT", problem)
    return inputs


def _github(expected: Expected) -> GitHubExpectation:
    from attest.model import expected as read
    from attest.model.expectation import GitHubExpectation

    workflow = expected.github_signer_workflow
    return GitHubExpectation(
        _read("--github-owner", expected.github_owner, read.github_owner),
        _read("--github-repo", expected.github_repo, read.github_repository),
        _read("--github-signer-workflow", workflow, read.github_workflow),
        expected.deny_self_hosted_runners,
    )


def _vsa(expected: Expected) -> SummaryExpectation:
    """A summary counts for a verifier and a resource, and only together."""
    from attest.model.digest import Digest
    from attest.model.expectation import SummaryExpectation

    if expected.vsa_verifier is None or expected.vsa_resource is None:
        raise UsageError("OPTION_INVALID", "--vsa-… needs both --vsa-verifier and --vsa-resource")
    return SummaryExpectation(
        expected.vsa_verifier,
        expected.vsa_resource,
        expected.vsa_levels,
        expected.vsa_dependency_levels,
        _read("--vsa-policy-digest", expected.vsa_policy_digest, Digest.parse),
    )


def _svr(expected: Expected) -> SummaryExpectation | None:
    from attest.model.expectation import SummaryExpectation

    if not expected.given("svr_"):
        return None
    if expected.svr_verifier is None or not expected.svr_properties:
        raise UsageError("OPTION_INVALID", "--svr-… needs both --svr-verifier and --svr-property")
    return SummaryExpectation(expected.svr_verifier, None, expected.svr_properties)


def _read(option: str, text: str | None, parse: Callable[[str], _T]) -> _T | None:
    return None if text is None else _parsed(option, text, parse)


def _parsed(option: str, text: str, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError("EXPECT_MALFORMED", f"{option}: {error}") from None
