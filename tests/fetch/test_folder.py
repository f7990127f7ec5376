"""Folders: everything below is listed, and nothing outside is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits, Refusal
from attest.model.artifact import Reference
from tests.fetch.helpers import assert_code

LIMITS = FetchLimits(file=100, total=250, files=20, depth=3)


def read(folder: Path, limits: FetchLimits = LIMITS) -> dict[str, str]:
    """Return path as written -> content, or the code of a refusal."""
    place = Reference("dir", folder.name, base=str(folder.parent))
    return {
        str(entry.reference): (
            entry.problem.code if isinstance(entry, Refusal) else entry.content.decode()
        )
        for entry in Fetcher(offline=True, limits=limits).folder(place)
    }


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    return folder


def test_every_file_below_is_listed_by_its_path_as_written(evidence: Path) -> None:
    (evidence / "deep" / "er").mkdir(parents=True)
    for name in ("z.json", "a.json", ".hidden", "deep/er/b"):
        (evidence / name).write_text(name)
    expected = ["evidence/.hidden", "evidence/a.json", "evidence/deep/er/b", "evidence/z.json"]
    assert list(read(evidence)) == expected
    assert read(evidence)["evidence/deep/er/b"] == "deep/er/b"


def test_an_empty_folder_is_an_empty_answer(evidence: Path) -> None:
    assert read(evidence) == {}


@pytest.mark.parametrize("target", ["../secret", "/etc/hostname", "missing", "../evidence-2/f"])
def test_a_link_that_leaves_the_folder_is_refused_and_listed(evidence: Path, target: str) -> None:
    (evidence.parent / "secret").write_text("secret")
    (evidence.parent / "evidence-2").mkdir()
    (evidence.parent / "evidence-2" / "f").write_text("secret")
    (evidence / "link").symlink_to(target)
    assert read(evidence) == {"evidence/link": "LINK_REFUSED"}


def test_a_link_to_a_folder_outside_is_refused(evidence: Path) -> None:
    (evidence / "link").symlink_to("..")
    assert read(evidence) == {"evidence/link": "LINK_REFUSED"}


def test_a_link_that_stays_inside_adds_nothing(evidence: Path) -> None:
    (evidence / "real").mkdir()
    (evidence / "real" / "f").write_text("x")
    (evidence / "alias").symlink_to("real/f")
    (evidence / "loop").symlink_to(".")
    assert read(evidence) == {"evidence/real/f": "x"}


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_large(path: Path) -> None:
    path.write_bytes(b"x" * 101)


@pytest.mark.parametrize(
    ("make", "code"), [(make_pipe, "ENTRY_NOT_REGULAR"), (make_large, "FILE_TOO_LARGE")]
)
def test_what_cannot_be_read_is_listed_beside_what_can(
    evidence: Path, make: Callable[[Path], None], code: str
) -> None:
    make(evidence / "bad")
    (evidence / "good").write_text("x")
    assert read(evidence) == {"evidence/bad": code, "evidence/good": "x"}


def test_a_name_that_is_not_utf8_is_refused_and_listed(evidence: Path) -> None:
    (evidence / os.fsdecode(b"\xff.json")).write_text("x")
    assert read(evidence) == {"evidence/\\xff.json": "ENTRY_NAME_REFUSED"}


@pytest.mark.parametrize(
    "limits",
    [
        LIMITS._replace(files=3),
        LIMITS._replace(depth=1),
        LIMITS._replace(total=3),
    ],
    ids=["count", "depth", "bytes"],
)
def test_a_folder_over_a_limit_is_no_shorter_list(evidence: Path, limits: FetchLimits) -> None:
    (evidence / "1" / "2").mkdir(parents=True)
    for name in ("a", "1/b", "1/2/c", "d"):
        (evidence / name).write_text("x")
    with pytest.raises(FetchError) as refused:
        read(evidence, limits)
    assert_code(refused, "FOLDER_TOO_LARGE", 5)


def test_what_is_no_folder_is_refused(evidence: Path) -> None:
    (evidence / "f").write_text("x")
    for path in (evidence / "f", evidence / "missing"):
        with pytest.raises(FetchError) as refused:
            read(path)
        assert_code(refused, "FILE_NOT_FOUND", 2)
