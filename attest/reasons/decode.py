"""Reason codes of the decode stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

_AGAIN = "Have the tool that wrote it write it again, then sign the new file."
_SCAN_AGAIN = "Repair the scan, run it again, and sign the new result."
_REPACK = "Build the policy bundle again, then sign and pin the new digest."

DECODE: dict[str, Reason] = {
    "PAYLOAD_TYPE": Reason(
        4,
        "The signed envelope does not hold an in-toto statement.",
        "Sign a statement with the payload type application/vnd.in-toto+json.",
    ),
    "DOCUMENT_TOO_LARGE": Reason(
        4,
        "A signed document is larger than is read.",
        "Split the document, for example one scan for each component.",
    ),
    "JSON_INVALID": Reason(
        4,
        "The signed bytes are not JSON, or not JSON that every parser reads alike.",
        "Write it as UTF-8 JSON without a byte-order mark, duplicate keys or NaN; sign it again.",
    ),
    "STATEMENT_SHAPE": Reason(
        4,
        "The signed payload is not a well-formed in-toto statement.",
        "Follow https://in-toto.io/Statement/v1 and sign the statement again.",
    ),
    "STATEMENT_NO_SUBJECT": Reason(
        4,
        "The statement is about nothing: it has no subject.",
        "Name the artifact and its SHA-256 in `subject`.",
    ),
    "STATEMENT_TOO_LARGE": Reason(
        4,
        "The statement has more subjects, or a subject has more digests, than are read.",
        "Split it into statements of at most 1,024 subjects with at most 32 digests each.",
    ),
    "SUBJECT_DIGEST": Reason(
        4,
        "A subject's digest is not lower-case hex of its algorithm's length.",
        "Write the digest as the algorithm's whole value in lower-case hex.",
    ),
    "SUBJECT_WEAK_DIGEST": Reason(
        4,
        "No subject of the statement has a digest strong enough to bind it to an artifact.",
        "Name the subject by sha256, sha384 or sha512.",
    ),
    "KIND_MISMATCH": Reason(
        4,
        "A document is not of the kind that the plan declares.",
        "Correct `kind` in the plan, or the path.",
    ),
    "KIND_UNDECLARED": Reason(
        4,
        "A pinned document says neither what it is nor what it is about.",
        "List it under `documents` in the plan, with `kind` and `about`.",
    ),
    "FORMAT_UNSUPPORTED": Reason(
        4,
        "A document is written in a version of its format that attest does not read.",
        "Let the tool write a version that docs/materials.md lists.",
    ),
    "SARIF_INVALID": Reason(4, "The document breaks the schema of SARIF 2.1.0.", _AGAIN),
    "CYCLONEDX_INVALID": Reason(4, "The document is not a well-formed CycloneDX BOM.", _AGAIN),
    "SPDX_INVALID": Reason(4, "The document is not a well-formed SPDX 2 document.", _AGAIN),
    "PROVENANCE_INVALID": Reason(4, "The predicate is not well-formed SLSA provenance.", _AGAIN),
    "SUMMARY_INVALID": Reason(
        4, "The predicate is not a well-formed verification summary (VSA or SVR).", _AGAIN
    ),
    "TEST_RESULT_INVALID": Reason(
        4, "The predicate is not a well-formed in-toto test result.", _AGAIN
    ),
    "WAIVER_INVALID": Reason(
        4,
        "The predicate is not a well-formed waiver.",
        "Write the waiver with `attest waiver new`.",
    ),
    "SARIF_NO_RUNS": Reason(3, "The scan log holds no run.", _SCAN_AGAIN),
    "SARIF_RUN_FAILED": Reason(3, "The scanner says that its run failed.", _SCAN_AGAIN),
    "SARIF_TOOL_ERROR": Reason(3, "The scanner reported an error about itself.", _SCAN_AGAIN),
    "SARIF_NO_RESULTS": Reason(
        3, "The scan log has no results: the scanner did not look for any.", _SCAN_AGAIN
    ),
    "SARIF_ELSEWHERE": Reason(
        3,
        "Parts of the scan log stand outside its runs, where policies do not look.",
        "Write the log without external properties.",
    ),
    "TEST_RESULT_FAILED": Reason(3, "The test run failed.", "Repair what the tests found."),
    "POLICY_BUNDLE_EMPTY": Reason(
        4, "The policy bundle holds no policy.", "Put at least one policy into the bundle."
    ),
    "POLICY_BUNDLE_MALFORMED": Reason(4, "The policy bundle cannot be read.", _REPACK),
    "POLICY_BUNDLE_TOO_LARGE": Reason(
        4, "The policy bundle is larger than is read.", "Leave out what the policies do not need."
    ),
    "POLICY_FILE_REFUSED": Reason(
        4, "The policy bundle holds a member that attest never reads.", _REPACK
    ),
    "LAYER_TYPE": Reason(
        4,
        "A layer of the policy artifact is of a type that attest does not read.",
        "Push the policies in one of the layer types that docs/materials.md lists.",
    ),
    "LAYER_DIGEST": Reason(
        4,
        "A layer of the policy artifact is missing, or is not what the manifest says.",
        "Fetch the artifact again from a registry you trust.",
    ),
    "OPA_SIGNATURE_MISSING": Reason(
        4,
        "The plan has a key for the bundle's own signature, and the bundle has no such signature.",
        "Build it with `opa build --signing-key`, or leave `opa_signature` out of the plan.",
    ),
    "OPA_SIGNATURE_INVALID": Reason(
        4,
        "The bundle's .signatures.json is not by the plan's key, or is not about these files.",
        "Build and sign the bundle again with SHA-256; compare key and scope with the plan's.",
    ),
    "REF_UNPINNED": Reason(
        4,
        "A policy refers to code outside its own bundle without a digest.",
        "Put the file into the bundle and name it by its path there.",
    ),
    "POLICY_UNREFERENCED": Reason(
        4,
        "The bundle holds policy code that no policy.yaml in it names: it would never run.",
        "Name the file in a policy.yaml, or leave it out of the bundle.",
    ),
    "POLICY_INVALID": Reason(
        6,
        "A policy's own description does not make sense.",
        "Correct the policy.yaml at the place that the message names.",
    ),
    "POLICY_UNSUPPORTED": Reason(
        6,
        "A policy asks for something that attest does not do.",
        "Use what docs/materials.md lists.",
    ),
}
