"""The parent's side of the Extism convention: which module, which configuration, which limits."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import urlsplit

from attest.errors import EngineError
from attest.evaluate.abi.extism.names import screen
from attest.evaluate.abi.extism.requests import HTTP
from attest.evaluate.host import cache
from attest.evaluate.host.job import Answer, CompiledModule, Job, Perform
from attest.evaluate.host.pool import Pool
from attest.evaluate.probe import probe
from attest.model.limits import Limits
from attest.model.policy import Arguments, File, Policy
from attest.model.verdict import Engine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@functools.cache
def engine() -> Engine:
    """Return the engine's name, wasmtime's version, and the digest of the kernel."""
    from importlib.metadata import version

    return Engine(
        "extism",
        f"wasmtime {version('wasmtime')}",
        f"sha256:{hashlib.sha256(_kernel()).hexdigest()}",
    )


def evaluate(
    policy: Policy,
    documents: Sequence[bytes],
    arguments: Arguments,
    at: datetime,
    limits: Limits,
    pool: Pool,
    perform: Perform | None = None,
) -> tuple[Answer, ...]:
    """Return the output of ``Execute`` for each document, in order.

    ``perform`` answers host calls; without it none is granted.

    Raises ``EngineError`` for what concerns the policy as a whole: WASM_MALFORMED,
    IMPORT_FORBIDDEN, EXPORT_MISSING, COMPILE_…, WORKER_UNAVAILABLE.
    """
    program = screened(policy)
    pool.warm()
    modules = (_compiled(program.content, program.path, pool), _compiled(_kernel(), "kernel", pool))
    job = _job(modules, documents, arguments, at, limits)
    return pool.run(replace(job, perform=perform or _ungranted))


def prepare(policy: Policy, arguments: Arguments, at: datetime, limits: Limits, pool: Pool) -> None:
    """Have a worker load the program, if it was compiled before."""
    codes = (screened(policy).content, _kernel())
    program, kernel = (cache.found(hashlib.sha256(code).hexdigest()) for code in codes)
    if program is not None and kernel is not None:
        pool.prepare(_job((program, kernel), (), arguments, at, limits))


def _job(
    modules: tuple[CompiledModule, ...],
    documents: Sequence[bytes],
    arguments: Arguments,
    at: datetime,
    limits: Limits,
) -> Job:
    at_ns = (at - _EPOCH) // timedelta(microseconds=1) * 1_000
    request = json.dumps(configuration(arguments)).encode()
    return Job("extism", modules, request, tuple(documents), limits, at_ns)


def screened(policy: Policy) -> File:
    """Return the policy's one program, after its imports and exports were looked at."""
    (program,) = policy.code
    screen(probe(program.content), program.path or policy.name)
    return program


def configuration(arguments: Arguments) -> Mapping[str, str]:
    """Return what the policy may read: its arguments, as Chainloop passes them, under ``args``."""
    plain = {name: one if isinstance(one, str) else list(one) for name, one in arguments.items()}
    return {"args": json.dumps(plain, ensure_ascii=False)}


def _ungranted(op: str, request: bytes) -> NoReturn:
    if op != HTTP:
        raise EngineError("HOST_CALL_DENIED", f"it called {op!r}, which is not granted")
    try:
        host = urlsplit(json.loads(request)["url"]).hostname or "the network"
    except ValueError:
        host = "the network"
    raise EngineError("HTTP_FORBIDDEN", f"it tried to reach {host}, which is not granted")


def _compiled(wasm: bytes, name: str, pool: Pool) -> CompiledModule:
    digest = hashlib.sha256(wasm).hexdigest()
    return cache.compiled(digest, lambda: wasm, name=name, progress=pool.progress)


@functools.cache
def _kernel() -> bytes:
    from importlib import resources

    return (resources.files(__package__) / "kernel.wasm").read_bytes()
