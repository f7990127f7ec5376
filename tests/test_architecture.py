"""The house keeps its shape: what may make what, who imports whom, and how long a file gets."""

from __future__ import annotations

import ast
import base64
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from attest.decode import FORMATS as MATERIALS
from attest.evaluate.detect import detect
from attest.evaluate.registry import ENGINES
from attest.model.digest import Digest
from attest.model.policy import File, Policy
from attest.reasons import TABLES
from attest.report import FORMATS as OUTPUTS
from tests.mirror import TESTED_WITH

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "attest"
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
HEAVY = {
    *("cryptography", "extism", "google", "in_toto_attestation", "jsonschema_rs", "oras"),
    *("pydantic", "regopy", "requests", "rfc3161_client", "rich", "sigstore", "urllib3"),
    *("wasmtime", "yaml"),
}
"""Libraries that cost time to import, by their top-level names."""


@cache
def _modules() -> dict[str, ast.Module]:
    """Return every module of the package by its path inside it."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_bytes())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its signature and docstring."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_only_the_verify_stage_makes_verified() -> None:
    """Also not by `dataclasses.replace` on one: nothing outside may change what was proven."""
    makers = {
        path
        for path, tree in _modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) == "Verified"
    }
    assert makers == {"verify/verifier.py"}
    changers = {
        path
        for path, tree in _modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _name(node.func) == "replace"
        and node.args
        and _name(node.args[0]) in {"verified", "pinned"}
    }
    assert changers == set()


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_files_are_short() -> None:
    lengths = {path: (PACKAGE / path).read_bytes().count(b"\n") for path in _modules()}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = {
        f"{path}:{function.name}": _length(function)
        for path, tree in _modules().items()
        for function in _functions(tree)
        if _length(function) > LONGEST_FUNCTION
    }
    assert long == {}


def test_the_pipeline_can_be_read_at_a_glance() -> None:
    assert (PACKAGE / "pipeline.py").read_bytes().count(b"\n") < 150


# Mirrors


def _mirror(module: str) -> Path:
    """Return where the tests of a module of the package stand."""
    path = Path(module)
    return ROOT / "tests" / path.parent / f"test_{path.name}"


def _own() -> list[str]:
    return [path for path in _modules() if Path(path).name not in {"__init__.py", "__main__.py"}]


def test_every_module_has_its_tests() -> None:
    elsewhere = {module for modules in TESTED_WITH.values() for module in modules}
    without = [m for m in _own() if not _mirror(m).exists() and m not in elsewhere]
    assert without == [], "give these a mirror under tests/, or a line in tests/mirror.py"


def test_the_list_of_tests_elsewhere_is_current() -> None:
    for test, modules in TESTED_WITH.items():
        assert (ROOT / "tests" / test).exists(), test
        for module in modules:
            assert (PACKAGE / module).exists(), f"{module} is gone"
            assert not _mirror(module).exists(), f"{module} has a mirror of its own"


def test_no_module_is_empty_of_tests() -> None:
    named = [ROOT / "tests" / test for test in TESTED_WITH]
    for path in [*named, *(m for m in map(_mirror, _own()) if m.exists())]:
        functions = {f.name for f in _functions(ast.parse(path.read_bytes()))}
        assert any(name.startswith("test_") for name in functions), path


# Registered units: each has its tests and its section in the docs


def _docs(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])
def test_every_engine_is_documented_and_in_a_fixture(engine: str) -> None:
    assert f"`{engine}`" in _docs("attest-yaml.md") + _docs("materials.md")
    shown = {
        detect(Policy(path.name, (File(path.name, path.read_bytes()),), Digest.of(b"")))
        for suffix in ("rego", "wasm")
        for path in (ROOT / "fixtures/policies-src").rglob(f"*.{suffix}")
    }
    assert engine in shown, "give it a policy in fixtures/policies-src"
    assert f"\n## {engine}\n" in _docs("engines.md")


def test_every_format_of_evidence_is_in_a_fixture() -> None:
    shown = set()
    for bundle in (ROOT / "fixtures").rglob("*.sigstore.json"):
        envelope = json.loads(bundle.read_bytes()).get("dsseEnvelope")
        if envelope is not None:
            payload = base64.b64decode(envelope["payload"])
            shown |= set(re.findall(rb'"predicateType": ?"([^"]+)"', payload))
    types = {each.decode() for each in shown}
    missing = [f.kind for f in MATERIALS if not any(f.claims(each) for each in types)]
    assert not missing, "give these a case in fixtures/making"


@pytest.mark.parametrize("known", MATERIALS, ids=lambda known: known.predicate_types[0])
def test_every_material_is_documented_and_tested(known: object) -> None:
    types = known.predicate_types  # type: ignore[attr-defined]  # `object` names no stage's type
    assert any(one in _docs("materials.md") for one in types)
    written = "".join(p.read_text() for p in (ROOT / "tests/decode").rglob("*.py"))
    assert any(one in written for one in types) or known.kind in written  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize("fmt", OUTPUTS)
def test_every_output_is_documented_and_has_a_golden_file(fmt: str) -> None:
    assert f"\n## {fmt}\n" in _docs("outputs.md")
    assert list((ROOT / "tests/report/golden").glob(f"*.{fmt}"))


@pytest.mark.parametrize("stage", TABLES)
def test_every_table_of_reasons_is_documented(stage: str) -> None:
    page = _docs("reason-codes.md")
    assert all(f"`{code}`" in page for code in TABLES[stage])


# Imports


def _imported_by(*words: str) -> set[str]:
    """Run ``attest`` with ``words`` in a fresh interpreter; return the modules that it imported."""
    script = (
        "import sys\n"
        "from attest.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=ROOT / "fixtures/demo",
        capture_output=True,
        check=True,
        text=True,
    )
    return set(ran.stderr.splitlines())


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        *((command, "--help") for command in ("gate", "verify", "inspect", "sign", "demo")),
        *((command, "--help") for command in ("lock", "copy", "store")),
        ("policy", "eval", "--help"),
        ("explain", "PASSED"),
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert {name.partition(".")[0] for name in _imported_by(*words)} & HEAVY == set()


def test_a_gate_imports_no_engine_and_no_client() -> None:
    """Engines live in the workers; sigstore's verifier and HTTP are for other commands."""
    found = _imported_by("gate", "-c", "attest.yaml", "-o", "json")
    tops = {name.partition(".")[0] for name in found}
    assert tops & {"wasmtime", "requests", "pydantic", "regopy", "extism", "urllib3"} == set()
    assert not any(name.startswith(("sigstore.verify", "sigstore.sign")) for name in found)
    assert "attest.evaluate.host.pool" in found


def test_the_contracts_between_layers_hold() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


def test_every_library_has_a_contract() -> None:
    """Each dependency is protected: a second importer needs a word in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    protected = {
        name
        for contract in contracts
        if contract["type"] == "protected"
        for name in contract["protected_modules"]
    }
    assert protected >= {top for tree in _modules().values() for top in _foreign(tree)}


def _foreign(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level names that a module imports from outside."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            if top != "attest" and top not in sys.stdlib_module_names:
                yield top


def test_the_clock_and_the_environment_are_read_at_the_edges() -> None:
    """Ruff's TID251 guards this line by line; here is the list of those that may."""
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("time", "time"), ("os", "environ")}
    readers = {
        path.split("/", maxsplit=1)[0]
        for path, tree in _modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (_name(node.value), node.attr) in clocks
        and _name(node.value) in _imports(tree)
    }
    assert readers <= {"api.py", "cli", "evaluate", "fetch", "signing", "testing"}


def _imports(tree: ast.Module) -> set[str]:
    """Return the names that the imports of a module bind."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
