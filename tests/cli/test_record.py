"""``--record``: an index of files by digest, written last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.cli import record
from attest.errors import UsageError
from attest.model.digest import Digest


def test_the_index_names_every_file_by_its_digest(tmp_path: Path) -> None:
    folder = record.prepare(str(tmp_path / "a" / "b"))
    assert folder is not None
    record.write(folder, {"z.json": b"z", "a.json": b"aa"}, command="test", exit_code=3)
    index = json.loads((folder / "record.json").read_text())
    assert index == {
        "schema": "attest/record/v1",
        "command": "test",
        "exit_code": 3,
        "files": [
            {"path": "a.json", "digest": str(Digest.of(b"aa")), "size": 2},
            {"path": "z.json", "digest": str(Digest.of(b"z")), "size": 1},
        ],
    }
    assert (folder / "a.json").read_bytes() == b"aa"


def test_without_the_option_nothing_is_written(tmp_path: Path) -> None:
    assert record.prepare(None) is None
    record.write(None, {"a": b"a"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError) as refused:
            record.prepare(str(place))
        assert (refused.value.code, refused.value.exit_code) == ("OUTPUT_UNWRITABLE", 2)
