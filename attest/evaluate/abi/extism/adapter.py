"""The parent's side of the Extism convention: which module, which configuration, which limits."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from attest.errors import EngineError
from attest.evaluate import contract
from attest.evaluate.abi.extism.documents import refused
from attest.evaluate.abi.extism.names import EXECUTE, screen
from attest.evaluate.abi.extism.older import is_older
from attest.evaluate.engine import Settings
from attest.evaluate.host import cache, launch
from attest.evaluate.host.job import Answer, CompiledModule, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.probe import probe
from attest.evaluate.reading import Reading
from attest.model.frozen import frozen
from attest.model.policy import Arguments, File, Policy
from attest.model.verdict import Engine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Program:
    """A policy's one module, looked at; ``older`` says which convention it speaks."""

    file: File
    older: bool

    @property
    def wasm(self) -> tuple[bytes, ...]:
        """What a worker loads: the module, and beside it the kernel."""
        return (self.file.content,) if self.older else (self.file.content, _kernel())


@functools.cache
def engine() -> Engine:
    """Return the engine's name, wasmtime's version, and the digest of the kernel."""
    return Engine(
        "extism",
        f"wasmtime {launch.wasmtime_version()}",
        f"sha256:{hashlib.sha256(_kernel()).hexdigest()}",
    )


def evaluate(
    policy: Policy,
    documents: Sequence[bytes],
    settings: Settings,
    pool: Pool,
) -> tuple[Answer, ...]:
    """Return the output of ``Execute`` for each document, in order.

    Raises ``EngineError`` for what concerns the policy as a whole: WASM_MALFORMED,
    IMPORT_FORBIDDEN, EXPORT_MISSING, ARGUMENTS_UNSUPPORTED, COMPILE_…, WORKER_UNAVAILABLE.
    """
    program = screened(policy)
    if program.older and settings.arguments:
        names = ", ".join(sorted(settings.arguments))
        raise EngineError("ARGUMENTS_UNSUPPORTED", f"{policy.name} is passed {names}")
    pool.warm()
    modules = _compiled(program, settings.limits.timeout, pool)
    forged = refused(documents)
    asked = [document for at, document in enumerate(documents) if at not in forged]
    answers = iter(pool.run(_job(policy, program, modules, asked, settings)))
    return tuple(forged[at] if at in forged else next(answers) for at in range(len(documents)))


def prepare(policy: Policy, settings: Settings, pool: Pool) -> None:
    """Have a worker load the program, if it was compiled before."""
    program = screened(policy)
    found = [cache.found(hashlib.sha256(wasm).hexdigest()) for wasm in program.wasm]
    modules = tuple(one for one in found if one is not None)
    if len(modules) == len(found):
        pool.prepare(_job(policy, program, modules, (), settings))


def read(answer: bytes, policy: Policy) -> Reading:
    """Return what an answer means; raise ``EngineError`` when it means nothing."""
    return contract.chainloop(
        answer, policy.name, finding_type=policy.finding_type, export=policy.entrypoint
    )


def screened(policy: Policy) -> Program:
    """Return the policy's one program, after its imports and exports were looked at."""
    (file,) = policy.code
    module = probe(file.content)
    export = policy.entrypoint or EXECUTE
    older = is_older(module, file.content)
    if older and export != EXECUTE:
        raise EngineError("EXPORT_MISSING", f"{file.path}: its convention has {EXECUTE!r} alone")
    screen(module, file.path or policy.name, export)
    return Program(file, older)


def configuration(arguments: Arguments) -> Mapping[str, str]:
    """Return what the policy may read: its arguments, as Chainloop passes them, under ``args``."""
    plain = {name: one if isinstance(one, str) else list(one) for name, one in arguments.items()}
    return {"args": json.dumps(plain, ensure_ascii=False)}


def _job(
    policy: Policy,
    program: Program,
    modules: tuple[CompiledModule, ...],
    documents: Sequence[bytes],
    settings: Settings,
) -> Job:
    at_ns = (settings.at - _EPOCH) // timedelta(microseconds=1) * 1_000
    request = {
        "config": configuration(settings.arguments),
        "export": policy.entrypoint or EXECUTE,
    }
    return Job(
        "older-execute" if program.older else "extism",
        modules,
        json.dumps(request).encode(),
        tuple(documents),
        settings.limits,
        at_ns,
        settings.host.perform,
    )


def _compiled(program: Program, timeout: float, pool: Pool) -> tuple[CompiledModule, ...]:
    """Compile what a worker loads; the policy's own module within its own time."""
    limits = (timeout, cache.COMPILE_TIMEOUT)
    return tuple(
        cache.compiled(
            hashlib.sha256(wasm).hexdigest(),
            functools.partial(bytes, wasm),
            name=program.file.path,
            timeout=seconds,
            progress=pool.progress,
        )
        for wasm, seconds in zip(program.wasm, limits, strict=False)
    )


@functools.cache
def _kernel() -> bytes:
    from importlib import resources

    return (resources.files(__package__) / "kernel.wasm").read_bytes()
