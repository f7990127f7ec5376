"""The parent's side of OPA's Wasm ABI: which program, which question, which limits."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from attest.errors import EngineError
from attest.evaluate.abi.opa import documents
from attest.evaluate.abi.opa.builtins import GRANTABLE, refusal
from attest.evaluate.abi.opa.names import screen
from attest.evaluate.abi.opa.static import Claims, claims
from attest.evaluate.engine import Settings
from attest.evaluate.host import cache, launch
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import Answer, CompiledModule, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.probe import is_wasm, probe
from attest.model.policy import File, Policy
from attest.model.verdict import Engine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RUNNER = "opa"
_MAJOR, _MINORS = 1, range(4)
"""Versions of OPA's Wasm ABI that the host speaks."""


@functools.cache
def engine() -> Engine:
    """Return the engine's name, wasmtime's version, and the digest of the guest for built-ins."""
    digest = f"sha256:{guest('rego').digest}"
    return Engine("opa-wasm", f"wasmtime {launch.wasmtime_version()}", digest)


def evaluate(
    policy: Policy, documents_: Sequence[bytes], settings: Settings, pool: Pool
) -> tuple[Answer, ...]:
    """Return the program's answer for each document, in order (`attest.evaluate.contract.opa`).

    Raises ``EngineError`` for what concerns the policy as a whole: what `screened` raises,
    DATA_INVALID, DATA_CONFLICT, COMPILE_…, WORKER_UNAVAILABLE.
    """
    program, said = screened(policy, granted(settings))
    pool.warm()
    modules = [_compiled(program, settings.limits.timeout, pool)]
    if said.builtins != ():
        modules.append(guest("rego").compiled(pool.progress))
    return pool.run(_job(policy, said, tuple(modules), tuple(documents_), settings))


def prepare(policy: Policy, settings: Settings, pool: Pool) -> None:
    """Have a worker load the program, if it was compiled before."""
    program, said = screened(policy)
    modules = [cache.found(hashlib.sha256(program.content).hexdigest())]
    if said.builtins != ():
        modules.append(guest("rego").found())
    found = tuple(one for one in modules if one is not None)
    if len(found) == len(modules):
        pool.prepare(_job(policy, said, found, (), settings))


def _compiled(program: File, timeout: float, pool: Pool) -> CompiledModule:
    """Compile the program within its policy's time."""
    return cache.compiled(
        hashlib.sha256(program.content).hexdigest(),
        lambda: program.content,
        name=program.path,
        timeout=timeout,
        progress=pool.progress,
    )


def granted(settings: Settings) -> frozenset[str]:
    """Return the built-ins that the plan grants besides those that everybody has."""
    return GRANTABLE if settings.host.granted.http else frozenset()


def screened(policy: Policy, more: frozenset[str] = GRANTABLE) -> tuple[File, Claims]:
    """Return the policy's program and what it says of itself, after both were looked at.

    ``more`` are built-ins that are granted, or may be. Raises ``EngineError`` WASM_MALFORMED,
    IMPORT_FORBIDDEN, EXPORT_MISSING, ENGINE_UNSUPPORTED, BUILTIN_REFUSED.
    """
    (program,) = (file for file in policy.code if is_wasm(file.content))
    module = probe(program.content)
    screen(module, program.path)
    said = claims(program.content, module)
    if said.abi is None or said.abi[0] != _MAJOR or said.abi[1] not in _MINORS:
        version = "no version" if said.abi is None else "version {}.{}".format(*said.abi)
        raise EngineError(
            "ENGINE_UNSUPPORTED",
            f"{program.path} states {version} of OPA's ABI; this version runs 1.0 to 1.3",
        )
    if refused := refusal(said.builtins or (), more):
        raise EngineError("BUILTIN_REFUSED", f"{program.path} asks for {refused}")
    return program, said


def _job(
    policy: Policy,
    said: Claims,
    modules: tuple[CompiledModule, ...],
    asked: tuple[bytes, ...],
    settings: Settings,
) -> Job:
    passed = {
        name: one if isinstance(one, str) else list(one) for name, one in settings.arguments.items()
    }
    request = {
        "pages": said.pages,
        "entrypoint": _slashed(policy.entrypoint) if policy.entrypoint else None,
        "entrypoints": list(policy.entrypoints),
        "chainloop": policy.chainloop,
        "arguments": passed or None,
        "data": documents.data(policy.data).decode("utf-8"),
        "granted": sorted(granted(settings)),
    }
    at_ns = (settings.at - _EPOCH) // timedelta(microseconds=1) * 1_000
    return Job(
        _RUNNER,
        modules,
        json.dumps(request).encode(),
        asked,
        settings.limits,
        at_ns,
        settings.host.perform,
    )


def _slashed(entrypoint: str) -> str:
    """Return ``pkg/rule``, also where it is written as Rego has it: ``pkg.rule``."""
    return entrypoint if "/" in entrypoint else entrypoint.replace(".", "/")
