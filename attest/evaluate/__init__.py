"""Stage 4: Policy x documents -> Decisions, each in the sandbox.

detect      which engine a policy's bytes ask for; probe reads Wasm from outside
engine      what an engine and a second opinion are; registry lists them
contract    what an answer means; rules, findings, reading
evaluator   the front of the stage; crosscheck compares the second opinion
host/ abi/ guests/ native/     the sandbox, Wasm conventions, languages, second opinions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attest.evaluate.engine import Settings
    from attest.evaluate.evaluator import Evaluator

__all__ = ["Evaluator", "Settings"]


def __getattr__(name: str) -> Any:
    """Import the front only when it is asked for: a worker process needs none of it."""
    if name == "Evaluator":
        from attest.evaluate.evaluator import Evaluator

        return Evaluator
    if name == "Settings":
        from attest.evaluate.engine import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
