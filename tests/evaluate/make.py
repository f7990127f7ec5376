"""Short ways to make policies and settings."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from attest.evaluate import Evaluator, Settings
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import Arguments, File, Policy
from attest.model.verdict import Decision

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LIMITS = Limits(timeout=20.0, memory=32 << 20, fuel=20_000_000, output=1 << 20)
CLEAN = b'{"violations": []}'


def policy(*code: bytes | str, **fields: Any) -> Policy:
    """Return a policy of these files; text is Rego source, bytes are a Wasm program."""
    files = tuple(
        File(f"policy{at}.wasm", one)
        if isinstance(one, bytes)
        else File(f"p{at}.rego", one.encode())
        for at, one in enumerate(code)
    )
    digest = Digest.of(b"".join(file.content for file in files))
    named = Policy(name="sample", code=files, digest=digest)
    return dataclasses.replace(named, **fields)


def decide(
    evaluator: Evaluator,
    one: Policy,
    document: bytes = b"{}",
    arguments: Arguments | None = None,
    **changes: Any,
) -> Decision:
    """Evaluate one document; ``changes`` are limits, or ``cross_check``."""
    check = changes.pop("cross_check", False)
    limits = dataclasses.replace(LIMITS, **changes)
    settings = Settings(AT, limits, arguments or {}, cross_check=check)
    (decision,) = evaluator.evaluate(one, [document], settings)
    return decision


def code_of(decision: Decision) -> str:
    """Return the reason code of an ERROR decision, else the outcome's word."""
    if decision.problem is None:
        return decision.outcome.word
    assert decision.outcome.word == "error"
    assert decision.problem.message
    assert decision.problem.hint
    return decision.problem.code
