"""Layouts in one tar file: whole or not there, and the same bytes for the same content."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from attest.author.copy import Copier
from attest.author.endpoints import Endpoints
from attest.errors import FetchError, UsageError
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.author.test_copy import contents, copy, layout, signed
from tests.fetch.helpers import FAST, REGO, assert_code, blob


def test_a_tar_file_is_written_and_read_back(tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    first = copy(source, layout(tmp_path / "copy.tar"))
    back = copy(layout(tmp_path / "copy.tar", source.digest), layout(tmp_path / "back"))
    assert first == back
    copy(source, layout(tmp_path / "straight"))
    assert contents(tmp_path / "back") == contents(tmp_path / "straight")
    assert {path.name for path in tmp_path.iterdir()} == {"from", "copy.tar", "back", "straight"}


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    for name in ("a.tar", "b.tar"):
        copy(source, layout(tmp_path / name))
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert {(member.mtime, member.uid, member.type) for member in tar} == {(0, 0, b"0")}


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    blob(tmp_path / "from", Digest.of(REGO)).write_bytes(b"package evil\n")
    with pytest.raises(FetchError) as refused:
        copy(source, layout(tmp_path / "copy.tar"))
    assert_code(refused, "DIGEST_MISMATCH", 4)
    assert {path.name for path in tmp_path.iterdir()} == {"from"}


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "copy.tar").write_bytes(b"mine")
    with pytest.raises(UsageError) as refused:
        copy(signed(tmp_path / "from"), layout(tmp_path / "copy.tar"))
    assert refused.value.code == "OUTPUT_EXISTS"
    assert (tmp_path / "copy.tar").read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    with pytest.raises(UsageError) as refused:
        copy(source, layout(tmp_path / "missing" / "copy.tar"))
    assert refused.value.code == "OUTPUT_UNWRITABLE"


def test_a_folder_may_be_called_so(tmp_path: Path) -> None:
    (tmp_path / "folder.tar").mkdir()
    source = signed(tmp_path / "from")
    place = Reference("oci-layout", str(tmp_path / "folder.tar"))
    with Endpoints(limits=FAST) as ends:
        Copier(ends.source(source), source, ends.target(place), FAST).copy()
    assert (tmp_path / "folder.tar" / "index.json").exists()
