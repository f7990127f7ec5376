"""What policy authors need of OPA: check, format, test, compile. Its own guest (docs/adr/0005).

The code is the author's, and still nothing of it runs outside a jailed worker and its limits.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from attest.errors import EngineError
from attest.evaluate.guests.rego import nanoseconds, sources
from attest.evaluate.guests.rego.answers import SourceProblem, explained, problem
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import VALUE, Job
from attest.evaluate.host.pool import Pool
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.limits import Limits
from attest.model.policy import File

LIMITS = Limits(timeout=60.0, memory=512 << 20, output=64 << 20)
"""Compiling to Wasm takes most of them."""
Rows = tuple[tuple[int, int], ...]
"""First and last row of each stretch of lines, counted from 1."""


@frozen
class TestResult:
    """One rule ``test_…``. ``outcome`` is passed, failed, error or skipped (a ``todo_test_…``).

    ``message`` says why it is not passed, where OPA says so; ``output`` is what it printed.
    """

    __test__ = False

    package: str
    name: str
    file: str
    row: int
    outcome: str
    message: str = ""
    output: str = ""


@frozen
class FileCoverage:
    """Which lines of a file the tests reached; ``percent`` is 0 to 100."""

    path: str
    percent: float
    covered: Rows
    not_covered: Rows


@frozen
class TestRun:
    """All tests of some modules, by file and row, and what they cover together."""

    __test__ = False

    tests: tuple[TestResult, ...]
    percent: float
    files: tuple[FileCoverage, ...]

    @property
    def passed(self) -> bool:
        """Whether there is a test that passed, and none that failed."""
        outcomes = {one.outcome for one in self.tests}
        return "passed" in outcomes and outcomes <= {"passed", "skipped"}


@frozen
class Compiled:
    """A policy compiled to OPA's Wasm ABI: the program, and OPA's bundle of it (tar, gzip)."""

    wasm: bytes = field(repr=False)
    bundle: bytes = field(repr=False)


def check(
    files: Sequence[File], pool: Pool, *, v0: bool = False, strict: bool = True
) -> tuple[SourceProblem, ...]:
    """Return what OPA's parser and compiler find: nothing when all is well.

    ``strict`` also finds unused arguments, locals and imports, which an evaluation does not mind.
    """
    said = _do(pool, "check", files, v0=v0, strict=strict)
    return tuple(problem(one) for one in said["problems"])


def layout(files: Sequence[File], pool: Pool, *, v0: bool = False) -> tuple[bytes, ...]:
    """Return each file as ``opa fmt`` writes it; raise ``EngineError`` POLICY_PARSE."""
    return tuple(one.encode() for one in _do(pool, "format", files, v0=v0)["texts"])


def run_tests(
    files: Sequence[File], data: Sequence[File], at: datetime, pool: Pool, *, v0: bool = False
) -> TestRun:
    """Run every rule ``test_…``; ``at`` is their clock.

    A built-in function that fails makes its test an error, as it makes an evaluation one. Raises
    ``EngineError`` POLICY_PARSE, POLICY_COMPILE, DATA_INVALID, DATA_CONFLICT.
    """
    said = _do(pool, "test", files, data=data, at=at, v0=v0)
    coverage = said["coverage"]
    return TestRun(
        tuple(TestResult(**one) for one in said["tests"]),
        float(coverage["percent"]),
        tuple(
            FileCoverage(
                one["path"], float(one["percent"]), _rows(one["covered"]), _rows(one["not_covered"])
            )
            for one in coverage["files"]
        ),
    )


def build(
    files: Sequence[File],
    data: Sequence[File],
    entrypoints: Sequence[str],
    pool: Pool,
    *,
    v0: bool = False,
) -> Compiled:
    """Compile to Wasm; the same sources give the same bytes.

    ``entrypoints`` are ``pkg/rule``. Raises ``EngineError`` POLICY_PARSE, POLICY_COMPILE,
    DATA_INVALID, DATA_CONFLICT, NO_ENTRY_RULE.
    """
    said = _do(pool, "compile", files, data=data, v0=v0, entrypoints=list(entrypoints))
    return Compiled(_bytes(said["wasm"]), _bytes(said["bundle"]))


def _do(
    pool: Pool,
    op: str,
    files: Sequence[File],
    *,
    data: Sequence[File] = (),
    at: datetime | None = None,
    **options: Any,
) -> Any:
    """Run one command in the guest; raise ``EngineError`` with its code, or the host's."""
    command = {
        "op": op,
        "modules": [sources.module(file) for file in files],
        "data": [sources.document(file) for file in data],
        "http": True,  # whether a policy may call it is for the plan to say
        **options,
    }
    module = guest("rego_tools").compiled(pool.progress)
    walls = json.dumps({"memory": LIMITS.memory}).encode()
    clock = 0 if at is None else nanoseconds(at)
    job = Job("frozen", (module,), walls, (json.dumps(command).encode(),), LIMITS, clock)
    (answer,) = (explained(one) for one in pool.run(job))
    if answer.status != VALUE:
        raise EngineError(answer.code or "GUEST_INVALID", answer.message)
    return strict_json.parse(answer.body)


def _rows(listed: Sequence[Sequence[int]]) -> Rows:
    return tuple((first, last) for first, last in listed)


def _bytes(encoded: str) -> bytes:
    return base64.b64decode(encoded, validate=True)
