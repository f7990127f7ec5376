"""Every key that attest.yaml may hold, by the table it stands in.

``docs/schemas/attest.schema.json`` has one definition of the same name for each of them.
"""

from __future__ import annotations

_EXPECT = (
    "slsa_source",
    "slsa_branch",
    "slsa_tag",
    "slsa_versioned_tag",
    "slsa_builder",
    "slsa_workflow_inputs",
    "github_owner",
    "github_repo",
    "github_signer_workflow",
    "deny_self_hosted_runners",
    "vsa_verifier",
    "vsa_resource",
    "vsa_levels",
    "vsa_dependency_levels",
    "vsa_policy_digest",
    "svr_verifier",
    "svr_properties",
)

KEYS: dict[str, tuple[str, ...]] = {
    "gate": (
        "apiVersion",
        "kind",
        "subjects",
        "trust",
        "policies",
        "evidence",
        "waivers",
        "baseline",
        "fail_on",
        "cross_check",
        "allow_at",
    ),
    "trust": ("roots", "signers", "revoked"),
    "root": ("builtin", "path", "sha256"),
    "signer": (
        "root",
        "issuer",
        "identity",
        "claims",
        "key",
        "valid_from",
        "valid_until",
        "require",
        "threshold",
        "of",
    ),
    "key": ("pem", "path", "sha256"),
    "pattern": ("pattern",),
    "require": ("tlog", "sct", "timestamp"),
    "policy": (
        "source",
        "sha256",
        "signed_by",
        "unsigned",
        "expect",
        "engine",
        "entrypoint",
        "v0_compatible",
        "applies_to",
        "inputs",
        "with",
        "data",
        "on_skip",
        "skip",
        "enforce",
        "grant",
        "limits",
        "cross_check",
        "opa_signature",
    ),
    "opa_signature": ("key", "scope"),
    "grant": ("http", "functions"),
    "http_grant": ("host", "methods", "may_fail"),
    "applies_to": ("kinds", "predicate_types", "names"),
    "file": ("path", "sha256"),
    "limits": ("timeout", "memory", "fuel"),
    "evidence": ("sources", "accept", "documents", "required"),
    "source": ("source", "on_refused"),
    "accept": ("kinds", "predicate_types", "signed_by"),
    "document": ("path", "kind", "sha256", "signed_by", "about"),
    "requirement": (
        "kind",
        "predicate_type",
        "signed_by",
        "max_age",
        "at_least",
        "rules",
        "expect",
    ),
    "expect": _EXPECT,
    "policy_expect": ("signed_by", *_EXPECT),
    "baseline": ("source", "signed_by", "max_age"),
    "waivers": ("sources", "signed_by", "max_duration", "warn_before", "allow_rule_wide"),
}
"""The keys that are read and enforced."""

UNSUPPORTED: dict[str, dict[str, str]] = {
    "gate": {
        "extends": "a parent plan",
        "overridable": "a parent plan's list of overridable keys",
        "verifier": "a verifier identity for signed summaries",
        "allow_weakened_summary": "signing the summary of a weakened run",
    },
    "policy": {
        "cedar": "a Cedar schema with entities",
    },
}
"""Keys of the format that are refused, never ignored, until they are enforced."""
