"""Reason codes of the commands: what was asked on the command line, and of one bundle alone."""

from __future__ import annotations

from attest.reasons.reason import Reason

COMMAND: dict[str, Reason] = {
    "ABOUT_UNKNOWN": Reason(
        2,
        "A document of the plan is said to be about something that is no subject of this run.",
        "Correct `about`, or name the subject.",
    ),
    "INPUT_TOO_LARGE": Reason(
        2,
        "A file given to a command is larger than the command reads.",
        "Give the part of it that matters.",
    ),
    "KIND_UNKNOWN": Reason(
        2, "The command line names a kind of evidence that does not exist.", "Use a known kind."
    ),
    "OPTION_CONFLICT": Reason(2, "Two options exclude each other.", "Give one of them."),
    "OPTION_INVALID": Reason(
        2,
        "A command, option or argument is missing, unknown or malformed.",
        "See the command's --help.",
    ),
    "POLICY_AMBIGUOUS": Reason(
        2,
        "Several policies, or none, are meant for this document.",
        "Name one policy, or give --kind.",
    ),
    "PREDICATE_TYPE": Reason(
        4,
        "The attestation verifies, but it states something else than was demanded.",
        "Give the bundle that holds the demanded predicate, or correct --predicate-type.",
    ),
    "RECORD_INVALID": Reason(
        2,
        "A record of host calls is damaged, or is no such record.",
        "Record the run again with --record.",
    ),
    "SIGNATURE_AGE_UNPROVEN": Reason(
        4,
        "An age limit was given, and nothing proves when the signature was made.",
        "Sign with a certificate, or let the signed content state when its work was completed.",
    ),
    "SIGNATURE_MISSING": Reason(
        4,
        "Nothing that could be verified lies beside the artifact.",
        "Sign it, or give the signature as a file with --bundle, --signature or --envelope.",
    ),
    "SIGNATURE_TOO_OLD": Reason(
        4,
        "What was signed is older than --max-age allows.",
        "Run the scan or build again and sign its result.",
    ),
    "SIGNER_UNSTATED": Reason(
        2,
        "Nothing says who may sign, and a signature by just anybody proves nothing.",
        "Give --key, or --certificate-identity with --certificate-oidc-issuer.",
    ),
    "SUBJECT_MISMATCH": Reason(
        4,
        "The signature is good, but about another artifact.",
        "Give the artifact that was signed, or the bundle of this artifact.",
    ),
}
