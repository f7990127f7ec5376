"""A pool that all tests of the guests share, and a short way to ask a policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from attest.evaluate.guests import rego
from attest.evaluate.host.job import Answer
from attest.evaluate.host.pool import Pool
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import Arguments, File, Policy

MAIN = "package main\n"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Two warm workers."""
    with Pool(2) as shared:
        yield shared


class Ask:
    """Asks a policy of one or more Rego modules about documents."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def __call__(
        self,
        *sources: str,
        documents: tuple[bytes, ...] = (b"{}",),
        arguments: Arguments | None = None,
        limits: Limits | None = None,
        data: tuple[File, ...] = (),
        entrypoint: str | None = None,
        chainloop: bool = False,
        v0: bool = False,
    ) -> tuple[Answer, ...]:
        """Return the answers, in order."""
        policy = Policy(
            name="test",
            code=tuple(
                File(f"policy{index}.rego", text.encode()) for index, text in enumerate(sources)
            ),
            digest=Digest.of("".join(sources).encode()),
            data=data,
            entrypoint=entrypoint,
            v0_compatible=v0,
            chainloop=chainloop,
        )
        walls = limits or Limits(timeout=20)
        return rego.evaluate(policy, documents, arguments or {}, AT, walls, self.pool)


@pytest.fixture
def ask(pool: Pool) -> Ask:
    """Return the short way to ask."""
    return Ask(pool)


def said(answer: Answer) -> dict[str, Any]:
    """Return the guest's verdict."""
    assert answer.status == "value", answer
    verdict: dict[str, Any] = json.loads(answer.body)
    return verdict


def rules(answer: Answer) -> dict[str, Any]:
    """Return the value of each entry rule; the absent ones are undefined."""
    verdict = said(answer)
    assert verdict["mode"] == "rules"
    return {
        f"{one['package']}.{one['rule']}": one["value"]
        for one in verdict["rules"]
        if not one.get("undefined")
    }
