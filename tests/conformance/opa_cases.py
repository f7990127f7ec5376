"""OPA's own conformance cases (``v1/test/cases/testdata`` in its Go module), asked of the guest.

Each case becomes a policy: its modules, and one more that asks the case's query and collects every
answer. So all of them run through the same request that a gate makes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from attest.evaluate.capabilities import PolicyHost
from attest.evaluate.guests import rego
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.pool import Pool
from attest.model.capability import Capabilities, HttpGrant
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.policy import File, Policy

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENTRY = "conformance_of_opa/answers"
EXCEPTIONS = Path(__file__).parent / "opa_exceptions.json"
CODES = {
    "eval_builtin_error": {"BUILTIN_ERROR"},
    "eval_conflict_error": {"EVAL_CONFLICT"},
    "eval_type_error": {"EVAL_ERROR"},
    "eval_with_merge_error": {"EVAL_CONFLICT"},
    "rego_compile_error": {"POLICY_COMPILE"},
    "rego_parse_error": {"POLICY_PARSE"},
    "rego_recursion_error": {"POLICY_COMPILE"},
    "rego_type_error": {"POLICY_COMPILE"},
    "rego_unsafe_var_error": {"POLICY_COMPILE"},
}
"""OPA's error codes and ours."""


@dataclass(frozen=True)
class Case:
    """One case; ``name`` is the folder (v0, v1) and OPA's own note."""

    name: str
    wanted: dict[str, Any]

    @property
    def v0(self) -> bool:
        """Whether its modules are Rego v0."""
        return self.name.startswith("v0/")


class _Loader(yaml.SafeLoader):
    """YAML as Go reads it here: `on` and `yes` are text, and so is a date."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith((":bool", ":timestamp"))]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def folder() -> Path | None:
    """Return where the cases are, or ``None``: Go's module cache has not this version of OPA."""
    cache = os.environ.get("GOMODCACHE")
    if not cache and (go := shutil.which("go")):
        command = [go, "env", "GOMODCACHE"]
        cache = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    root = Path(cache) if cache else Path.home() / "go" / "pkg" / "mod"
    version = rego.engine().version
    found = root / f"github.com/open-policy-agent/opa@v{version}/v1/test/cases/testdata"
    return found if found.is_dir() else None


def cases(root: Path) -> list[Case]:
    """Return every case, by name."""
    found, seen = [], Counter[str]()
    for version in ("v0", "v1"):
        for path in sorted((root / version).rglob("*.yaml")):
            for one in _load(path):
                name = f"{version}/{one['note']}"
                seen[name] += 1
                found.append(Case(name if seen[name] == 1 else f"{name} ({seen[name]})", one))
    return sorted(found, key=lambda case: case.name)


def _load(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from yaml.load(file, _Loader)["cases"] or []  # noqa: S506  # a SafeLoader


def exceptions() -> dict[str, str]:
    """Return the cases that are answered otherwise on purpose, and why."""
    listed: dict[str, list[str]] = json.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    return {name: reason for reason, names in listed.items() for name in names}


def run(case: Case, pool: Pool) -> str:
    """Return how the guest's answer differs from what OPA wants; empty when it does not.

    It is asked again after another document, where its instance may have served both
    (docs/adr/0007): the same must come of it, fuel included.
    """
    first, _, again = (replace(one, duration_ms=0.0) for one in _ask(case, pool))
    if again != first:
        return f"asked again it is {again} instead of {first}"[:300]
    return difference(case, first)


def _ask(case: Case, pool: Pool) -> tuple[Answer, ...]:
    wanted = case.wanted
    modules = [*wanted.get("modules", []), question(case)]
    data = wanted.get("data")
    policy = Policy(
        name=case.name,
        code=tuple(File(f"{at}.rego", text.encode()) for at, text in enumerate(modules)),
        digest=Digest.of(case.name.encode()),
        data=(File("data.json", json.dumps(data).encode()),) if data else (),
        entrypoint=ENTRY,
        v0_compatible=case.v0,
    )
    document = json.dumps(wanted.get("input", {})).encode()
    http = any("http.send" in text for text in modules)
    host = PolicyHost(Capabilities(http=(HttpGrant("example.com"),) if http else ()))
    asked = (document, b'{"other": [1, {"a": "b"}]}', document)
    return rego.evaluate(policy, asked, {}, AT, Limits(timeout=30), pool, host)


def question(case: Case) -> str:
    """One rule that lists what the query binds, once for each answer."""
    results = case.wanted.get("want_result") or [{}]
    names = sorted({name for one in results for name in one})
    bound = ", ".join(f'"{name}": {name}' for name in names)
    term = case.wanted.get("input_term")
    given = f" with input as {term}" if term is not None else ""
    keywords = "import future.keywords\n" if case.v0 else ""
    return (
        f"package conformance_of_opa\n{keywords}"
        f"answers := [{{{bound}}} | {case.wanted['query']}{given}]\n"
    )


def difference(case: Case, answer: Answer) -> str:
    wanted = case.wanted
    if "want_error" in wanted or "want_error_code" in wanted:
        return _error_difference(wanted, answer)
    if answer.status != VALUE:
        return f"{answer.code}: {answer.message}"[:300]
    found = json.loads(answer.body)["value"]
    if "want_result" not in wanted:
        expected = wanted.get("want_defined", True)
        return "" if bool(found) == expected else f"defined is {bool(found)}"
    results = wanted["want_result"] or []
    order = bool(wanted.get("sort_bindings"))
    mine, theirs = (sorted(_plain(one, order=order) for one in side) for side in (found, results))
    return "" if mine == theirs else f"{mine} instead of {theirs}"[:300]


def _error_difference(wanted: dict[str, Any], answer: Answer) -> str:
    if answer.status == VALUE:
        return f"{answer.body.decode()[:200]} instead of an error"
    codes = CODES.get(wanted.get("want_error_code", ""))
    if codes is not None and answer.code not in codes:
        return f"{answer.code} instead of {wanted['want_error_code']}: {answer.message}"[:300]
    if codes is None and "want_error_code" in wanted:
        return f"an error code that is not known here: {wanted['want_error_code']}"
    return ""


def _plain(value: Any, *, order: bool) -> str:
    """Return a text that is the same for equal values; ``order`` says that lists are sets."""
    if isinstance(value, list):
        parts = [_plain(one, order=order) for one in value]
        return "[" + ",".join(sorted(parts) if order else parts) + "]"
    if isinstance(value, dict):
        parts = [f"{json.dumps(str(key))}:{_plain(one, order=order)}" for key, one in value.items()]
        return "{" + ",".join(sorted(parts)) + "}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)
