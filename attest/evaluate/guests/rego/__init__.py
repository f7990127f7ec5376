"""The Rego engine: OPA's own parser, compiler and evaluator, as a frozen Wasm guest.

This file only writes the guest's request and reads its errors; what a policy's answer means is for
`attest.evaluate.contract` to say. The guest's Go source stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from attest.errors import EngineError
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import ERROR, Answer, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.settings import MAX_MEMORY
from attest.model import strict_json
from attest.model.limits import Limits
from attest.model.policy import Arguments, File, Policy
from attest.model.verdict import Engine
from attest.reasons.engine import REGO

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def engine() -> Engine:
    """Return the engine's name, OPA's version, and the digest of the guest."""
    rego = guest("rego")
    return Engine("rego", rego.version, f"sha256:{rego.digest}")


def look() -> None:
    """Begin to check the guest's native code in the background."""
    guest("rego").look()


def prepare(policy: Policy, arguments: Arguments, at: datetime, limits: Limits, pool: Pool) -> None:
    """Have a worker read the policy, if the guest was compiled before."""
    module = guest("rego").found()
    if module is not None:
        request = _request(policy, arguments, at, limits)
        pool.prepare(Job("frozen", (module,), request, (), limits, _nanoseconds(at)))


def evaluate(
    policy: Policy,
    documents: Sequence[bytes],
    arguments: Arguments,
    at: datetime,
    limits: Limits,
    pool: Pool,
) -> tuple[Answer, ...]:
    """Return the guest's answer for each document, in order.

    The body of an answer with status ``value`` is the guest's verdict (``verdict`` in evaluate.go).
    An error always has a code and a message. Raises ``EngineError`` for what concerns the policy as
    a whole before it runs: POLICY_PARSE, DATA_INVALID, COMPILE_…, WORKER_UNAVAILABLE.
    """
    pool.warm()
    request = _request(policy, arguments, at, limits)
    module = guest("rego").compiled(pool.progress)
    job = Job("frozen", (module,), request, tuple(documents), limits, _nanoseconds(at))
    return tuple(_explained(answer) for answer in pool.run(job))


def _request(policy: Policy, arguments: Arguments, at: datetime, limits: Limits) -> bytes:
    request: dict[str, Any] = {
        "modules": [
            {"path": file.path, "text": _text(file, "POLICY_PARSE")} for file in policy.code
        ],
        "data": [_document(file) for file in policy.data],
        "entrypoint": _entrypoint(policy.entrypoint or ""),
        "chainloop": policy.chainloop,
        "args": {name: _plain(value) for name, value in arguments.items()} or None,
        "v0": policy.v0_compatible,
        "time_ns": _nanoseconds(at),
        "memory": min(limits.memory, MAX_MEMORY),
    }
    return json.dumps(request).encode()


def _entrypoint(written: str) -> str:
    """Return ``pkg/rule``, also where it is written as Rego has it: ``pkg.rule``."""
    return written if "/" in written else written.replace(".", "/")


def _document(file: File) -> dict[str, Any]:
    return {
        "name": file.path,
        "path": file.mount,
        "text": _text(file, "DATA_INVALID"),
        "yaml": file.path.endswith((".yaml", ".yml")),
    }


def _text(file: File, code: str) -> str:
    try:
        return file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EngineError(code, f"{file.path} is not UTF-8: {error.reason}") from None


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


def _explained(answer: Answer) -> Answer:
    """Give an error of the guest's own its code and message."""
    if answer.status != ERROR or answer.code is not None:
        return answer
    try:
        said = strict_json.parse(answer.body)
        code, message = str(said["code"]), str(said["message"])
    except (ValueError, KeyError, TypeError) as error:
        return replace(answer, code="GUEST_INVALID", message=f"an unreadable error: {error!r}")
    if code not in REGO:
        return replace(answer, code="GUEST_INVALID", message=f"an unknown error {code}: {message}")
    place = ":".join(str(said[part]) for part in ("file", "row", "column") if part in said)
    return replace(answer, code=code, message=f"{place}: {message}" if place else message)
