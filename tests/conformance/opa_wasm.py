# ruff: noqa: T201  # a command, which says how it went
"""OPA's own cases once more, compiled to Wasm: ``python -m tests.conformance.opa_wasm [EVERY]``.

Each case of Rego v1 is compiled by OPA's compiler in our guest, and runs in this process on the
code that a worker runs. It has to give what OPA wants, as the source has to.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from attest.errors import EngineError
from attest.evaluate.abi.opa import adapter
from attest.evaluate.abi.opa.runner import Opa
from attest.evaluate.guests import rego
from attest.evaluate.guests.rego.tools import build
from attest.evaluate.host.guest import guest
from attest.evaluate.host.job import ERROR, UNDEFINED, VALUE, Answer
from attest.evaluate.host.machine import Module, compile_module, load_module
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.runners import Task
from attest.evaluate.host.stopped import Stopped
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import File, Policy
from tests.conformance import opa_cases
from tests.conformance.opa_cases import AT, ENTRY, Case

LIMITS = Limits(timeout=30.0, fuel=2_000_000_000)
INSIDE = "a built-in function inside the program that fails is undefined there"
NOT_COMPILED = "OPA does not compile it to Wasm"
ORDER = "a set is written in the order of the program's memory, not sorted"
REFUSED = "it asks for a built-in function that nobody answers"
_BUILTIN_ERRORS = {"eval_builtin_error", "eval_type_error"}


class Programs:
    """Compiles and runs cases; `close` ends the worker that compiles."""

    def __init__(self) -> None:
        self._pool = Pool(1)
        code = guest("rego").compiled()
        self._guest = load_module(f"/dev/fd/{code.descriptor}")

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def run(self, case: Case) -> tuple[str, str]:
        """Return how the answer differs from what OPA wants, and why that is known: or nothing."""
        modules = [*case.wanted.get("modules", []), opa_cases.question(case)]
        files = tuple(File(f"{at}.rego", text.encode()) for at, text in enumerate(modules))
        try:
            wasm = build(files, (), [ENTRY], self._pool).wasm
        except EngineError as error:
            answer = Answer(ERROR, code=error.code, message=error.message)
            said = opa_cases.difference(case, answer)
            return said, NOT_COMPILED if said and error.code == "EVAL_ERROR" else ""
        try:
            answer = self._evaluate(case, wasm)
        except (EngineError, Stopped) as stopped:
            answer = Answer(ERROR, code=stopped.code, message=stopped.message)
        said = opa_cases.difference(case, answer)
        return said, _known(case, answer) if said else ""

    def _evaluate(self, case: Case, wasm: bytes) -> Answer:
        policy = Policy("case", (File("policy.wasm", wasm),), Digest.of(wasm), entrypoint=ENTRY)
        _, said = adapter.screened(policy, frozenset())
        modules = [_loaded(wasm)] + ([self._guest] if said.builtins != () else [])
        request: dict[str, Any] = {
            "pages": said.pages,
            "entrypoint": ENTRY,
            "entrypoints": [],
            "chainloop": False,
            "arguments": None,
            "data": json.dumps(case.wanted.get("data") or {}),
            "granted": [],
        }
        document = json.dumps(case.wanted.get("input", {})).encode()
        task = Task(json.dumps(request).encode(), document, LIMITS, rego.nanoseconds(AT))
        answered = Opa(modules).evaluate(task)
        results = json.loads(json.loads(answered.body)["answers"][ENTRY])
        if not results:
            return Answer(UNDEFINED, code="UNDEFINED_RESULT")
        return Answer(VALUE, json.dumps({"value": results[0]["result"]}).encode())


def sample(every: list[Case], one_in: int) -> list[Case]:
    """Return every so many cases of Rego v1 that the source answers as OPA wants."""
    excepted = opa_cases.exceptions()
    return [case for case in every if not case.v0 and case.name not in excepted][::one_in]


def _known(case: Case, answer: Answer) -> str:
    if answer.code == "BUILTIN_REFUSED":
        return REFUSED
    unordered = Case(case.name, {**case.wanted, "sort_bindings": True})
    if answer.status == VALUE and not opa_cases.difference(unordered, answer):
        return ORDER
    return INSIDE if case.wanted.get("want_error_code") in _BUILTIN_ERRORS else ""


def _loaded(wasm: bytes) -> Module:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(compile_module(wasm))
        return load_module(file.name)


def main() -> int:
    """Run the cases; return 1 when one differs for no reason that is known."""
    root = opa_cases.folder()
    if root is None:
        print("OPA's module is not in Go's module cache: go mod download", file=sys.stderr)
        return 2
    chosen = sample(opa_cases.cases(root), int(sys.argv[1]) if sys.argv[1:] else 1)
    programs = Programs()
    said = {case.name: programs.run(case) for case in chosen}
    programs.close()
    for name, (why, known) in said.items():
        if why and not known:
            print(f"{name}: {why}")
    print(f"{len(chosen)} cases", dict(Counter(known or why[:60] for why, known in said.values())))
    return int(any(why and not known for why, known in said.values()))


if __name__ == "__main__":
    sys.exit(main())
