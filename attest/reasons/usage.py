"""Reason codes of the usage stage: the request or the plan is wrong, before a byte is fetched."""

from __future__ import annotations

from attest.reasons.reason import Reason

USAGE: dict[str, Reason] = {
    "AT_NOT_ALLOWED": Reason(
        2,
        "A time of evaluation was given, but the plan does not allow one.",
        "Leave out --at, or set `allow_at: true` in the plan.",
    ),
    "CONFIG_MISSING": Reason(
        2,
        "No plan was named. None is looked for, because a checkout may be an attacker's.",
        "Name it: -c attest.yaml",
    ),
    "CONFIG_MISSING_KEY": Reason(
        2,
        "The plan lacks a key that it needs.",
        "Add the key; docs/attest-yaml.md lists them all.",
    ),
    "CONFIG_NOT_FOUND": Reason(
        2,
        "The plan, or a file that it names, cannot be read.",
        "Paths are relative to the folder of the plan: correct the path.",
    ),
    "CONFIG_SYNTAX": Reason(
        2,
        "The plan is not the plain YAML that attest reads.",
        "Use one UTF-8 document without anchors, aliases, tags, merge keys or repeated keys.",
    ),
    "CONFIG_TOO_LARGE": Reason(
        2,
        "The plan, or a file that it names, is larger than attest reads.",
        "Make it smaller; evidence belongs in evidence files, not in the plan.",
    ),
    "CONFIG_TYPE": Reason(
        2,
        "A value in the plan is not of the type that its key takes.",
        "Write the type that the message names.",
    ),
    "CONFIG_UNKNOWN_KEY": Reason(
        2,
        "The plan has a key that attest does not know; ignoring it could ignore a check.",
        "Correct its spelling, or remove it.",
    ),
    "CONFIG_VALUE": Reason(
        2,
        "A value in the plan is of the right type but not one that its key takes.",
        "Use one of the values that the message names.",
    ),
    "DIGEST_INVALID": Reason(
        2,
        "A digest is malformed or of an algorithm too weak to bind anything.",
        "Write sha256: followed by 64 lower-case hex digits.",
    ),
    "DURATION_INVALID": Reason(
        2,
        "A duration or a point in time is malformed or out of range.",
        "Write durations like 10s, 24h or 30d, and times like 2026-01-02T03:04:05Z or 2026-01-02.",
    ),
    "FILE_PIN_MISMATCH": Reason(
        4,
        "A file that the plan names does not have the SHA-256 that the plan states.",
        "Find out who changed the file; only then update its `sha256:`.",
    ),
    "NO_REGISTRY": Reason(
        2,
        "The plan looks for evidence beside the artifact, which is in no registry or layout.",
        "Name the artifact as oci:HOST/REPOSITORY@sha256:HEX, or remove `oci:referrers`.",
    ),
    "NOTHING_REQUIRED": Reason(
        2,
        "The plan has neither a policy nor required evidence, so nothing could ever say yes.",
        "Add `policies:` or `evidence.required:`.",
    ),
    "PLAN_DIGEST_MISMATCH": Reason(
        2,
        "The plan is not the one whose digest was given.",
        "Review what changed in the plan and its files, then update --plan-digest.",
    ),
    "SIGNER_UNKNOWN": Reason(
        2,
        "A `signed_by` names a signer that the plan does not define.",
        "Define it under `trust.signers`, or correct the name.",
    ),
    "SIZE_INVALID": Reason(
        2,
        "A size is malformed or out of range.",
        "Write sizes like 64KiB, 128MiB or 1GiB.",
    ),
    "TRUST_EMPTY": Reason(
        2,
        "The plan, or a part of it, trusts nobody, so it could not refuse anything.",
        "Name at least one signer, or pin what is trusted by its digest.",
    ),
    "UNSUPPORTED": Reason(
        2,
        "The plan asks for something that this version of attest does not enforce.",
        "Remove the key; it is refused because ignoring it would drop a check.",
    ),
}
