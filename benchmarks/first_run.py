"""The first run: ``python -m benchmarks.first_run``. A machine that has just installed the wheel.

A wheel is built and installed in an environment of its own. Each turn installs it anew, gives it
folders where no user was before, and runs the demo gate twice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from benchmarks.demo import Demo
from benchmarks.measure import ROOT, Command, compare, keeps, ratio, show

LIMIT = 1.5
_RUNS = 7
_FIRST, _LATER = "the first gate after installing", "a later one"
_PURE = "the first gate of a pure wheel"


def main() -> bool:
    """Print the measurement; return whether the limit is kept."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        wheel = _wheel(work / "dist")
        size = wheel.stat().st_size / 1e6
        scripts = _environment(work / "venv")
        for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = str(work / "user" / variable)
        gate = [str(scripts / "attest"), *Demo.copy(work / "demo").gate()[1:]]

        def install() -> None:
            _quiet(scripts / "pip", "install", "--no-deps", "--force-reinstall", str(wheel))
            shutil.rmtree(work / "user", ignore_errors=True)

        def install_pure() -> None:
            install()
            (native,) = (work / "venv").rglob("data/native")
            shutil.rmtree(native)

        samples = compare([Command(_FIRST, [gate], install), Command(_LATER, [gate])], runs=_RUNS)
        samples |= compare([Command(_PURE, [gate], install_pure)], runs=1, warmup=0)
    show(f"The first run, from a wheel of {size:.0f} MB", samples, _LATER)
    return keeps(_FIRST, ratio(samples[_FIRST], samples[_LATER]), LIMIT)


def _wheel(folder: Path) -> Path:
    """Build the wheel with what is installed here."""
    _quiet(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.iterdir()
    return wheel


def _environment(folder: Path) -> Path:
    """Make an environment that borrows the libraries of this one; return its scripts."""
    venv.create(folder, with_pip=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def _quiet(*line: str | Path) -> None:
    ended = subprocess.run(line, capture_output=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr.decode(errors="replace"))


if __name__ == "__main__":
    sys.exit(not main())
