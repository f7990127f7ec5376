"""The programs that OPA compiled from our own Rego (`fixtures/making/opa/build.sh`)."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[4]
CASES = Path(__file__).parent / "cases"
VERDICT = ROOT / "fixtures" / "policies-src" / "scanner-verdict"


def program(name: str) -> bytes:
    """Return a compiled case."""
    return (CASES / f"{name}.wasm").read_bytes()


def source(name: str) -> str:
    """Return the source of a case."""
    return (CASES / f"{name}.rego").read_text(encoding="utf-8")


def entrypoints(name: str) -> tuple[str, ...]:
    """Return the entrypoints that a case's source names."""
    lines = source(name).splitlines()
    return tuple(f"{name}/{line[14:]}" for line in lines if line.startswith("# entrypoint: "))
