"""``--offline`` opens no socket, and says what it therefore cannot have."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import make
from tests.cli.command import assert_refused, attest
from tests.gate import CLEAN, Gate

DIGEST = "0" * 64


@pytest.fixture
def families(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The family of every socket that is made; all but the pairs to the workers are refused."""
    made: list[int] = []
    real = socket.socket.__init__

    def opened(self: socket.socket, family: int = -1, *rest: Any, **more: Any) -> None:
        made.append(family)
        assert family == socket.AF_UNIX, f"a socket of family {family} was made"
        real(self, family, *rest, **more)

    def refused(*_: object, **__: object) -> None:
        pytest.fail("a name was looked up")

    monkeypatch.setattr(socket.socket, "__init__", opened)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    return made


def test_the_demo_opens_only_pairs_to_its_workers(families: list[int]) -> None:
    words = ("gate", "-c", "attest.yaml", "--offline", "-o", "json")
    ran = attest(*words, cwd=make.ROOT / "demo")
    assert ran.code == 0, ran
    assert set(families) == {socket.AF_UNIX}


def test_workers_and_children_open_none() -> None:
    """An audit hook in the parent sees what is made below Python's `socket` class too."""
    script = (
        "import sys\n"
        "from attest.cli import main\n"
        "made = []\n"
        "def hook(event, args):\n"
        "    if event == 'socket.__new__': made.append(args[1])\n"
        "    if event in {'socket.connect', 'socket.getaddrinfo'}: made.append(event)\n"
        "sys.addaudithook(hook)\n"
        "try: main(['gate', '-c', 'attest.yaml', '--offline', '-o', 'json'])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, sorted(set(made)), file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=make.ROOT / "demo", capture_output=True, check=False
    )
    assert ran.stderr.decode() == f"0 [{int(socket.AF_UNIX)}]\n"


@pytest.mark.parametrize(
    "place", [f"oci:registry.test/p@sha256:{DIGEST}", f"https://registry.test/p@sha256:{DIGEST}"]
)
def test_a_policy_that_needs_the_network(tmp_path: Path, families: list[int], place: str) -> None:
    gate = Gate(tmp_path)
    gate.evidence(CLEAN)
    gate.require()
    gate.plan["policies"] = [{"source": place, "unsigned": "pinned"}]
    plan = gate.write()
    ran = attest("gate", "-c", plan, "--offline", "-o", "json")
    assert (ran.code, ran.document["reason"]["code"]) == (5, "OFFLINE")
    assert ran.document["verdict"] == "error"
    assert set(families) <= {socket.AF_UNIX}


@pytest.mark.parametrize("source", [f"oci:registry.test/e@sha256:{DIGEST}", "oci:referrers"])
def test_evidence_that_needs_the_network(tmp_path: Path, families: list[int], source: str) -> None:
    """What cannot be listed is in the report, and no passed run."""
    gate = Gate(tmp_path)
    gate.require()
    gate.plan["subjects"] = [f"oci:registry.test/app@sha256:{DIGEST}"]
    gate.plan["evidence"]["sources"] = [source]
    ran = attest("gate", "-c", gate.write(), "--offline", "-o", "json")
    assert (ran.code, ran.document["reason"]["code"]) == (5, "OFFLINE")
    assert set(families) <= {socket.AF_UNIX}


def test_evidence_from_a_web_server_needs_the_network(tmp_path: Path, families: list[int]) -> None:
    gate = Gate(tmp_path)
    gate.require()
    plan = gate.write()
    document = yaml.safe_load(plan.read_text())
    document["evidence"]["sources"] = [f"https://registry.test/e@sha256:{DIGEST}"]
    plan.write_text(yaml.safe_dump(document))
    assert_refused(attest("gate", "-c", plan, "--offline"), 5, "OFFLINE")
    assert set(families) <= {socket.AF_UNIX}


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--bundle", f"https://registry.test/b@sha256:{DIGEST}", "--key", "k", "s"),
        ("inspect", f"https://registry.test/b@sha256:{DIGEST}"),
    ],
)
def test_commands_that_never_use_the_network(families: list[int], words: tuple[str, ...]) -> None:
    assert attest(*words).code in {2, 5}
    assert families == []
