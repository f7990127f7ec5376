"""The reason codes, for people: one explained, all in a table, and the page of the documentation.

``python -m attest.report.codes > docs/reason-codes.md`` writes that page.
"""

from __future__ import annotations

import difflib
import sys
import textwrap

from attest.errors import UsageError
from attest.reasons import EXIT_PRECEDENCE, REASONS, TABLES, Reason

MEANINGS = {
    0: "passed",
    1: "a policy failed",
    2: "usage or configuration",
    3: "nothing to verify, or something required is missing",
    4: "refused: not trusted",
    5: "infrastructure",
    6: "policy engine",
    70: "a bug in attest",
    130: "interrupted",
}
"""Each exit code in a few words (README, "Exit codes")."""

_WIDTH = 80
_TITLES = {
    "command": "The command line",
    "usage": "The request and the plan",
    "fetch": "Getting bytes",
    "registry": "Tags, the store and publishing",
    "verify": "Trusting them",
    "expect": "Expectations on what is trusted",
    "decode": "Reading them",
    "engine": "Running policies",
    "gate": "The gate itself",
    "report": "Reports",
    "sign": "Signing",
}
_PREAMBLE = """\
# Reason codes

Every refusal of attest carries one of these codes, in the report, on the terminal and in every
other output. A code never changes its meaning; new ones are added. `attest explain CODE` says the
same offline.

The exit code of a run is that of its worst reason, by {order}.

This page is generated: `python -m attest.report.codes > docs/reason-codes.md`.
"""


def explain(code: str) -> str:
    """Return cause and cure of one code; raise ``UsageError`` CODE_UNKNOWN with near names.

    Case does not matter, and hyphens may stand for underscores.
    """
    name = code.strip().upper().replace("-", "_")
    if name not in REASONS:
        near = difflib.get_close_matches(name, REASONS, n=3)
        raise UsageError(
            "CODE_UNKNOWN",
            f"there is no reason code {code!r}",
            hint=f"Did you mean {', '.join(near)}?" if near else "",
        )
    reason = REASONS[name]
    head = f"{name}  (exit {reason.exit_code}: {MEANINGS[reason.exit_code]})\n"
    return f"{head}\n{_indented('', reason.cause)}\n{_indented('→ ', reason.cure)}\n"


def table() -> str:
    """Return every code with its exit code and cause, by stage."""
    blocks = []
    for stage, reasons in TABLES.items():
        width = max(map(len, reasons), default=0)
        lines = [_TITLES.get(stage, stage)]
        lines += [_line(code, reason, width) for code, reason in sorted(reasons.items())]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def markdown() -> str:
    """Return the page docs/reason-codes.md."""
    order = " > ".join(map(str, EXIT_PRECEDENCE))
    parts = [_PREAMBLE.format(order=order)]
    for stage, reasons in TABLES.items():
        if reasons:
            head = "| code | exit | cause | what to do |\n|---|---|---|---|\n"
            rows = "".join(_row(code, reason) for code, reason in sorted(reasons.items()))
            parts.append(f"## {_TITLES.get(stage, stage)}\n\n{head}{rows}")
    return "\n".join(parts)


def _row(code: str, reason: Reason) -> str:
    cells = (f"`{code}`", str(reason.exit_code), reason.cause, reason.cure)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _line(code: str, reason: Reason, width: int) -> str:
    head = f"  {code:<{width}}  {reason.exit_code:>3}  "
    return textwrap.fill(
        reason.cause,
        width=max(_WIDTH, len(head) + 40),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _indented(mark: str, text: str) -> str:
    return textwrap.fill(
        text,
        width=_WIDTH,
        initial_indent=f"  {mark}",
        subsequent_indent=" " * (2 + len(mark)),
        break_on_hyphens=False,
        break_long_words=False,
    )


if __name__ == "__main__":
    sys.stdout.write(markdown())
