"""The end of a process."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.command import attest_process


def _run(program: str) -> subprocess.CompletedProcess[str]:
    program = f"from attest.cli.leave import leave\n{program}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_what_was_printed_and_what_was_promised_comes_first() -> None:
    ran = _run(
        "import atexit, sys\n"
        "atexit.register(print, 'tidied')\n"
        "print('said'); print('warned', end='', file=sys.stderr)\n"
        "leave(3)"
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "said\ntidied\n", "warned")


def test_the_interpreter_is_not_taken_apart() -> None:
    ran = _run("class Late:\n    def __del__(self): print('late')\nlate = Late()\nleave(0)")
    assert (ran.returncode, ran.stdout) == (0, "")


def test_output_that_cannot_be_flushed_is_no_success() -> None:
    ran = _run("import sys\nsys.stdout = open('/dev/full', 'w')\nprint('lost')\nleave(0)")
    assert ran.returncode == 5
    assert "OUTPUT_FAILED" in ran.stderr


def test_a_worse_code_stays() -> None:
    ran = _run("import sys\nsys.stdout = open('/dev/full', 'w')\nprint('lost')\nleave(70)")
    assert ran.returncode == 70


def test_the_command_line_leaves_so() -> None:
    assert attest_process("explain", "NOT_A_CODE").code == 2
    assert attest_process("--version").out.startswith("attest")
