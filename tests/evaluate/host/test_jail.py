"""What a jailed worker can no longer do, tried from inside one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from attest.evaluate.host import launch

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="seccomp is Linux's")

TRY = """
import sys; sys.path[:0] = sys.argv[1:3]
import os, resource, socket
from attest.evaluate.host import jail
jail.enter(int(sys.argv[3]))
out = open(1, "wb", buffering=0, closefd=False)
held = jail.close_doors(8)
out.write(held.encode() + b"\\n")
for name, act in (
    ("open", lambda: os.open("/etc/passwd", os.O_RDONLY)),
    ("list", lambda: os.listdir("/")),
    ("socket", lambda: socket.socket()),
    ("fork", lambda: os.fork()),
    ("exec", lambda: os.execv("/bin/true", ["true"])),
    ("kill", lambda: os.kill(os.getppid(), 0)),
    ("mkdir", lambda: os.mkdir("/tmp/attest-jail-test")),
    ("limit", lambda: resource.prlimit(int(sys.argv[3]), resource.RLIMIT_CORE, (0, 0))),
    ("own limit", lambda: resource.prlimit(0, resource.RLIMIT_DATA, (-1, -1))),
):
    try:
        act()
    except PermissionError:
        out.write(name.encode() + b" refused\\n")
    else:
        out.write(name.encode() + b" WORKED\\n")
os._exit(0)
"""


@linux
def test_a_jailed_process_can_open_and_start_nothing() -> None:
    line = launch.command("unused")
    code = line.index("-c")
    command = [*line[: code + 1], TRY, *line[code + 3 :]]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env={})
    held, *tried = ended.stdout.splitlines()
    assert held == "seccomp"
    assert len(tried) == 9
    assert all(line.endswith(" refused") for line in tried), tried


@linux
def test_a_child_whose_parent_is_gone_ends_at_once() -> None:
    line = launch.command("attest.evaluate.host.compiler", str(1 << 30))
    line[-2] = "1"
    assert subprocess.run(line, env={}, input=b"", check=False).returncode == 1


def test_children_get_no_environment_and_only_our_paths() -> None:
    line = launch.command("module", "argument")
    assert line[:4] == [sys.executable, "-I", "-S", "-X"]
    assert line[-2:] == [str(os.getpid()), "argument"]


def test_the_parent_never_imports_wasmtime() -> None:
    code = (
        "import sys; import attest.evaluate.host.pool, attest.evaluate.guests.rego; "
        "sys.exit('wasmtime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
