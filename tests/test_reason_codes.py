"""Reason codes: each one raised is registered, each one registered is used, the page is current."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.reasons import EXIT_PRECEDENCE, REASONS, TABLES
from attest.report import codes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reason-codes.md"
REFRESH = "python -m attest.report.codes > docs/reason-codes.md"
ERRORS = {
    *("AttestError", "UsageError", "FetchError", "VerificationError", "DecodeError"),
    *("EngineError", "Problem"),
}
"""What takes a reason code as its first argument."""

CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "attest").rglob("*.py")):
        if "reasons" not in path.relative_to(ROOT).parts:
            yield path, ast.parse(path.read_bytes())


def _raised(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each literal code given to an error or a problem, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            code = node.args[0]
            if name in ERRORS and isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, node.lineno


def test_every_code_that_is_raised_is_registered() -> None:
    unknown = [
        f"{path.relative_to(ROOT)}:{line}: {code}"
        for path, tree in _modules()
        for code, line in _raised(tree)
        if code not in REASONS
    ]
    assert not unknown, "register these in attest/reasons/<stage>.py:\n" + "\n".join(unknown)


def test_every_registered_code_is_used() -> None:
    used = {
        node.value
        for _, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for source in (ROOT / "attest").rglob("*.go"):
        used |= set(re.findall(r'"([A-Z][A-Z_]+)"', source.read_text()))
    unused = [
        f"{stage}: {code}" for stage, table in TABLES.items() for code in table if code not in used
    ]
    assert not unused, "nothing in attest/ gives these codes:\n" + "\n".join(unused)


def test_no_code_stands_in_two_tables() -> None:
    stages: dict[str, list[str]] = {}
    for stage, table in TABLES.items():
        for code in table:
            stages.setdefault(code, []).append(stage)
    twice = {code: names for code, names in stages.items() if len(names) > 1}
    assert not twice, "one of these overwrites the other in REASONS"


@pytest.mark.parametrize("code", REASONS)
def test_a_code_is_complete(code: str) -> None:
    reason = REASONS[code]
    assert CODE.fullmatch(code)
    assert reason.exit_code in EXIT_PRECEDENCE
    assert reason.cause.endswith("."), "causes are sentences"
    assert reason.cure, "every code says what to do"
    assert not {"\n", "\t"} & set(reason.cause + reason.cure)


def test_every_exit_code_and_stage_has_words() -> None:
    assert set(codes.MEANINGS) == set(EXIT_PRECEDENCE)
    assert "## " in codes.markdown()
    assert all(f"\n## {title}\n" in codes.markdown() for title in _titles())


def _titles() -> list[str]:
    return [block.splitlines()[0] for block in codes.table().split("\n\n")]


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == codes.markdown(), f"refresh it with: {REFRESH}"
