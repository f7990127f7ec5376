"""Where provenance names its source, ref, commit and inputs: each build type has places of its own.

A build type that is not listed is read as unknown: nothing is guessed from where others put it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attest.model.frozen import frozen
from attest.model.provenance import Provenance, Stated
from attest.model.repository import BRANCH, TAG, Location

V1, V02, V01 = (f"https://slsa.dev/provenance/{version}" for version in ("v1", "v0.2", "v0.1"))

WORKFLOW = (
    "https://actions.github.io/buildtypes/workflow/v1",
    "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
)
"""GitHub's own attestations, and npm's client (slsa-framework/github-actions-buildtypes)."""

GENERATOR = "https://github.com/slsa-framework/slsa-github-generator"
"""All build types of the generator begin so (its PROVENANCE_FORMAT.md)."""

DELEGATED = f"{GENERATOR}/delegator-generic@v0"
CONTAINER_BASED = "https://slsa.dev/container-based-build/v0.1?draft"
NPM = "https://github.com/npm/cli/gha"
GOOGLE_WORKER = "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1"
_GOOGLE = "https://cloudbuild.googleapis.com/"
_MANUAL = "workflow_dispatch"


@frozen
class _Found:
    """What a build type's places hold; those that hold nothing are left out."""

    repositories: tuple[Stated, ...]
    refs: tuple[Stated, ...]
    commits: tuple[Stated, ...]
    inputs: Mapping[str, str] | None = None
    base: str | None = None


def of_v1(predicate: dict[str, Any]) -> Provenance:
    """Read provenance v1, whose shape has been checked."""
    build = predicate["buildDefinition"]
    kind, builder = build["buildType"], predicate["runDetails"]["builder"]["id"]
    if kind in WORKFLOW:
        found = _workflow(build)
    elif kind in {DELEGATED, CONTAINER_BASED}:
        found = _generated(build)
    elif kind == GOOGLE_WORKER:
        found = _google(build)
    else:
        return Provenance(V1, builder, kind, read=False)
    return _provenance(V1, builder, kind, found)


def of_v02(predicate: dict[str, Any]) -> Provenance:
    """Read provenance v0.2: its ``configSource`` means the same whatever the build type."""
    kind, builder = predicate["buildType"], predicate["builder"]["id"]
    source = _at(predicate, "invocation", "configSource")
    environment = _table(_at(predicate, "invocation", "environment"))
    places = [(_at(source, "uri"), "/invocation/configSource/uri")]
    commits = [(_at(source, "digest"), "/invocation/configSource/digest")]
    if kind.startswith((GENERATOR, NPM)):
        places.append((_at(predicate, "materials", 0, "uri"), "/materials/0/uri"))
        if kind != DELEGATED:
            commits.append((_at(predicate, "materials", 0, "digest"), "/materials/0/digest"))
    found = _located(places, commits)
    about = _event(environment, "/invocation/environment")
    return _provenance(V02, builder, kind, _joined(found, about))


def of_v01(predicate: dict[str, Any]) -> Provenance:
    """Read provenance v0.1 as Google Cloud Build writes it; there is no other that is known."""
    kind, builder = predicate["recipe"]["type"], predicate["builder"]["id"]
    if not kind.startswith(_GOOGLE):
        return Provenance(V01, builder, kind, read=False)
    uri = _at(predicate, "materials", 0, "uri")
    if isinstance(uri, str) and builder.endswith("@v0.2"):
        uri = uri.partition("/commit/")[0]  # its first form: https://github.com/ORG/REPO/commit/SHA
    digest = (_at(predicate, "materials", 0, "digest"), "/materials/0/digest")
    found = _located([(uri, "/materials/0/uri")], [digest])
    tag = _at(predicate, "recipe", "arguments", "substitutions", "TAG_NAME")
    refs = _refs([(tag, TAG, "/recipe/arguments/substitutions/TAG_NAME")])
    return _provenance(V01, builder, kind, _joined(found, _Found((), refs, ())))


def _provenance(version: str, builder: str, kind: str, found: _Found) -> Provenance:
    return Provenance(
        version,
        builder,
        kind,
        repositories=found.repositories,
        refs=found.refs,
        commits=found.commits,
        inputs=found.inputs,
        base=found.base,
    )


def _workflow(build: dict[str, Any]) -> _Found:
    """GitHub Actions (github-actions-buildtypes, workflow/v1)."""
    root = "/buildDefinition/externalParameters/workflow"
    workflow = _at(build, "externalParameters", "workflow")
    dependency, digest = _dependency(build)
    found = _located([(_at(workflow, "repository"), f"{root}/repository"), dependency], [digest])
    refs = _refs([(_at(workflow, "ref"), "", f"{root}/ref")])
    inputs = _inputs(_at(build, "externalParameters", "inputs"))
    return _joined(found, _Found((), refs, (), inputs))


