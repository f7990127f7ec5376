"""Reason codes of the gate itself: what follows from all the answers taken together."""

from __future__ import annotations

from attest.reasons.reason import Reason

GATE: dict[str, Reason] = {
    "AGE_UNPROVEN": Reason(
        3,
        "Evidence with an age limit does not prove when it was made.",
        "Have the scanner state its completion time inside the signed document.",
    ),
    "ARGUMENT_MISSING": Reason(
        2,
        "A policy requires an argument that the plan does not pass.",
        "Add it under `with:` of that policy.",
    ),
    "SKIP_UNKNOWN": Reason(
        2,
        "The plan skips a policy that no policy group of the bundle uses.",
        "Correct the name under `skip:`, or remove it.",
    ),
    "ARGUMENT_UNKNOWN": Reason(
        2,
        "The plan passes an argument that no policy of the bundle declares.",
        "Correct the name under `with:`, or remove it.",
    ),
    "ATTESTATION_NOT_SIGNATURE": Reason(
        4,
        "What lies beside a policy bundle or document is an attestation, not its signature.",
        "Have the bundle or document itself signed.",
    ),
    "BASELINED": Reason(
        0,
        "Every blocking finding is waived, or known to the baseline.",
        "Fix the causes before the baseline's time is over.",
    ),
    "BASELINE_AGE_UNPROVEN": Reason(
        4,
        "A baseline does not prove when it was made.",
        "Make it without --at, or have it signed with a certificate or a timestamp.",
    ),
    "BASELINE_INVALID": Reason(
        4,
        "A baseline is not a sound JSON report of attest.",
        "Name a report that `attest gate -o json` wrote, exactly as it was signed.",
    ),
    "BASELINE_POLICY": Reason(
        4,
        "No policy of the plan is one that the baseline reports about: name and digest.",
        "A changed policy needs a new baseline: gate the earlier artifact again and sign that.",
    ),
    "BASELINE_SAME_ARTIFACT": Reason(
        4,
        "A baseline is about the very artifact that is to be released, not an earlier one.",
        "Name the report about the release before it; excuse this one's findings by waivers.",
    ),
    "BASELINE_SELF_APPROVED": Reason(
        4,
        "A baseline is signed by somebody who also signs evidence.",
        "Have it signed by an approver with a key or identity of their own.",
    ),
    "BASELINE_SUBJECT": Reason(
        4,
        "A baseline is not about an earlier artifact of the same name.",
        "Name the report of the same artifact, which the plan names the same way.",
    ),
    "BASELINE_TOO_OLD": Reason(
        4,
        "A baseline is older than the plan allows.",
        "Fix what it knows; or gate a newer artifact, and have that report signed.",
    ),
    "EVIDENCE_TOO_OLD": Reason(
        3,
        "Required evidence is older than the plan allows.",
        "Run the scan again, or raise `max_age`.",
    ),
    "EVIDENCE_UNSOUND": Reason(
        3,
        "Required evidence is there but proves nothing, because what made it did not succeed.",
        "Run the tool again until it ends successfully.",
    ),
    "FINDING_BELOW_FAIL_ON": Reason(
        0,
        "Everything the policy found is less severe than `fail_on`.",
        "Nothing to do; the findings stay listed.",
    ),
    "INTERNAL_ERROR": Reason(
        70,
        "A bug in attest. Nothing was decided.",
        "Run again with --debug and report the traceback.",
    ),
    "INTERRUPTED": Reason(130, "The run was interrupted.", "Run again."),
    "NOTHING_DECIDED": Reason(
        3,
        "No enforced policy passed and no requirement was met, so nothing said yes.",
        "Require evidence under `evidence.required`, or enforce a policy that decides.",
    ),
    "NOT_BOUND_TO_SUBJECT": Reason(
        4,
        "A signature is good, but over a file that is neither the artifact nor a named document.",
        "Attach the file as an in-toto attestation, or name it under `evidence.documents`.",
    ),
    "NOT_ENFORCED": Reason(
        0,
        "The policy said no, but the plan does not enforce it.",
        "Set `enforce: true` to let it count.",
    ),
    "NOT_EVIDENCE": Reason(
        0,
        "A file in an evidence folder is nothing that could be evidence.",
        "Nothing to do; it is listed so that nobody mistakes it for evidence.",
    ),
    "NO_MATERIAL": Reason(
        3,
        "No accepted evidence about the artifact reached a policy.",
        "Provide the evidence the policy asks for, or set `on_skip` for it.",
    ),
    "NO_SUBJECT": Reason(
        2,
        "No artifact was named.",
        "Name it on the command line or under `subjects:`.",
    ),
    "OUTPUT_FAILED": Reason(
        5,
        "The report could not be written.",
        "Check the reader of the output, the path and the space left.",
    ),
    "PASSED": Reason(
        0,
        "Every required piece of evidence was verified and every enforced policy passed.",
        "Nothing to do.",
    ),
    "POLICY_FAILED": Reason(
        1,
        "A policy looked at verified evidence and said no.",
        "Fix what the findings name, or have a signed waiver issued.",
    ),
    "POLICY_SKIPPED": Reason(
        3,
        "A policy declined to decide on evidence that it was to decide on.",
        "Provide evidence the policy can read, or set `on_skip` for it.",
    ),
    "POLICY_UNSIGNED": Reason(
        4,
        "The plan demands a signed policy bundle, and no signature is attached to it.",
        "Have the publisher sign it, or trust the pin alone with `unsigned: pinned`.",
    ),
    "REQUIRED_MISSING": Reason(
        3,
        "Evidence that the plan requires about the artifact was not found.",
        "Produce it, or check that it is about this artifact's digest.",
    ),
    "REQUIRED_REFUSED": Reason(
        4,
        "The only candidates for required evidence were refused.",
        "See the refused evidence in the report for the cause of each.",
    ),
    "RULES_NOT_EXECUTED": Reason(
        3,
        "A required scan did not execute every rule that the plan names.",
        "Enable the rules in the scanner.",
    ),
    "SIGNER_ROLE": Reason(
        4,
        "The signature is good, but the plan does not let this signer say this.",
        "Add the signer to `evidence.accept` for this kind, if that is meant.",
    ),
    "SUBJECT_TWICE": Reason(
        2,
        "Two subjects have the same name or the same digest.",
        "Name each artifact once.",
    ),
    "UNSIGNED": Reason(
        4,
        "A document in an evidence folder carries no signature.",
        "Sign it, or name it under `evidence.documents` with its sha256.",
    ),
    "WAIVED": Reason(
        0,
        "Every blocking finding is covered by a signed waiver.",
        "Fix the cause before the waiver expires.",
    ),
    "WAIVER_EXPIRED": Reason(
        1,
        "A waiver's time is over.",
        "Fix the cause, or have a new waiver signed.",
    ),
    "WAIVER_NOT_YET": Reason(
        4,
        "A waiver says that it was issued in the future.",
        "Correct `issued`, or the clock that wrote it.",
    ),
    "WAIVER_SELF_APPROVED": Reason(
        4,
        "A waiver is signed by somebody who also signs evidence.",
        "Have it signed by an approver with a key or identity of their own.",
    ),
    "WAIVER_TOO_LONG": Reason(
        4,
        "A waiver runs for longer than the plan allows.",
        "Have it signed with an earlier expiry, or raise `max_duration`.",
    ),
    "WAIVER_TOO_WIDE": Reason(
        4,
        "A waiver covers a whole rule, which the plan does not allow.",
        "Name the finding in the waiver, or set `allow_rule_wide: true`.",
    ),
}
