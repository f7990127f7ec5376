"""Progress: on a terminal only; long waits are said in any case."""

from __future__ import annotations

import io
import sys

import pytest

from attest.cli.progress import NOTICE, clear, progress_to_stderr


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _said(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, quiet: bool) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    report = progress_to_stderr(quiet=quiet)
    report("verifying evidence")
    report(f"{NOTICE}compiling")
    return stream.getvalue()


def test_elsewhere_only_long_waits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, io.StringIO(), quiet=False) == "attest: compiling\n"


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(monkeypatch, _Terminal(), quiet=False)
    assert "verifying evidence" in said
    assert "attest: compiling\n" in said


def test_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, _Terminal(), quiet=True) == ""


def test_the_line_is_wiped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, expected in ((_Terminal(), "\r\x1b[K"), (io.StringIO(), "")):
        monkeypatch.setattr(sys, "stderr", stream)
        clear()
        assert stream.getvalue() == expected
    monkeypatch.setattr(sys, "stderr", None)
    clear()
