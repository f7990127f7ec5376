"""Take one check after another out of a module, and see that its tests notice.

``python .ci/mutation attest/aggregate/age.py …`` works in a copy of the tree and exits 1 when a
mutant survives. Mutants that change nothing a test could see stand in ``equivalent.toml``, each
with its reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from mutants import mutants

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "dist", "build")
_QUICKLY = ("-q", "-x", "-p", "no:cacheprovider", "--assert", "plain", "--no-header")
TIMEOUT = 180
"""Seconds for the tests of one mutant; one that hangs has been noticed."""


def main() -> int:
    """Run the mutants of the modules that the command line names."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("modules", nargs="+", help="files below attest/")
    options.add_argument("--wider", nargs="*", default=[], help="tests to ask besides the mirror")
    given = options.parse_args()
    known = equivalents()
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="attest-mutation-") as folder:
        tree = _copy(Path(folder))
        _warm(tree)
        for module in given.modules:
            survivors += _module(tree, module, given.wider, known.get(module, {}))
    print(f"{survivors} survived")
    return 1 if survivors else 0


def equivalents() -> dict[str, dict[str, str]]:
    """Return, by module, the mutants that no test can notice, each with its reason."""
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    return {module: {one["mutant"]: one["reason"] for one in of} for module, of in listed.items()}


def mirrors(module: str, root: Path) -> list[str]:
    """Return the tests of a module: its mirror, or where tests/mirror.py says they are."""
    from tests.mirror import TESTED_WITH  # of the copy, which is first on the path by now

    inside = Path(module).relative_to("attest")
    own = Path("tests") / inside.parent / f"test_{inside.name}"
    found = [f"tests/{test}" for test, of in TESTED_WITH.items() if str(inside) in of]
    return [str(own)] if (root / own).exists() else found


def _module(tree: Path, module: str, wider: list[str], known: dict[str, str]) -> int:
    path, tests = tree / module, mirrors(module, tree)
    source = path.read_text("utf-8")
    began, count, survived = time.monotonic(), 0, 0
    if not tests or not _passes(tree, [*tests, *wider]):
        print(f"{module}: its tests fail as it is: {' '.join(tests) or 'there are none'}")
        return 1
    for mutant in mutants(source):
        if mutant.name in known:
            continue
        count += 1
        path.write_text(mutant.source, "utf-8")
        if _passes(tree, tests) and not (wider and not _passes(tree, wider)):
            survived += 1
            print(f"SURVIVED {module}:{mutant.line} {mutant.name}", flush=True)
    path.write_text(source, "utf-8")
    stale = known.keys() - {mutant.name for mutant in mutants(source)}
    for name in sorted(stale):
        print(f"STALE {module} {name}: {EQUIVALENT.name} names what is no mutant any more")
    seconds = time.monotonic() - began
    print(f"{module}: {count - survived} of {count} noticed, {seconds:.0f} s", flush=True)
    return survived + len(stale)


def _copy(folder: Path) -> Path:
    """Copy the tree, without what is not part of it, to where nobody else writes."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        (folder / "shared").symlink_to(shared)
    return tree


def _warm(tree: Path) -> None:
    """Import what every test needs and no mutant changes, once for all of them."""
    import cryptography.x509
    import jsonschema_rs
    import pytest
    import yaml

    del cryptography, jsonschema_rs, pytest, yaml
    sys.dont_write_bytecode = True  # a mutant of the same second and size would not be seen
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = str(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if path != str(ROOT))]
    os.chdir(tree)


def _passes(tree: Path, tests: list[str]) -> bool:
    """Run tests in a child of their own; tell whether they all pass."""
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.alarm(TIMEOUT)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        import pytest

        status = 1
        try:
            status = pytest.main([*_QUICKLY, "--rootdir", str(tree), *tests])
        finally:
            os._exit(int(status))
    _, status = os.waitpid(child, 0)
    return status == 0


if __name__ == "__main__":
    sys.exit(main())
