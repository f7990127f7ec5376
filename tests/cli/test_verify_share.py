"""Many bundles in several processes: the same answers in the same order as in one."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from attest.cli.verify_share import LEAST_SHARE, spread
from attest.errors import UsageError, VerificationError
from attest.testing import edit
from fixtures.making.world import APP, CI, ISSUER, box
from tests.cli.command import attest, attest_process

WHO = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)
MANY = 3 * LEAST_SHARE

_PROGRAM = """
import os, sys, threading
from attest.cli.verify_share import share
from attest.errors import UsageError, VerificationError
here = os.getpid()

def work(number):
    {body}
    return number, os.getpid() == here

try:
    found = share(work, range({count}), {jobs})
    assert [number for number, _ in found] == list(range({count}))
    try:
        os.waitpid(-1, os.WNOHANG)
        print("a process is left behind")
    except ChildProcessError:
        print(sum(at_home for _, at_home in found))
except Exception as error:
    print(repr(error), os.getpid() == here)
"""


def _shared(body: str = "pass", *, count: int = MANY, jobs: int = 3, before: str = "") -> str:
    """Share work in a process of its own; return how many items were worked on in it."""
    program = before + _PROGRAM.format(body=body, count=count, jobs=jobs)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return ran.stdout.strip()


linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")


@linux
def test_each_process_has_its_share_and_the_order_stays() -> None:
    assert _shared() == str(MANY // 3)
    assert _shared(jobs=2) == str(MANY // 2)
    assert _shared(count=2 * LEAST_SHARE + 1, jobs=64) == str(LEAST_SHARE)


def test_few_items_and_one_job_stay_in_one_process() -> None:
    assert _shared(jobs=1) == str(MANY)
    assert _shared(count=2 * LEAST_SHARE - 1) == str(2 * LEAST_SHARE - 1)
    assert spread(range(2 * LEAST_SHARE - 1), 64) is map


def test_a_process_with_threads_is_not_forked() -> None:
    before = (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    assert _shared(before=before) == str(MANY)


@linux
@pytest.mark.parametrize(
    "body",
    [
        "os.getpid() == here or os._exit(0)",
        "os.getpid() == here or os.kill(os.getpid(), 9)",
        "os.getpid() == here or 1 / 0",
        "if os.getpid() != here: return lambda: 0",
    ],
    ids=["left", "killed", "raised", "unsendable"],
)
def test_the_share_of_a_process_that_fails_is_done_again(body: str) -> None:
    assert _shared(body) == str(MANY)


@linux
def test_what_is_raised_in_a_share_is_raised() -> None:
    body = "if number == {}: raise UsageError('ROOT_MALFORMED', 'it is void')"
    for number in (0, MANY - 1):
        expected = "UsageError('ROOT_MALFORMED: it is void') True"
        assert _shared(body.replace("{}", str(number))) == expected


@pytest.mark.parametrize("kind", [UsageError, VerificationError])
def test_a_refusal_crosses_processes_whole(kind: type[UsageError | VerificationError]) -> None:
    error = kind("ROOT_MALFORMED", "it is void", hint="mend it", where="trust.roots.corp")
    if isinstance(error, VerificationError):
        error.steps = ("a step",)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # its own
    assert type(again) is kind
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_the_same_answers_as_in_one_process(tmp_path: Path) -> None:
    good = box.sign_blob(APP, identity=CI, issuer=ISSUER)
    bad = edit(good, "/messageSignature/signature", "AAAA")
    other = box.sign_blob(b"another", identity=CI, issuer=ISSUER)
    lines = [good] * 150
    lines[3], lines[100], lines[149] = bad, b'{"mediaType": 1}', other
    (tmp_path / "many.jsonl").write_bytes(b"\n".join(lines))
    (tmp_path / "root.json").write_bytes(box.trusted_root())
    (tmp_path / "app").write_bytes(APP)
    words = ("--bundle", "many.jsonl", "--trusted-root", "root.json", *WHO, "-o", "json", "app")
    one, two = (attest_process("verify", "--jobs", n, *words, cwd=tmp_path) for n in ("1", "2"))
    refused = {
        number: shown["code"]
        for number, shown in enumerate(two.document["bundles"])
        if not shown["verified"]
    }
    assert refused.keys() == {3, 100, 149}
    assert refused[100] == "BUNDLE_MALFORMED"
    assert (one.code, one.err) == (two.code, two.err) == (0, "")
    assert _timeless(one.document) == _timeless(two.document)
    every = attest("verify", "--all", "--jobs", "2", *words, cwd=tmp_path)
    assert every.code == 4
    assert "3 of 150 are refused" in every.document["message"]


def _timeless(document: object) -> object:
    """Leave out the moment of verification, which is the clock's."""
    lines = json.dumps(document, indent=1).splitlines()
    return [line for line in lines if "not after " not in line]
