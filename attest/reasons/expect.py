"""Reason codes of expectations: good signatures under statements that are not what is expected."""

from __future__ import annotations

from attest.reasons.reason import Reason

_OTHER = "Compare the seen value with the expected one; `attest inspect` shows all that is said."
_FORGED = "Do not release it: the builder's word and the certificate authority's differ."

EXPECT: dict[str, Reason] = {
    "EXPECT_MALFORMED": Reason(
        2,
        "An expectation is not of the form that it needs.",
        "Write it as docs/trust.md shows: github.com/org/app, main, v1.2.3, https://HOST/PATH@REF.",
    ),
    "EXPECT_PREDICATE": Reason(
        4,
        "The statement is not of the kind that the expectation is about.",
        "Give the SLSA provenance, VSA or SVR of the artifact.",
    ),
    "EXPECT_UNPROVEN": Reason(
        4,
        "What is expected is stated by nobody who could know.",
        "Use a builder whose certificates and provenance state it, or leave the expectation out.",
    ),
    "PROVENANCE_DISAGREES": Reason(
        4,
        "Provenance contradicts the certificate that signed it, or itself.",
        _FORGED,
    ),
    "BUILD_TYPE_UNKNOWN": Reason(
        4,
        "The provenance is of a build type whose fields attest does not know.",
        "Use a build type that docs/trust.md lists, or have a policy judge the provenance.",
    ),
    "SOURCE_MISMATCH": Reason(4, "The artifact was built from another repository.", _OTHER),
    "BRANCH_MISMATCH": Reason(4, "The artifact was built from another branch.", _OTHER),
    "TAG_MISMATCH": Reason(4, "The artifact was built from another tag, or from none.", _OTHER),
    "TAG_VERSION_MISMATCH": Reason(
        4, "The tag that the artifact was built from is of another version, or of none.", _OTHER
    ),
    "BUILDER_MISMATCH": Reason(4, "The artifact was built by another builder.", _OTHER),
    "BUILDER_REF": Reason(
        4,
        "The builder is not one of its releases.",
        "Call it by a tag vX.Y.Z, or expect the ref that was used: ID@REF.",
    ),
    "WORKFLOW_INPUT_MISMATCH": Reason(
        4, "The workflow was started with another input, or without that one.", _OTHER
    ),
    "SIGNER_WORKFLOW_MISMATCH": Reason(
        4,
        "Another workflow signed.",
        "The certificate names the workflow that was called: name a reusable one, not its caller.",
    ),
    "OWNER_MISMATCH": Reason(4, "The repository is another owner's.", _OTHER),
    "RUNNER_SELF_HOSTED": Reason(
        4,
        "The job ran on a machine that is not GitHub's, or nothing says where it ran.",
        "Build on GitHub's own runners, or allow others.",
    ),
    "SUMMARY_FAILED": Reason(
        4,
        "A verifier looked at the artifact and said no.",
        "Ask that verifier why; a summary that failed never counts for anything.",
    ),
    "SUMMARY_VERIFIER": Reason(
        4,
        "The summary is another verifier's than the one that its signer may speak for.",
        _OTHER,
    ),
    "SUMMARY_RESOURCE": Reason(4, "The summary is about another resource.", _OTHER),
    "SUMMARY_LEVEL": Reason(
        4, "The summary does not state an expected level or property, or a higher one.", _OTHER
    ),
    "SUMMARY_DEPENDENCY_LEVEL": Reason(
        4,
        "The summary counts a dependency below the expected level, or counts none.",
        _OTHER,
    ),
    "SUMMARY_POLICY": Reason(
        4, "The artifact was verified against another policy, or its digest is not stated.", _OTHER
    ),
    "KEY_ID_MISMATCH": Reason(
        4,
        "No signature of the envelope carries the key id that is demanded.",
        "Leave --key-id out: the key decides, its id is a hint.",
    ),
    "POLICY_PROVENANCE_MISSING": Reason(
        4,
        "The plan expects provenance of a policy bundle, and none is attached to it.",
        "Attach the provenance to the bundle, signed by the policy's signer.",
    ),
}
