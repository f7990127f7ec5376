"""``-o``: what is accepted, where it goes, and that no half a file is ever left."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from attest.cli.outputs import Output, parse_outputs, write_outputs
from attest.errors import UsageError
from attest.report import FORMATS, Options, render
from tests.report.samples import failed


def _refused(*values: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_outputs(values)
    return caught.value


def test_nothing_asked_for_is_text() -> None:
    assert parse_outputs(()) == (Output("text"),)


def test_formats_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "a=b.json"
    assert parse_outputs(("text", f"json={path}")) == (Output("text"), Output("json", path))


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_is_known(fmt: str) -> None:
    assert parse_outputs((fmt,)) == (Output(fmt),)


def test_an_unknown_format_gets_the_nearest_name() -> None:
    error = _refused("sarfi=x")
    assert error.code == "OUTPUT_UNKNOWN"
    assert error.hint.startswith("Did you mean 'sarif'? Formats: text, json")
    assert _refused("zzz").hint.startswith("Formats: text, json")
    assert _refused("").code == "OUTPUT_UNKNOWN"


def test_only_one_goes_to_standard_output(tmp_path: Path) -> None:
    assert _refused("text", "json").code == "OUTPUT_TWICE"
    assert _refused(f"text={tmp_path}/a", f"json={tmp_path}/./a").code == "OUTPUT_TWICE"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert _refused(f"text={tmp_path}/a", f"json={tmp_path}/link").code == "OUTPUT_TWICE"


def test_a_path_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    assert _refused("json=").code == "OUTPUT_UNWRITABLE"
    assert "it is a folder" in _refused(f"json={tmp_path}").message
    assert "does not exist" in _refused(f"json={tmp_path}/no/a.json").message


def test_files_are_written_in_full_and_without_colour(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old and much longer than it was" * 999)
    outputs = parse_outputs((f"text={path}", "text", f"json={tmp_path}/r.json"))
    write_outputs(failed(), outputs, Options(color=True))
    assert path.read_text(encoding="utf-8") == render(failed(), "text")
    assert json.loads((tmp_path / "r.json").read_bytes())["exit_code"] == 1
    assert capfdbinary.readouterr().out == render(failed(), "text", Options(color=True)).encode()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["r.json", "report.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_outputs(failed(), parse_outputs((f"json={tmp_path}/a",)), Options())
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_keeps_pointing_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_outputs(failed(), parse_outputs((f"json={tmp_path}/link",)), Options())
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes().startswith(b"{")


def test_a_failure_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError) as caught:
        write_outputs(failed(), (Output("json", path),), Options())
    assert caught.value.code == "OUTPUT_UNWRITABLE"
    assert "No space left" in caught.value.message
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert path.read_text() == "old"


def test_a_device_is_written_into() -> None:
    write_outputs(failed(), parse_outputs(("json=/dev/null",)), Options())
    assert not Path("/dev/null").is_file()
