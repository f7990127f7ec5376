"""Expectations as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model import expected
from attest.model.builder import Builder, is_delegator, is_release
from attest.model.repository import Location

APP = "https://github.com/org/app"


@pytest.mark.parametrize(
    "text",
    [
        "github.com/org/app",
        "https://github.com/org/app",
        "git+https://github.com/org/app",
        "github.com/org/app.git",
        "github.com/org/app/",
    ],
)
def test_repositories(text: str) -> None:
    assert expected.repository(text) == APP


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (expected.repository, ""),
        (expected.repository, "org"),
        (expected.repository, "github.com"),
        (expected.repository, "http://github.com/org/app"),
        (expected.repository, "ssh://git@github.com/org/app"),
        (expected.repository, "github.com/org/app@v1"),
        (expected.repository, "github.com/org/app?x=y"),
        (expected.repository, "https://me@github.com/org/app"),
        (expected.repository, "github.com/org/*"),
        (expected.branch, ""),
        (expected.branch, " main"),
        (expected.branch, "refs/tags/v1"),
        (expected.branch, "refs/heads/"),
        (expected.tag, "refs/heads/main"),
        (expected.version, "1.2.3"),
        (expected.version, "v1.x"),
        (expected.version, "latest"),
        (expected.builder, "generator_generic_slsa3.yml"),
        (expected.builder, "http://github.com/org/b"),
        (expected.builder, "https://github.com/org/b@"),
        (expected.github_owner, "org/app"),
        (expected.github_owner, ".*"),
        (expected.github_repository, "org"),
        (expected.github_repository, "gitlab.com/org/app"),
        (expected.github_workflow, "org/app"),
        (expected.github_workflow, "org/app/.github/workflows/x.yml@v1"),
        (expected.github_workflow, "org/app/.github/workflows/sub/x.yml"),
        (expected.workflow_input, "name"),
        (expected.workflow_input, "=value"),
    ],
)
def test_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read(text)


def test_refs_and_names() -> None:
    assert expected.branch("main") == expected.branch("refs/heads/main") == "refs/heads/main"
    assert expected.tag("v1") == expected.tag("refs/tags/v1") == "refs/tags/v1"
    assert expected.github_owner("org") == "https://github.com/org"
    assert expected.github_repository("github.com/org/app") == APP
    path = ".github/workflows/x.yml"
    assert expected.github_workflow(f"org/app/{path}") == f"{APP}/{path}"
    full = f"https://github.com/org/app/{path}@refs/heads/main"
    assert expected.github_workflow(full) == full
    assert expected.workflow_input("a=b=c") == ("a", "b=c")


def test_builders() -> None:
    workflow = f"{APP}/.github/workflows/x.yml"
    assert Builder.parse(f"{workflow}@v1") == Builder(workflow, "refs/tags/v1")
    assert Builder.parse(f"{workflow}@refs/heads/x") == Builder(workflow, "refs/heads/x")
    assert Builder.parse("https://b.example/x@v0.3") == Builder("https://b.example/x", "v0.3")
    assert not is_delegator(f"{workflow}@refs/tags/v1.2.3")
    for ref, holds in {
        "refs/tags/v1.2.3": True,
        "refs/tags/v1.2": False,
        "refs/tags/v01.2.3": False,
        "refs/tags/v1.2.3-rc": False,
        "refs/tags/1.2.3": False,
        "refs/tags/v1.2.3\n": False,
        "refs/heads/v1.2.3": False,
        "v1.2.3": False,
        None: False,
    }.items():
        assert is_release(ref) is holds, ref


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("git+https://github.com/org/app@refs/heads/main", (APP, "refs/heads/main")),
        ("git+https://github.com/org/app@refs/heads/a@b", (APP, "refs/heads/a@b")),
        ("git+https://github.com/org/app.git", (APP, None)),
        (APP, (APP, None)),
        (
            "git+https://github.com@evil.example/org/app",
            ("https://github.com", "evil.example/org/app"),
        ),
        ("http://github.com/org/app", ("http://github.com/org/app", None)),
        ("git+ssh://git@github.com/org/app", ("git+ssh://git@github.com/org/app", None)),
        ("gs://bucket/source.tgz#123", ("gs://bucket/source.tgz", None)),
    ],
)
def test_locations(uri: str, found: tuple[str, str | None]) -> None:
    assert Location.parse(uri) == found


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=40))
def test_what_is_read_is_a_plain_repository_or_nothing(text: str) -> None:
    """Whatever is accepted is compared letter by letter, so it can hold no ref and no user."""
    try:
        found = expected.repository(f"github.com/{text}")
    except ValueError:
        return
    assert found.startswith("https://github.com/")
    assert not set("@?# \n") & set(found)
    assert Location.parse(f"git+{found}@refs/heads/x") == (found, "refs/heads/x")
