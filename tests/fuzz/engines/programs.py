"""Damaged modules as policies: told apart or refused, and some of them run."""

from __future__ import annotations

import os
from random import Random
from typing import Any

from attest.errors import EngineError
from attest.evaluate import Evaluator
from attest.evaluate.abi.opa import adapter as opa
from attest.evaluate.detect import KNOWN
from attest.evaluate.engine import find
from attest.evaluate.host import cache
from attest.evaluate.registry import ENGINES
from tests.evaluate.abi.extism.older_wat import older
from tests.evaluate.abi.extism.wat import answering
from tests.evaluate.abi.opa.programs import program
from tests.evaluate.abi.opa.wat import module
from tests.evaluate.make import decide, policy
from tests.fuzz.engines.modules import damaged
from tests.fuzz.engines.oracle import outcome_of

_NO = r"{\22violations\22:[\22no\22]}"
_SIZE = 21
OBJECTING = (
    answering(_NO, _SIZE),
    older(f"(i64.const {_SIZE})", text=_NO),
    module('[{"result": {"violations": ["no"]}}]', entrypoints='{"p/result": 0}'),
)
"""One program of each engine that runs Wasm: each says no."""
_LARGE = (program("asking"), program("pure"))
_LIMITS: dict[str, Any] = {"timeout": 5.0, "memory": 8 << 20, "fuel": 5_000_000, "output": 1 << 16}


def recognise(random: Random) -> str:
    """Look at a damaged module as everything does before it runs."""
    wasm = random.choice(OBJECTING if random.random() < 0.9 else _LARGE)
    given = random.choice((None, None, None, None, *KNOWN))
    one = policy(damaged(wasm, random.choice(OBJECTING), random), engine=given)
    try:
        engine = find(one, ENGINES)
        if engine.name == "opa-wasm":
            opa.screened(one)
    except EngineError as error:
        return error.code
    return engine.name


class Programs:
    """Runs damaged modules in the real workers."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._kept = set(cache._opened)  # noqa: SLF001  # nothing else closes what it opened

    def run(self, random: Random) -> str:
        """Compile and run one. It must not pass, unless it now answers that all is well."""
        wasm = damaged(random.choice(OBJECTING), random.choice(OBJECTING), random)
        decision = decide(self._evaluator, policy(wasm), **_LIMITS)
        self._forget()
        return outcome_of(decision)

    def _forget(self) -> None:
        for key in cache._opened.keys() - self._kept:  # noqa: SLF001  # as above
            os.close(cache._opened.pop(key).descriptor)  # noqa: SLF001
