"""Every failure that attest can explain; the tree mirrors the pipeline.

AttestError
 ├─ UsageError         the request or the plan is wrong
 ├─ FetchError         bytes could not be had, or were not the bytes that were pinned
 ├─ VerificationError  bytes could not be trusted
 ├─ DecodeError        trusted bytes are not the format they claim to be
 └─ EngineError        a policy could not be loaded, or did not answer

The exit code belongs to the reason code (`attest.reasons`), not to the class.
"""

from __future__ import annotations

from typing import Any

from attest.reasons import REASONS


class AttestError(Exception):
    """A refusal: a registered ``code``, a message with expected and seen, and a hint.

    ``where`` names the file, key or reference. Without a ``hint`` the code's own cure is used.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint or REASONS[code].cure
        self.where = where

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross processes whole; an exception would otherwise be made anew of its text alone."""
        return _restored, (type(self), self.args, self.__dict__)

    @property
    def exit_code(self) -> int:
        """The process exit code that this refusal stands for."""
        return REASONS[self.code].exit_code


class UsageError(AttestError):
    """The request or the plan is wrong."""


class FetchError(AttestError):
    """Bytes could not be had, or were not the bytes that were pinned."""


class VerificationError(AttestError):
    """Bytes could not be trusted.

    ``steps`` are the checks that had held before (`attest.model.trust.Step`).
    """

    steps: tuple[Any, ...] = ()


class DecodeError(AttestError):
    """Trusted bytes are not the format they claim to be."""


class EngineError(AttestError):
    """A policy could not be loaded, or did not answer."""


def _restored(kind: type[AttestError], args: tuple[Any, ...], state: dict[str, Any]) -> AttestError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
