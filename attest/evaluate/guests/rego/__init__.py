"""The Rego engine: OPA's own parser, compiler and evaluator, as a frozen Wasm guest.

This file only writes the guest's request and reads its errors; what a policy's answer means is for
`attest.evaluate.contract` to say. The guest's Go source stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.guests.rego import sources
from attest.evaluate.guests.rego.answers import explained
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import Answer, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.settings import MAX_MEMORY
from attest.model.limits import Limits
from attest.model.policy import Arguments, Policy
from attest.model.verdict import Engine

_NO_HOST = PolicyHost()
"""Grants nothing."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def engine() -> Engine:
    """Return the engine's name, OPA's version, and the digest of the guest."""
    rego = guest("rego")
    return Engine("rego", rego.version, f"sha256:{rego.digest}")


def look() -> None:
    """Begin to check the guest's native code in the background."""
    guest("rego").look()


def prepare(
    policy: Policy,
    arguments: Arguments,
    at: datetime,
    limits: Limits,
    pool: Pool,
    host: PolicyHost = _NO_HOST,
) -> None:
    """Have a worker read the policy, if the guest was compiled before."""
    module = guest("rego").found()
    if module is not None:
        request = _request(policy, arguments, at, limits, http=bool(host.granted.http))
        pool.prepare(Job("frozen", (module,), request, (), limits, nanoseconds(at)))


def evaluate(
    policy: Policy,
    documents: Sequence[bytes],
    arguments: Arguments,
    at: datetime,
    limits: Limits,
    pool: Pool,
    host: PolicyHost = _NO_HOST,
) -> tuple[Answer, ...]:
    """Return the guest's answer for each document, in order; ``host`` answers http.send.

    The body of an answer with status ``value`` is the guest's verdict (``verdict`` in evaluate.go).
    An error always has a code and a message. Raises ``EngineError`` for what concerns the policy as
    a whole before it runs: POLICY_PARSE, DATA_INVALID, COMPILE_…, WORKER_UNAVAILABLE.
    """
    pool.warm()
    request = _request(policy, arguments, at, limits, http=bool(host.granted.http))
    module = guest("rego").compiled(pool.progress)
    asked = tuple(documents)
    job = Job("frozen", (module,), request, asked, limits, nanoseconds(at), host.perform)
    return tuple(explained(answer) for answer in pool.run(job))


def _request(
    policy: Policy, arguments: Arguments, at: datetime, limits: Limits, *, http: bool
) -> bytes:
    request: dict[str, Any] = {
        "modules": [sources.module(file) for file in policy.code],
        "data": [sources.document(file) for file in policy.data],
        "entrypoint": _entrypoint(policy.entrypoint or ""),
        "chainloop": policy.chainloop,
        "args": {name: _plain(value) for name, value in arguments.items()} or None,
        "v0": policy.v0_compatible,
        "time_ns": nanoseconds(at),
        "memory": min(limits.memory, MAX_MEMORY),
        "http": http,
    }
    return json.dumps(request).encode()


def _entrypoint(written: str) -> str:
    """Return ``pkg/rule``, also where it is written as Rego has it: ``pkg.rule``."""
    return written if "/" in written else written.replace(".", "/")


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def nanoseconds(at: datetime) -> int:
    """Return the time as Go has it: nanoseconds since 1970, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000
