"""``expect:`` -> what a statement must say besides being signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attest.config.nodes import Node, Table, boolean, line, lines, mapping, refusal
from attest.model import expected
from attest.model.digest import Digest
from attest.model.expectation import (
    BuildExpectation,
    Expectation,
    GitHubExpectation,
    SummaryExpectation,
)

BUILD = (
    "slsa_source",
    "slsa_branch",
    "slsa_tag",
    "slsa_versioned_tag",
    "slsa_builder",
    "slsa_workflow_inputs",
)
GITHUB = ("github_owner", "github_repo", "github_signer_workflow", "deny_self_hosted_runners")
VSA = ("vsa_verifier", "vsa_resource", "vsa_levels", "vsa_dependency_levels", "vsa_policy_digest")
SVR = ("svr_verifier", "svr_properties")

_T = TypeVar("_T")


def expectation(node: Node, *, of_policy: bool = False) -> Expectation:
    """Read ``expect:``; provenance and summaries are different statements, so not both."""
    table = Table(node, "policy_expect" if of_policy else "expect")
    given = [group for group in (BUILD, GITHUB, VSA, SVR) if _any(table, group)]
    if not given:
        raise refusal(table.node, "CONFIG_MISSING_KEY", "nothing is expected")
    if len([group for group in given if group is not GITHUB]) > 1:
        problem = "provenance, a VSA and an SVR are different statements; expect one of them"
        raise refusal(table.node, "CONFIG_VALUE", problem)
    return Expectation(
        _build(table) if BUILD in given else None,
        _github(table) if GITHUB in given else None,
        _vsa(table) if VSA in given else _svr(table) if SVR in given else None,
    )


def _any(table: Table, keys: tuple[str, ...]) -> bool:
    return any(table.get(key) is not None for key in keys)


def _build(table: Table) -> BuildExpectation:
    builder = _parsed(table, "slsa_builder", expected.builder)
    return BuildExpectation(
        _parsed(table, "slsa_source", expected.repository),
        _parsed(table, "slsa_branch", expected.branch),
        _parsed(table, "slsa_tag", expected.tag),
        _parsed(table, "slsa_versioned_tag", expected.version),
        () if builder is None else (builder,),
        _inputs(table.get("slsa_workflow_inputs")),
    )


def _github(table: Table) -> GitHubExpectation:
    hosted = table.get("deny_self_hosted_runners")
    return GitHubExpectation(
        _parsed(table, "github_owner", expected.github_owner),
        _parsed(table, "github_repo", expected.github_repository),
        _parsed(table, "github_signer_workflow", expected.github_workflow),
        hosted is not None and boolean(hosted),
    )


def _vsa(table: Table) -> SummaryExpectation:
    levels, dependencies = table.get("vsa_levels"), table.get("vsa_dependency_levels")
    return SummaryExpectation(
        line(table.need("vsa_verifier")),
        line(table.need("vsa_resource")),
        () if levels is None else lines(levels),
        () if dependencies is None else lines(dependencies),
        _parsed(table, "vsa_policy_digest", Digest.parse),
    )


def _svr(table: Table) -> SummaryExpectation:
    properties = lines(table.need("svr_properties"))
    return SummaryExpectation(line(table.need("svr_verifier")), None, properties)


def _inputs(node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    if not mapping(node).entries:
        problem = "no input is named; leave the key out, or fill it"
        raise refusal(node, "CONFIG_VALUE", problem)
    return {name: line(value) for name, value in mapping(node).entries.items()}


def _parsed(table: Table, key: str, parse: Callable[[str], _T]) -> _T | None:
    node = table.get(key)
    if node is None:
        return None
    try:
        return parse(line(node))
    except ValueError as error:
        raise refusal(node, "EXPECT_MALFORMED", str(error)) from None
