"""Reason codes of the report stage: what can be wrong with a report, or with asking for one."""

from __future__ import annotations

from attest.reasons.reason import Reason

REPORT: dict[str, Reason] = {
    "REPORT_MALFORMED": Reason(
        2,
        "The file is not a report of schema attest/report/v1, member for member.",
        "Give the JSON that `attest gate -o json` wrote, unedited, to the version that wrote it.",
    ),
    "REPORT_CONTRADICTS": Reason(
        2,
        "The report contradicts itself: its verdict does not follow from what it lists.",
        "Do not rely on this file: it was edited or damaged. Run `attest gate` again.",
    ),
    "REPORT_UNREADABLE": Reason(
        2,
        "The file that should hold the report cannot be read.",
        "Check the path; `attest gate -o json=PATH` writes a report.",
    ),
    "OUTPUT_UNKNOWN": Reason(
        2,
        "An output format was asked for that does not exist.",
        "Use one of the formats that `attest report render --help` lists.",
    ),
    "OUTPUT_TWICE": Reason(
        2,
        "Two outputs go to the same place, where they would overwrite or interleave.",
        "Send at most one format to standard output, and each other one to a file of its own.",
    ),
    "OUTPUT_UNWRITABLE": Reason(
        2,
        "An output file cannot be written.",
        "Create its folder first, and check its permissions and the space on the disk.",
    ),
    "CODE_UNKNOWN": Reason(
        2,
        "No reason code has this name.",
        "Run `attest explain` without a code to list them all.",
    ),
}
