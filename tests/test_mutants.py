"""The mutants that `.ci/mutation` makes, and the list of those that mean nothing."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".ci" / "mutation"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


MUTANTS = _load("mutants")

SOURCE = """
def check(found, limit):
    if found is None:
        raise ValueError("none")
    if found > limit and not found.small:
        weaken("limit", found)
    yield from (one for one in found if one.good)
    return True
"""


def _names(source: str) -> list[str]:
    return [mutant.name for mutant in MUTANTS.mutants(source)]


def test_every_check_is_taken_out_or_turned() -> None:
    assert sorted(_names(SOURCE)) == sorted(
        [
            "check: never `if found is None`",
            "check: `found is None` turned to `found is not None`",
            "check: without `raise ValueError('none')`",
            "check: never `if found > limit and (not found.small)`",
            "check: `found > limit and (not found.small)` without `found > limit`",
            "check: `found > limit and (not found.small)` without `not found.small`",
            "check: `found > limit` turned to `found >= limit`",
            "check: `not found.small` without `not`",
            "check: without `weaken('limit', found)`",
            "check: without `yield from (one for one in found if one.good)`",
            "check: all of `found` without `if one.good`",
            "check: not `return True`",
        ]
    )


def test_each_differs_from_the_module_in_one_place() -> None:
    made = [mutant.source for mutant in MUTANTS.mutants(SOURCE)]
    assert len(set(made)) == len(made)
    for source in made:
        compile(source, "mutant", "exec")


def test_what_stands_twice_has_two_names() -> None:
    assert _names("def f(x):\n    print(x)\n    print(x)\n") == [
        "f: without `print(x)`",
        "f: without `print(x)` (#2)",
    ]


def test_imports_for_types_are_no_check() -> None:
    source = "if TYPE_CHECKING:\n    import x\nif __name__ == '__main__':\n    main()\n"
    assert _names(source) == []


def _equivalent() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads((FOLDER / "equivalent.toml").read_text("utf-8"))


@pytest.mark.parametrize("module", _equivalent())
def test_the_list_of_equivalents_is_current(module: str) -> None:
    names = _names((ROOT / module).read_text("utf-8"))
    for one in _equivalent()[module]:
        assert one["mutant"] in names, one
        assert len(one["reason"].split()) > 3, one
