"""What a reason code carries."""

from __future__ import annotations

from dataclasses import dataclass

EXIT_PRECEDENCE = (70, 130, 2, 4, 6, 5, 3, 1, 0)
"""The exit codes, worst first (README, "Exit codes")."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable cause: the exit code it stands for, why it happens, what to do about it."""

    exit_code: int
    cause: str
    cure: str