def _generated(build: dict[str, Any]) -> _Found:
    """The generator's v1 provenance: GitHub's own variables under ``internalParameters``.

    A builder that delegates may build a commit of its own making, so the trigger's commit counts.
    """
    root = "/buildDefinition/internalParameters"
    variables = _table(build.get("internalParameters"))
    name = variables.get("GITHUB_REPOSITORY")
    repository = f"https://github.com/{name}" if isinstance(name, str) else None
    workflow, _, ref = str(variables.get("GITHUB_WORKFLOW_REF", "")).partition("@")
    trigger = "/".join(workflow.split("/")[:2])
    dependency, _ = _dependency(build)
    places: list[tuple[Any, str]] = [
        (f"https://github.com/{trigger}" if trigger else None, f"{root}/GITHUB_WORKFLOW_REF"),
        (repository, f"{root}/GITHUB_REPOSITORY"),
        dependency,
    ]
    source = _at(build, "externalParameters", "source", "uri")
    places.append((source, "/buildDefinition/externalParameters/source/uri"))
    refs = _refs([(ref, "", f"{root}/GITHUB_WORKFLOW_REF")])
    found = _joined(_located(places, []), _Found((), refs, ()))
    return _joined(found, _event(variables, root))


def _google(build: dict[str, Any]) -> _Found:
    """Google Cloud Build v1 (cloud.google.com/build, "Cloud Build buildType v1")."""
    root = "/buildDefinition/externalParameters/buildConfigSource"
    source = _at(build, "externalParameters", "buildConfigSource")
    dependency, digest = _dependency(build)
    found = _located([(_at(source, "repository"), f"{root}/repository"), dependency], [digest])
    system = "/buildDefinition/internalParameters/systemSubstitutions"
    given = _at(build, "internalParameters", "systemSubstitutions")
    refs = _refs(
        [
            (_at(source, "ref"), "", f"{root}/ref"),
            (_at(given, "BRANCH_NAME"), BRANCH, f"{system}/BRANCH_NAME"),
            (_at(given, "TAG_NAME"), TAG, f"{system}/TAG_NAME"),
        ]
    )
    return _joined(found, _Found((), refs, ()))


def _dependency(build: dict[str, Any]) -> tuple[tuple[Any, str], tuple[Any, str]]:
    """The first dependency is the source, by contract of each of these build types."""
    root = "/buildDefinition/resolvedDependencies/0"
    first = _at(build, "resolvedDependencies", 0)
    return (_at(first, "uri"), f"{root}/uri"), (_at(first, "digest"), f"{root}/digest")


def _event(variables: Mapping[str, Any], root: str) -> _Found:
    """What GitHub's variables say about the trigger; their case differs by version.

    One that is there in two cases says nothing, or contradicts itself.
    """

    def told(wanted: str) -> list[tuple[Any, str]]:
        return [
            (said, f"{root}/{name}") for name, said in variables.items() if name.upper() == wanted
        ]

    def get(name: str) -> Any:
        found = told(name)
        return found[0][0] if len(found) == 1 else None

    payload = _table(get("GITHUB_EVENT_PAYLOAD"))
    event = get("GITHUB_EVENT_NAME")
    commits = told("GITHUB_SHA1") or told("GITHUB_SHA")
    return _Found(
        (),
        _refs([(said, "", at) for said, at in told("GITHUB_REF")]),
        _commits([({"sha1": said}, at) for said, at in commits]),
        _inputs(payload.get("inputs")) if event == _MANUAL else None,
        _base(get("GITHUB_BASE_REF"), event, payload),
    )


def _base(named: Any, event: Any, payload: Mapping[str, Any]) -> str | None:
    """Return the branch that a tag was made on, which only some events tell."""
    if isinstance(named, str) and named:
        return BRANCH + named.removeprefix(BRANCH)
    if event == "push" and isinstance(base := payload.get("base_ref"), str):
        return base
    if event == "release" and isinstance(to := _at(payload, "release", "target_commitish"), str):
        return BRANCH + to.removeprefix(BRANCH)
    return None


def _located(places: Iterable[tuple[Any, str]], digests: Iterable[tuple[Any, str]]) -> _Found:
    """Split URIs into repositories and refs; take the commits out of digests."""
    found = [(Location.parse(uri), at) for uri, at in places if isinstance(uri, str) and uri]
    return _Found(
        tuple(Stated(one.repository, at) for one, at in found),
        tuple(Stated(one.ref, at) for one, at in found if one.ref),
        _commits(digests),
    )


def _commits(digests: Iterable[tuple[Any, str]]) -> tuple[Stated, ...]:
    """``sha1`` and ``gitCommit`` name the same thing (in-toto, digest_set.md)."""
    return tuple(
        Stated(value, at)
        for digest, at in digests
        for value in (_at(digest, "gitCommit") or _at(digest, "sha1"),)
        if isinstance(value, str)
    )


def _refs(places: Iterable[tuple[Any, str, str]]) -> tuple[Stated, ...]:
    return tuple(
        Stated(prefix + value, at)
        for value, prefix, at in places
        if isinstance(value, str) and value
    )


def _inputs(given: Any) -> Mapping[str, str] | None:
    if not isinstance(given, dict):
        return None
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _joined(one: _Found, other: _Found) -> _Found:
    return _Found(
        one.repositories + other.repositories,
        one.refs + other.refs,
        one.commits + other.commits,
        other.inputs if one.inputs is None else one.inputs,
        one.base or other.base,
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _at(value: Any, *path: str | int) -> Any:
    """Return the member at ``path``, or ``None`` where there is none of that shape."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value
