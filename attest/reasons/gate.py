"""Reason codes of the gate itself: what follows from all the answers taken together."""

from __future__ import annotations

from attest.reasons.reason import Reason

GATE: dict[str, Reason] = {
    "PASSED": Reason(
        0,
        "Every required piece of evidence was verified and every enforced policy passed.",
        "Nothing to do.",
    ),
    "POLICY_FAILED": Reason(
        1,
        "A policy looked at verified evidence and said no.",
        "Fix what the findings name, or have the security team sign a waiver.",
    ),
    "INTERNAL_ERROR": Reason(
        70,
        "A bug in attest. Nothing was decided.",
        "Run again with --debug and report the traceback.",
    ),
    "INTERRUPTED": Reason(130, "The run was interrupted.", "Run again."),
}
