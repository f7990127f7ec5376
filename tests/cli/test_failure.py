"""What a failing command says, and its exit code."""

from __future__ import annotations

import signal

import click
import pytest

from attest import pipeline
from attest.cli.failure import exit_code_of
from attest.errors import UsageError, VerificationError
from fixtures import make
from tests.cli.command import assert_refused, attest

GATE = ("gate", "-c", "attest.yaml")
CASE = make.ROOT / "scan-missing"


def _said(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = exit_code_of(error, debug=False)
    shown = capsys.readouterr()
    assert shown.out == ""
    return code, shown.err


def test_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    error = VerificationError("PIN_MISMATCH", "expected a, seen b", hint="look", where="scan.json")
    assert _said(error, capsys) == (
        4,
        "error: scan.json: expected a, seen b [PIN_MISMATCH]\n hint: look\n",
    )


def test_the_place_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    error = UsageError("FILE_NOT_FOUND", "a/b: No such file", where="a/b")
    assert _said(error, capsys)[1].splitlines()[0] == "error: a/b: No such file [FILE_NOT_FOUND]"


def test_hostile_text_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = UsageError("FILE_NOT_FOUND", "a\nb\x1b[2J\r\u202e", hint="x\ny", where="p\n")
    code, err = _said(error, capsys)
    assert code == 2
    assert len(err.splitlines()) == 2
    assert not set(err) & set("\x1b\r\u202e")


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (KeyboardInterrupt(), 130, "INTERRUPTED"),
        (click.Abort(), 130, "INTERRUPTED"),
        (RuntimeError("odd"), 70, "INTERNAL_ERROR"),
        (RecursionError(), 70, "INTERNAL_ERROR"),
        (MemoryError(), 70, "INTERNAL_ERROR"),
        (SystemExit(0), 70, "INTERNAL_ERROR"),
        (click.UsageError("odd"), 2, "OPTION_INVALID"),
    ],
)
def test_other_errors(
    error: BaseException, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that is raised ends in 0, whatever it calls itself."""
    seen, err = _said(error, capsys)
    assert seen == code
    assert f"[{word}]" in err


def test_a_closed_standard_error_keeps_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(click, "echo", closed)
    assert exit_code_of(UsageError("NO_SUBJECT", "none"), debug=False) == 2


def test_a_bug_shows_no_traceback_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(pipeline, "run", bug)
    ran = attest(*GATE, cwd=CASE)
    assert_refused(ran, 70, "INTERNAL_ERROR")
    assert "ZeroDivisionError: a bug" in ran.err
    ran = attest(*GATE, "--debug", cwd=CASE)
    assert ran.code == 70
    assert "Traceback" in ran.err


def test_debug_shows_where_a_refusal_was_raised() -> None:
    assert "Traceback" not in attest("gate").err
    ran = attest("gate", "--debug")
    assert (ran.code, "Traceback" in ran.err) == (2, True)


def test_debug_changes_no_verdict() -> None:
    assert attest(*GATE, "--debug", cwd=CASE).code == attest(*GATE, cwd=CASE).code == 3


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(pipeline, "run", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert_refused(attest(*GATE, cwd=CASE), 130, "INTERRUPTED")
    finally:
        signal.signal(signal.SIGINT, before)
