"""Provenance as builders write it, and the claims of the certificates that sign it.

The shapes are those of the builders' own documentation (`attest.decode.builds` names it).
"""

from __future__ import annotations

from typing import Any

REPOSITORY = "https://github.com/org/app"
MAIN, TAGGED = "refs/heads/main", "refs/tags/v1.2.3"
COMMIT = "8f14e45fceea167a5a36dedd4bea2543c96d2b1f"
ISSUER = "https://token.actions.githubusercontent.com"
GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
GENERIC = f"{GENERATOR}generator_generic_slsa3.yml@refs/tags/v2.1.0"
GO = f"{GENERATOR}builder_go_slsa3.yml@refs/tags/v2.1.0"
DELEGATOR = f"{GENERATOR}delegator_generic_slsa3.yml@refs/tags/v2.1.0"
MAVEN = f"{GENERATOR}builder_maven_slsa3.yml@refs/tags/v2.1.0"
RELEASE = f"{REPOSITORY}/.github/workflows/release.yml@{MAIN}"
GOOGLE = "https://cloudbuild.googleapis.com/GoogleHostedWorker"

V1, V02, V01 = (f"https://slsa.dev/provenance/{one}" for one in ("v1", "v0.2", "v0.1"))

Predicate = dict[str, Any]


def claims(
    signer: str | None = GENERIC, ref: str | None = MAIN, **changes: str | None
) -> dict[str, str]:
    """Return the claims of a certificate for a workflow that ``org/app`` runs; ``None`` drops."""
    owner, repository = "https://github.com/org", REPOSITORY
    given: dict[str, str | None] = {
        "build_signer_uri": signer,
        "source_repository_uri": repository,
        "source_repository_owner_uri": owner,
        "source_repository_ref": ref,
        "source_repository_digest": COMMIT,
        "runner_environment": "github-hosted",
        "github_workflow_repository": "org/app",
        "github_workflow_ref": ref,
        "github_workflow_sha": COMMIT,
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def generic(builder: str = GENERIC, ref: str = MAIN, **environment: Any) -> Predicate:
    """Return v0.2 as the generator's own workflows write it (its PROVENANCE_FORMAT.md)."""
    uri = f"git+{REPOSITORY}@{ref}"
    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    return {
        "builder": {"id": builder},
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": {
                "uri": uri,
                "digest": {"sha1": COMMIT},
                "entryPoint": ".github/workflows/release.yml",
            },
            "parameters": {},
            "environment": {
                "github_base_ref": "",
                "github_event_name": "workflow_dispatch",
                "github_event_payload": {"inputs": {"release": "full"}},
                "github_ref": ref,
                "github_ref_type": kind,
                "github_sha1": COMMIT,
                **environment,
            },
        },
        "materials": [{"uri": uri, "digest": {"sha1": COMMIT}}],
    }


def workflow(builder: str = RELEASE, ref: str = MAIN, repository: str = REPOSITORY) -> Predicate:
    """Return v1 as ``actions/attest`` and npm's client write it."""
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {
                    "ref": ref,
                    "repository": repository,
                    "path": ".github/workflows/release.yml",
                }
            },
            "internalParameters": {"github": {"event_name": "push"}},
            "resolvedDependencies": [
                {"uri": f"git+{repository}@{ref}", "digest": {"gitCommit": COMMIT}}
            ],
        },
        "runDetails": {"builder": {"id": builder}},
    }


def delegated(builder: str = MAVEN, ref: str = MAIN) -> Predicate:
    """Return v1 as a builder that delegates writes it (the generator's BYOB.md)."""
    return {
        "buildDefinition": {
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
            "externalParameters": {"inputs": {}},
            "internalParameters": {
                "GITHUB_EVENT_NAME": "workflow_dispatch",
                "GITHUB_EVENT_PAYLOAD": {"inputs": {"release": "full"}},
                "GITHUB_REF": ref,
                "GITHUB_REPOSITORY": "org/app",
                "GITHUB_SHA": COMMIT,
                "GITHUB_WORKFLOW_REF": f"org/app/.github/workflows/release.yml@{ref}",
            },
            "resolvedDependencies": [
                {"uri": f"git+{REPOSITORY}@{ref}", "digest": {"sha1": "0" * 40}}
            ],
        },
        "runDetails": {"builder": {"id": builder}},
    }


def google(ref: str = MAIN, builder: str = GOOGLE) -> Predicate:
    """Return v1 as Google Cloud Build writes it."""
    name = "TAG_NAME" if ref.startswith("refs/tags/") else "BRANCH_NAME"
    return {
        "buildDefinition": {
            "buildType": "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
            "externalParameters": {
                "buildConfigSource": {
                    "path": "cloudbuild.yaml",
                    "ref": ref,
                    "repository": f"git+{REPOSITORY}",
                },
                "substitutions": {},
            },
            "internalParameters": {"systemSubstitutions": {name: ref.split("/", 2)[2]}},
            "resolvedDependencies": [
                {"uri": f"git+{REPOSITORY}@{ref}", "digest": {"gitCommit": COMMIT}}
            ],
        },
        "runDetails": {"builder": {"id": builder}},
    }


def google_v01(version: str = "v0.3", tag: str | None = "v1.2.3") -> Predicate:
    """Return v0.1 as Google Cloud Build writes it."""
    kind = (
        f"{GOOGLE}@v0.2"
        if version == "v0.2"
        else f"{GOOGLE.rpartition('/')[0]}/CloudBuildYaml@v0.1"
    )
    uri = f"{REPOSITORY}/commit/{COMMIT}" if version == "v0.2" else f"git+{REPOSITORY}"
    substitutions = {"TAG_NAME": tag} if tag else {}
    return {
        "builder": {"id": f"{GOOGLE}@{version}"},
        "recipe": {"type": kind, "arguments": {"substitutions": substitutions}},
        "materials": [{"uri": uri, "digest": {"sha1": COMMIT}}],
    }
