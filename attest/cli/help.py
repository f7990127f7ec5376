"""Help stands alone: a question about the command is never the answer 0 of a gate."""

from __future__ import annotations

from collections.abc import Sequence

from attest.errors import UsageError

HELP = frozenset({"-h", "--help"})
GROUPS = frozenset({"policy", "report", "config"})
"""Commands whose own commands have help too."""


def refuse_stray_help(words: Sequence[str]) -> None:
    """Raise OPTION_CONFLICT for help among other arguments.

    A file called ``-h`` in ``attest gate *`` must not turn a gate into a page of help that exits 0.
    What follows ``--`` is an argument.
    """
    options = list(words[: words.index("--")] if "--" in words else words)
    asked = HELP.intersection(options)
    others = [word for word in options if word not in HELP]
    alone = len(others) <= (2 if others[:1] and others[0] in GROUPS else 1)
    if asked and not alone:
        raise UsageError(
            "OPTION_CONFLICT",
            f"{min(asked)} stands among other arguments",
            hint="Ask for help alone, `attest gate --help`; a file of that name is ./-h.",
        )
