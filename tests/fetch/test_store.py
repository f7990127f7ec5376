"""The store: whole files under their digests, or nothing."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch.store import Store
from attest.model.digest import Digest
from tests.fetch.helpers import assert_code

MOST = 1 << 20
CONTENT = b"package main\n"
DIGEST = Digest.of(CONTENT)


def place(folder: Path, digest: Digest = DIGEST) -> Path:
    return folder / digest.algorithm / digest.value[:2] / digest.value


def kept(folder: Path, content: bytes = CONTENT) -> Path:
    Store(folder=folder).put(Digest.of(content), content)
    return place(folder, Digest.of(content))


def test_what_is_kept_is_found_by_its_digest(tmp_path: Path) -> None:
    store = Store(folder=tmp_path / "store")
    assert store.get(DIGEST, limit=MOST) is None
    store.put(DIGEST, CONTENT)
    assert store.get(DIGEST, limit=MOST) == CONTENT
    assert store.get(DIGEST, limit=3) is None
    longer = Digest.of(CONTENT, "sha512")
    store.put(longer, CONTENT)
    assert store.get(longer, limit=MOST) == CONTENT


def test_other_bytes_are_not_kept(tmp_path: Path) -> None:
    store = Store(folder=tmp_path / "store")
    store.put(DIGEST, b"other")
    assert store.get(DIGEST, limit=MOST) is None
    assert store.entries() == []


def test_nobody_else_can_look_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    path = kept(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.binary(max_size=40))
def test_a_damaged_file_is_dropped_and_never_believed(
    tmp_path_factory: pytest.TempPathFactory, other: bytes
) -> None:
    folder = tmp_path_factory.mktemp("store")
    path = kept(folder)
    path.write_bytes(other)
    if other == CONTENT:
        return
    store = Store(folder=folder)
    with pytest.raises(FetchError) as refused:
        store.get(DIGEST, limit=MOST)
    assert_code(refused, "STORE_CORRUPT", 5)
    assert not path.exists()
    assert store.get(DIGEST, limit=MOST) is None


@pytest.mark.parametrize("planted", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_not_read(tmp_path: Path, planted: str) -> None:
    path = kept(tmp_path / "store")
    path.unlink()
    (tmp_path / "elsewhere").write_bytes(CONTENT)
    if planted == "link":
        path.symlink_to(tmp_path / "elsewhere")
    elif planted == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert Store(folder=tmp_path / "store").get(DIGEST, limit=MOST) is None


def test_an_unwritable_store_is_said_once_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    said: list[str] = []
    store = Store(said.append, folder=tmp_path / "file" / "store")
    for _ in range(3):
        store.put(DIGEST, CONTENT)
        assert store.get(DIGEST, limit=MOST) is None
    assert len(said) == 1
    assert said[0].startswith("! nothing is kept for later")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    store = Store(said.append, folder=tmp_path / "store")

    def full(dir: Path, prefix: str) -> tuple[int, str]:  # noqa: A002  # tempfile's own name
        path = dir / f"{prefix}full"
        path.symlink_to("/dev/full")
        return os.open("/dev/full", os.O_WRONLY), str(path)

    monkeypatch.setattr("tempfile.mkstemp", full)
    store.put(DIGEST, CONTENT)
    assert said == ["! nothing is kept for later, the store cannot be used: no space left"]
    assert [path for path in (tmp_path / "store").rglob("*") if not path.is_dir()] == []


def test_what_cannot_be_removed_is_said(tmp_path: Path) -> None:
    kept(tmp_path / "store")
    entry = Store(folder=tmp_path / "store").entries()[0]
    entry.path.unlink()
    entry.path.mkdir()
    with pytest.raises(FetchError) as refused:
        Store(folder=tmp_path / "store").drop(entry)
    assert_code(refused, "STORE_UNUSABLE", 5)


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    for number, content in enumerate((b"aaaa", b"bbbb", b"cccc")):
        os.utime(kept(folder, content), (number, number))
    store = Store(folder=folder)
    assert store.get(Digest.of(b"aaaa"), limit=MOST) == b"aaaa"  # and so it was used last
    dropped = store.collect(8)
    assert [each.name for each in dropped] == [Digest.of(b"bbbb").value]
    assert store.collect(8) == []


def test_a_run_ends_with_no_more_than_the_limit(tmp_path: Path) -> None:
    store = Store(folder=tmp_path / "store", limit=10)
    for number in range(5):
        content = b"%08d" % number
        store.put(Digest.of(content), content)
    store.close()
    assert len(store.entries()) == 1


def test_what_a_killed_process_was_writing_is_swept_away(tmp_path: Path) -> None:
    folder = kept(tmp_path / "store").parent
    (folder / ".new-dead").write_bytes(b"half")
    (folder / ".new-alive").write_bytes(b"half")
    with (folder / ".new-alive").open("rb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        store = Store(folder=tmp_path / "store")
        assert len(store.entries()) == 1
        store.collect(MOST)
        assert {path.name for path in folder.iterdir()} == {".new-alive", DIGEST.value}


WRITER = """
import sys
from pathlib import Path
from attest.fetch.store import Store
from attest.model.digest import Digest
store = Store(folder=Path(sys.argv[1]))
contents = [bytes([n]) * 300_000 for n in range(20)]
print("ready", flush=True)
while True:
    for content in contents:
        store.put(Digest.of(content), content)
"""


def test_processes_that_are_killed_leave_no_half_file(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, folder], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    store = Store(folder=folder)
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    while len(list(folder.glob("sha256/??/[!.]*"))) < 5:
        threading.Event().wait(0.01)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        assert writer.stdout is not None
        writer.stdout.close()
    for number in range(20):
        content = bytes([number]) * 300_000
        assert store.get(Digest.of(content), limit=MOST) in {None, content}
    store.collect(1 << 30)
    assert list(folder.glob("*/*/.new-*")) == []


def test_notes_are_kept_by_name(tmp_path: Path) -> None:
    store = Store(folder=tmp_path / "store")
    store.note("one", b"1")
    store.note("one", b"2")
    assert (store.hint("one"), store.hint("two")) == (b"2", None)
    assert [each.kind for each in store.entries()] == ["lists"]
