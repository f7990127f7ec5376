"""The stage's front: policies and documents in, decisions out, whatever the policy does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from attest.errors import EngineError
from attest.evaluate.capabilities import Answers
from attest.evaluate.crosscheck import cross_check
from attest.evaluate.detect import two_forms
from attest.evaluate.engine import Engine, Settings, find
from attest.evaluate.host.job import ERROR, VALUE, Answer
from attest.evaluate.host.pool import Pool
from attest.evaluate.raw import excerpt
from attest.evaluate.registry import ENGINES
from attest.model import verdict
from attest.model.material import Problem
from attest.model.policy import Policy
from attest.model.verdict import Decision, Outcome, Raw, Usage
from attest.reasons.engine import ENGINE

_SHOWN = 4_096
"""Characters of an unreadable answer that are kept to be shown."""
_NOT_UNICODE = "an argument, or a name in the policy, is not Unicode text"


class Evaluator:
    """Owns the worker processes; use it as a context manager, on the main thread.

    ``answers`` are those to the host calls of the run's policies; without them all are refused.
    With ``include_raw`` a decision holds what the engine was given and what it answered.
    """

    def __init__(
        self,
        *,
        jobs: int = 2,
        progress: Callable[[str], None] = lambda _line: None,
        answers: Answers | None = None,
        include_raw: bool = False,
    ) -> None:
        self._pool = Pool(jobs, progress)
        self._include_raw = include_raw
        self.answers = answers or Answers()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    @property
    def jailed(self) -> bool:
        """Whether every worker that was started so far said that seccomp holds it."""
        return self._pool.jailed

    @property
    def processes(self) -> int:
        """How many worker processes were started so far."""
        return self._pool.spawned

    def warm(self) -> None:
        """Start a worker, and what every engine needs; both go on while the caller does."""
        self._pool.warm()
        for engine in ENGINES:
            engine.look_ahead()

    def prepare(self, policy: Policy, settings: Settings) -> None:
        """Let a worker read ``policy`` while the caller does something else.

        Whatever is wrong with it is said when it is evaluated.
        """
        with contextlib.suppress(EngineError, UnicodeEncodeError):
            find(policy, ENGINES).prepare(policy, settings, self._pool)

    def describe(self, policy: Policy) -> verdict.Engine:
        """Return the engine that will run ``policy``; raise ``EngineError`` if there is none."""
        return find(policy, ENGINES).identity()

    def evaluate(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings
    ) -> tuple[Decision, ...]:
        """Return one decision for each document, in order.

        Whatever one policy does - not load, not compile, not answer, die - is an ERROR decision
        with its problem, never an exception.
        """
        unknown = verdict.Engine(policy.engine or "unknown", "")
        try:
            engine = find(policy, ENGINES)
        except EngineError as error:
            return (_error(unknown, _problem(error)),) * len(documents)
        identity = engine.identity()
        if not documents:
            return ()
        try:
            answers = engine.ask(policy, documents, settings, self._pool)
        except EngineError as error:
            return (_error(identity, _problem(error)),) * len(documents)
        except UnicodeEncodeError:
            return (_error(identity, _of("INPUT_INVALID", _NOT_UNICODE)),) * len(documents)
        decided = tuple(_decision(engine, identity, policy, answer) for answer in answers)
        if settings.cross_check or two_forms(policy):
            decided = cross_check(engine, policy, documents, settings, decided, self._pool)
        return self._with_raw(decided, documents, answers)

    def _with_raw(
        self, decided: Sequence[Decision], documents: Sequence[bytes], answers: Sequence[Answer]
    ) -> tuple[Decision, ...]:
        if not self._include_raw:
            return tuple(decided)
        said = [excerpt(answer.body) if answer.body else None for answer in answers]
        raws = [Raw(excerpt(one), out) for one, out in zip(documents, said, strict=True)]
        return tuple(replace(one, raw=raw) for one, raw in zip(decided, raws, strict=True))


def _decision(engine: Engine, identity: verdict.Engine, policy: Policy, answer: Answer) -> Decision:
    usage = Usage(answer.duration_ms, answer.fuel)
    if answer.status != VALUE:
        return replace(_error(identity, _answer_problem(answer)), usage=usage, logs=answer.logs)
    try:
        read = engine.read(answer.body, policy)
    except Exception as error:  # noqa: BLE001  # one answer that cannot be read costs one document
        problem = (
            _problem(error)
            if isinstance(error, EngineError)
            else _of("GARBAGE_RESULT", f"the policy's answer: {error!r:.300}")
        )
        said = answer.body.decode("utf-8", "replace")[:_SHOWN]
        return replace(_error(identity, problem), usage=usage, logs=answer.logs, result=said)
    return Decision(
        outcome=read.outcome,
        engine=identity,
        findings=read.findings,
        skip_reasons=read.skip_reasons,
        ignored=read.ignored,
        result=read.result,
        usage=usage,
        logs=answer.logs,
    )


def _answer_problem(answer: Answer) -> Problem:
    """Say why there is no value. The code comes from a worker: only a known one is believed."""
    if answer.status != ERROR:
        return _of("UNDEFINED_RESULT", answer.message)
    code = answer.code if answer.code in ENGINE else "WORKER_DIED"
    return _of(code, answer.message)


def _of(code: str, message: str) -> Problem:
    reason = ENGINE[code]
    return Problem(code, message or reason.cause, reason.cure)


def _error(engine: verdict.Engine, problem: Problem) -> Decision:
    return Decision(outcome=Outcome.ERROR, engine=engine, problem=problem)


def _problem(error: EngineError) -> Problem:
    return Problem(error.code, error.message, error.hint)
