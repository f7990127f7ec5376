"""``attest report render`` through the whole command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from attest.cli import main
from attest.report import FORMATS, Options, render
from attest.report.json import to_json
from tests.report.samples import SAMPLES, failed, hostile


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A stored report of a failed run."""
    path = tmp_path / "report.json"
    path.write_text(to_json(failed()), encoding="utf-8")
    return path


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_from_a_stored_report(
    stored: Path, fmt: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _run("report", "render", str(stored), "-o", fmt) == 0
    assert capfd.readouterr().out == render(failed(), fmt)


@pytest.mark.parametrize("name", SAMPLES)
def test_rendered_is_0_whatever_the_verdict(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(to_json(SAMPLES[name]()), encoding="utf-8")
    assert _run("report", "render", str(path), "-o", f"text={tmp_path}/out") == 0


def test_json_again_is_the_same_bytes(stored: Path, tmp_path: Path) -> None:
    assert _run("report", "render", str(stored), "-o", f"json={tmp_path}/again.json") == 0
    assert (tmp_path / "again.json").read_bytes() == stored.read_bytes()


def test_options_reach_the_renderer(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run("report", "render", str(stored), "-v", "--color", "always") == 0
    assert capfd.readouterr().out == render(failed(), "text", Options(color=True, verbose=True))
    assert _run("report", "render", str(stored), "--reproducible", "-o", "json") == 0
    assert "duration_ms" not in capfd.readouterr().out


def test_standard_input(
    stored: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stored.read_bytes())))
    assert _run("report", "render", "-") == 0
    assert capfd.readouterr().out == render(failed(), "text")


def test_a_forged_report_is_refused(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = json.loads(stored.read_bytes())
    document["verdict"] = "passed"
    stored.write_text(json.dumps(document))
    assert _run("report", "render", str(stored)) == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "REPORT_CONTRADICTS" in shown.err


def test_a_damaged_report_is_refused(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stored.write_bytes(stored.read_bytes()[:-9])
    assert _run("report", "render", str(stored)) == 2
    assert "REPORT_MALFORMED" in capfd.readouterr().err


def test_a_refused_report_writes_nothing(stored: Path, tmp_path: Path) -> None:
    stored.write_text("{}")
    assert _run("report", "render", str(stored), "-o", f"sarif={tmp_path}/out.sarif") == 2
    assert not (tmp_path / "out.sarif").exists()


def test_a_missing_file_is_a_usage_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run("report", "render", str(tmp_path / "none.json")) == 2
    assert _run("report", "render", str(tmp_path)) == 2
    assert capfd.readouterr().err.count("REPORT_UNREADABLE") == 2


def test_an_unknown_format_is_told_before_the_report_is_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _run("report", "render", str(tmp_path / "none.json"), "-o", "sarfi") == 2
    shown = capfd.readouterr().err
    assert "OUTPUT_UNKNOWN" in shown
    assert "'sarif'" in shown


def test_hostile_text_in_a_stored_report(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_text(to_json(hostile()), encoding="utf-8")
    assert _run("report", "render", str(path)) == 0
    shown = capfd.readouterr().out
    assert "\x1b" not in shown
    assert "\n::" not in shown
